"""How often one party may call: a bucket of tokens each, so that one runaway client does not take everybody's turn.

Only parties with a party token are counted. API keys and adjudicators are the marketplace's own and are trusted. The
buckets live in this process; each server counts for itself.
"""

import math
import time
from collections.abc import Callable

from amends.access.caller import Caller
from amends.law.actors import PARTIES

CALLS_A_SECOND = 500.0
CALLS_AT_ONCE = 1000.0
MAX_REMEMBERED = 10_000

Party = tuple[str, str, str]


class PartyLimits:
    """The buckets: each holds `burst` calls when full and gains `rate` a second."""

    def __init__(
        self, rate: float = CALLS_A_SECOND, burst: float = CALLS_AT_ONCE, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._now = rate, burst, now
        self._buckets: dict[Party, tuple[float, float]] = {}

    def wait(self, caller: Caller) -> int:
        """Counts a call: 0 when it may go on, otherwise in how many whole seconds to ask again."""
        if caller.credential != "party_token" or caller.role not in PARTIES:
            return 0
        who, now = (caller.marketplace, caller.role, caller.actor.id), self._now()
        left, since = self._buckets.get(who, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        if left < 1:
            return math.ceil((1 - left) / self._rate)
        self._buckets[who] = left - 1, now
        if len(self._buckets) > MAX_REMEMBERED:
            self._forget(now)
        return 0

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full again; if that is not half of them, the longest idle too."""
        full = self._burst / self._rate
        idle = sorted(self._buckets, key=lambda who: self._buckets[who][1])
        gone = sum(now - self._buckets[who][1] >= full for who in idle)
        for who in idle[: max(gone, len(idle) // 2)]:
            del self._buckets[who]
