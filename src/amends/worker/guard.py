"""The clock guard: a clock that jumps decides no case (ARCHITECTURE 5.6).

Our wall clock is held against one that only ever runs forward, and against the database's. When two of them part by
more than the tolerance, deadlines stop firing and an alarm is raised; commands are still accepted. Firing goes on by
itself once the clocks agree again. If the jump was a correction, restart the worker: it starts from the new time.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

TOLERANCE = timedelta(seconds=2)
FROZEN = Gauge("amends_deadlines_frozen", "1 while the clock guard keeps deadlines from firing")
log = structlog.get_logger("amends.worker")


def steady_seconds() -> float:
    """Seconds of a clock nobody sets, counting also while the machine sleeps where the system can tell."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class ClockGuard:
    """Watches the wall clock `wall`, the clock nobody sets `steady` (seconds) and the database's."""

    def __init__(
        self,
        wall: Callable[[], datetime],
        database: Callable[[], Awaitable[datetime]],
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._wall, self._database, self._steady = wall, database, steady
        self._seen_at, self._seen_steady = wall(), steady()
        self._database_apart: str | None = None
        self._alarm: str | None = None
        FROZEN.set(0)

    def now(self) -> datetime | None:
        """The present, or None while the clocks disagree and nothing may fire."""
        at, steady = self._wall(), self._steady()
        expected = self._seen_at + timedelta(seconds=steady - self._seen_steady)
        if abs(at - expected) > TOLERANCE:
            self._sound(f"the wall clock jumped by {_signed(at - expected)}")
            return None
        self._sound(self._database_apart)
        if self._database_apart is None:
            self._seen_at, self._seen_steady = at, steady
        return at if self._database_apart is None else None

    async def compare_database(self) -> None:
        """Hold our clock against the database's; the time the question took is allowed for."""
        before = self._wall()
        theirs = await self._database()
        after = self._wall()
        apart = theirs - after if theirs > after else min(theirs - before, timedelta())
        self._database_apart = None
        if abs(apart) > TOLERANCE:
            self._database_apart = f"the database's clock differs from ours by {_signed(apart)}"

    def _sound(self, alarm: str | None) -> None:
        """Say once that firing froze, and once that it goes on."""
        if (alarm is None) == (self._alarm is None):
            return
        self._alarm = alarm
        FROZEN.set(0 if alarm is None else 1)
        if alarm:
            log.error("deadlines_frozen", why=alarm, accepting_commands=True)
        else:
            log.warning("deadlines_unfrozen")


def _signed(difference: timedelta) -> str:
    return f"{difference.total_seconds():+.1f} s"
