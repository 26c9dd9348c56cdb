"""The clock guard: a clock that jumps decides no case."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from amends.worker.guard import FROZEN, ClockGuard, steady_seconds

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clocks:
    """Our wall clock, one nobody sets, and the database's: a test moves them together or apart."""

    def __init__(self) -> None:
        self.wall = self.database = NOON
        self.steady = 1000.0
        self.guard = ClockGuard(lambda: self.wall, self.ask, lambda: self.steady)

    async def ask(self) -> datetime:
        return self.database

    def tick(self, seconds: float) -> None:
        """Time passes, for all of them alike."""
        self.wall += timedelta(seconds=seconds)
        self.database += timedelta(seconds=seconds)
        self.steady += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def frozen() -> bool:
    [sample] = next(iter(FROZEN.collect())).samples
    return bool(sample.value)


def test_clocks_that_agree_let_everything_fire(clocks: Clocks):
    for _ in range(1000):
        clocks.tick(60)
        assert clocks.guard.now() == clocks.wall
    assert not frozen()


@pytest.mark.parametrize("seconds", [3600, 30 * 86400, -3 * 86400, 2.1, -2.1])
def test_a_jump_of_the_wall_clock_freezes_at_once(clocks: Clocks, seconds: float):
    clocks.tick(1)
    clocks.wall += timedelta(seconds=seconds)
    assert clocks.guard.now() is None
    assert frozen()


@pytest.mark.parametrize("seconds", [2, -2, 0.5])
def test_a_small_correction_is_taken_as_it_comes(clocks: Clocks, seconds: float):
    clocks.wall += timedelta(seconds=seconds)
    assert clocks.guard.now() == clocks.wall


def test_it_stays_frozen_while_time_goes_on(clocks: Clocks):
    clocks.wall += timedelta(hours=1)
    for _ in range(5):
        clocks.tick(600)
        assert clocks.guard.now() is None


def test_it_goes_on_when_the_clock_is_put_right_again(clocks: Clocks):
    clocks.wall += timedelta(hours=1)
    assert clocks.guard.now() is None
    clocks.tick(30)
    clocks.wall -= timedelta(hours=1)
    assert clocks.guard.now() == clocks.wall
    assert not frozen()


def test_a_new_guard_starts_from_the_new_time(clocks: Clocks):
    clocks.wall += timedelta(hours=1)
    guard = ClockGuard(lambda: clocks.wall, clocks.ask, lambda: clocks.steady)
    assert guard.now() == clocks.wall


@pytest.mark.parametrize("seconds", [2.1, -2.1, 86400])
async def test_a_database_that_knows_another_time_freezes(clocks: Clocks, seconds: float):
    clocks.database += timedelta(seconds=seconds)
    await clocks.guard.compare_database()
    assert clocks.guard.now() is None
    clocks.database = clocks.wall
    await clocks.guard.compare_database()
    assert clocks.guard.now() == clocks.wall


async def test_a_slow_answer_is_no_difference(clocks: Clocks):
    async def slow() -> datetime:
        clocks.tick(1)
        seen = clocks.database
        clocks.tick(4)
        return seen

    guard = ClockGuard(lambda: clocks.wall, slow, lambda: clocks.steady)
    await guard.compare_database()
    assert guard.now() == clocks.wall


def test_the_alarm_is_raised_once_and_taken_back_once(clocks: Clocks):
    with capture_logs() as logs:
        clocks.wall += timedelta(hours=1)
        for _ in range(3):
            clocks.tick(1)
            clocks.guard.now()
        clocks.wall -= timedelta(hours=1)
        clocks.guard.now()
        clocks.guard.now()
    assert [line["event"] for line in logs] == ["deadlines_frozen", "deadlines_unfrozen"]
    assert logs[0]["why"] == "the wall clock jumped by +3600.0 s"
    assert logs[0]["accepting_commands"] is True


def test_the_clock_nobody_sets_runs_forward():
    assert steady_seconds() <= steady_seconds()
