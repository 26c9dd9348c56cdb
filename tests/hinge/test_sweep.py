"""Time speaks: silence in real time, and a sandbox clock that fires everything on its way in order."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from amends import handle
from amends.answers import Accepted
from amends.law import commands
from amends.store import cases, deadlines, marketplaces
from amends.store.connect import Database
from amends.sweep import GRACE, Advanced, ClockRefused, advance, sweep
from tests.cast import ALICE, BOB, MARKET, MONDAY, OLGA, Clock, Stage, due

pytestmark = pytest.mark.database
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
async def stage(database: Database) -> Stage:
    stage = Stage(database)
    await stage.stand(MONDAY)
    return stage


async def filed(stage: Stage, order_id: str = "O1", market: str = "ID") -> str:
    case_id = await stage.order(order_id, market)
    await stage.file(case_id, order_id)
    return case_id


async def stage_of(stage: Stage, case_id: str) -> str:
    row = await cases.get_case(stage.db, MARKET, case_id)
    assert row is not None
    return row.projection.stage


class TestAdvance:
    async def test_a_deadline_fires_two_seconds_after_it_is_due_and_not_before(self, stage: Stage):
        case_id = await filed(stage)
        last = MONDAY + 48 * HOUR + GRACE
        assert await advance(stage.hinge, MARKET, last - TICK) == Advanced(last - TICK, 0)
        assert await stage_of(stage, case_id) == "awaiting_seller"
        assert await advance(stage.hinge, MARKET, last) == Advanced(last, 1)
        assert await stage_of(stage, case_id) == "agreed"

    async def test_each_fires_at_its_own_time_also_those_started_on_the_way(self, stage: Stage):
        case_id = await filed(stage)
        moved = await advance(stage.hinge, MARKET, MONDAY + 30 * 24 * HOUR)
        assert isinstance(moved, Advanced)
        events = await cases.events_of(stage.db, MARKET, case_id)
        lapses = [(event.type, event.at) for event in events[1:]]
        approved_at = MONDAY + 48 * HOUR + GRACE
        assert lapses[0] == ("request_approved", approved_at)
        assert ("remedy_overdue", approved_at + 48 * HOUR + GRACE) in lapses
        assert moved.fired == len({at for _, at in lapses})
        assert await stage.differences() == []

    async def test_cases_take_turns_in_due_order(self, stage: Stage, monkeypatch: pytest.MonkeyPatch):
        turns = spied(monkeypatch)
        for number in range(5):
            await advance(stage.hinge, MARKET, MONDAY + number * HOUR)
            await filed(stage, f"O{number}", ["ID", "US"][number % 2])
        await advance(stage.hinge, MARKET, MONDAY + 20 * 24 * HOUR, limit=2)
        assert len(turns) == 10
        assert turns == sorted(turns)

    async def test_the_clock_then_stands_where_it_was_sent(self, stage: Stage):
        await advance(stage.hinge, MARKET, MONDAY + HOUR)
        assert await handle.now_of(stage.hinge, MARKET) == MONDAY + HOUR
        assert (await stage.file(await stage.order())).at == MONDAY + HOUR

    async def test_it_never_runs_backwards(self, stage: Stage):
        assert await advance(stage.hinge, MARKET, MONDAY - TICK) == ClockRefused("backwards", MONDAY)

    async def test_a_marketplace_without_a_sandbox_has_no_clock_to_move(self, database: Database):
        stage = Stage(database)
        assert await advance(stage.hinge, MARKET, MONDAY) == ClockRefused("not_a_sandbox")

    async def test_the_first_time_an_empty_sandbox_may_begin_in_the_past(self, database: Database):
        await marketplaces.ensure(database, MARKET, sandbox=True)
        assert await advance(Stage(database).hinge, MARKET, MONDAY) == Advanced(MONDAY, 0)

    async def test_what_happened_in_real_time_does_not_become_the_future(self, database: Database):
        stage = Stage(database)
        await marketplaces.ensure(database, MARKET, sandbox=True)
        now = datetime.now(UTC)
        await stage.file(await stage.order(delivered_at=now - HOUR))
        refused = await advance(stage.hinge, MARKET, now - HOUR)
        assert isinstance(refused, ClockRefused)
        assert refused.why == "backwards"
        assert isinstance(await advance(stage.hinge, MARKET, now + 72 * HOUR), Advanced)

    async def test_a_suspended_case_sleeps_through_it_and_goes_on_later(self, stage: Stage):
        case_id = await filed(stage)
        await advance(stage.hinge, MARKET, MONDAY + 47 * HOUR)
        await stage.act(case_id, BOB, "report_proceedings", kind="court", reference="12/Pdt.G/2026")
        assert await advance(stage.hinge, MARKET, MONDAY + 100 * HOUR) == Advanced(MONDAY + 100 * HOUR, 0)
        assert await stage.states(case_id) == {"seller_answer.1": "ended"}
        answer = await stage.act(case_id, OLGA, "record_proceedings_outcome", resume=True)
        assert due(answer.case, "seller_answer") == MONDAY + 101 * HOUR
        assert await stage.states(case_id) == {"seller_answer.1": "open"}
        assert await stage.differences() == []
        moved = await advance(stage.hinge, MARKET, MONDAY + 101 * HOUR + GRACE)
        assert moved == Advanced(MONDAY + 101 * HOUR + GRACE, 1)

    async def test_two_moves_at_once_fire_everything_once(self, stage: Stage):
        for number in range(6):
            await filed(stage, f"O{number}")
        to = MONDAY + 49 * HOUR
        answers = await asyncio.gather(*(advance(stage.hinge, MARKET, to, limit=2) for _ in range(3)))
        assert sum(answer.fired for answer in answers if isinstance(answer, Advanced)) == 6

    async def test_it_waits_for_a_command_that_holds_the_case(self, stage: Stage):
        case_id = await filed(stage)
        to = MONDAY + 49 * HOUR
        async with stage.db.writing(MARKET) as connection:
            await connection.execute('SELECT FROM "case" WHERE case_id = $1 FOR UPDATE', case_id)
            moving = asyncio.create_task(advance(stage.hinge, MARKET, to))
            await asyncio.sleep(0.1)
            assert not moving.done()
        assert await moving == Advanced(to, 1)


class TestPoison:
    async def test_what_cannot_lapse_is_set_aside_and_stops_nobody(self, stage: Stage, monkeypatch: pytest.MonkeyPatch):
        poisoned, healthy = await filed(stage, "O1"), await filed(stage, "O2")
        poison(monkeypatch, poisoned)
        moved = await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)
        assert moved == Advanced(MONDAY + 49 * HOUR, 1, 8)
        assert await stage_of(stage, healthy) == "agreed"
        [row] = await deadlines.list_set_aside(stage.db, MARKET)
        assert (row.case_id, row.state, row.attempts) == (poisoned, "set_aside", 8)
        assert row.last_error == "ZeroDivisionError: the law has a hole"

    async def test_once_released_it_fires(self, stage: Stage, monkeypatch: pytest.MonkeyPatch):
        case_id = await filed(stage)
        with monkeypatch.context() as patch:
            poison(patch, case_id)
            await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)
        assert await deadlines.release(stage.db, MARKET, case_id, "seller_answer.1")
        moved = await advance(stage.hinge, MARKET, MONDAY + 50 * HOUR)
        assert moved == Advanced(MONDAY + 50 * HOUR, 1)
        assert await stage.differences() == []

    async def test_a_deadline_the_law_does_not_know_is_set_aside(self, stage: Stage):
        case_id = await filed(stage)
        async with stage.db.writing(MARKET) as connection:
            await connection.execute("UPDATE deadline SET deadline_id = 'seller_answer.7'")
        await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)
        [row] = await deadlines.list_set_aside(stage.db, MARKET)
        assert (row.case_id, row.deadline_id, row.state) == (case_id, "seller_answer.7", "set_aside")

    async def test_rows_that_break_a_constraint_are_set_aside_alone(self, stage: Stage):
        broken, healthy = await filed(stage, "O1"), await filed(stage, "O2")
        async with stage.db.writing(MARKET) as connection:
            await connection.execute(
                "INSERT INTO posting (case_id, journal_id, ordinal, marketplace_id, account, currency, amount, seq,"
                " purpose, at) VALUES ($1, '2.1', 0, $2, 'a', 'IDR', 1, 1, 'planted', now()),"
                " ($1, '2.1', 1, $2, 'b', 'IDR', -1, 1, 'planted', now())",
                broken,
                MARKET,
            )
        moved = await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)
        assert moved == Advanced(MONDAY + 49 * HOUR, 1, 8)
        assert await stage_of(stage, healthy) == "agreed"
        assert await stage_of(stage, broken) == "awaiting_seller"


class TestSweep:
    """Real time: what is due is due by the wall clock."""

    async def test_silence_speaks_at_the_instant_of_the_sweep(self, database: Database):
        stage, case_id, due_at = await nearly_due(database)
        assert await sweep(stage.hinge, MARKET, due_at + GRACE - TICK) == []
        [fate] = await sweep(stage.hinge, MARKET, due_at + GRACE)
        assert (fate.case_id, fate.deadline_id, fate.became) == (case_id, "seller_answer.1", "fired")
        assert await sweep(stage.hinge, MARKET, due_at + GRACE) == []
        events = await cases.events_of(database, MARKET, case_id)
        assert events[1].at == due_at + GRACE

    async def test_an_answer_in_time_always_comes_before_silence(self, database: Database):
        stage, case_id, due_at = await nearly_due(database)
        answer = await stage.say(case_id, BOB, "reject_request", statement="It works", at=due_at - TICK)
        assert isinstance(answer, Accepted)
        assert await sweep(stage.hinge, MARKET, due_at + GRACE) == []

    async def test_a_standing_clock_is_left_alone(self, database: Database):
        stage, _, due_at = await nearly_due(database)
        await stage.stand(due_at - HOUR)
        assert await sweep(stage.hinge, MARKET, due_at + HOUR) == []

    async def test_several_windows_of_a_case_end_in_one_batch_in_order(self, database: Database):
        stage, _, due_at = await nearly_due(database, offering=True)
        fates = await sweep(stage.hinge, MARKET, due_at + GRACE)
        assert [fate.deadline_id for fate in fates] == ["settlement_offer.1", "seller_answer.1"]
        assert await stage.differences() == []


async def nearly_due(database: Database, *, offering: bool = False) -> tuple[Stage, str, datetime]:
    """A case whose seller has three more seconds, by the wall clock."""
    due_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    clock = Clock(due_at - 48 * HOUR)
    stage = Stage(database, clock)
    async with database.writing(MARKET) as connection:
        await connection.execute("UPDATE marketplace SET sandbox = true, clock_at = $1", due_at - 48 * HOUR)
    case_id = await stage.order(delivered_at=due_at - 72 * HOUR)
    answer = await stage.file(case_id)
    if offering:
        await stage.act(case_id, ALICE, "offer_settlement", remedy="refund", valid_until=due_at - TICK)
    async with database.writing(MARKET) as connection:
        await connection.execute("UPDATE marketplace SET clock_at = NULL")
    clock.at = due_at
    assert due(answer.case, "seller_answer") == due_at
    return stage, case_id, due_at


def poison(monkeypatch: pytest.MonkeyPatch, case_id: str) -> None:
    """A hole in the law that one case falls into."""
    decide = handle.decide

    def decide_badly(case, command, *rest):
        if case.id == case_id and isinstance(command, commands.Lapse):
            raise ZeroDivisionError("the law has a hole")
        return decide(case, command, *rest)

    monkeypatch.setattr(handle, "decide", decide_badly)


def spied(monkeypatch: pytest.MonkeyPatch) -> list[tuple[datetime, str, str]]:
    """The (due_at, case, deadline) of every lapse that is decided, in the order it is decided."""
    decide, turns = handle.decide, list[tuple[datetime, str, str]]()

    def decide_seen(case, command, *rest):
        if isinstance(command, commands.Lapse):
            [deadline] = [d for d in case.deadlines if d.id == command.deadline_id]
            turns.append((deadline.due_at, case.id, deadline.id))
        return decide(case, command, *rest)

    monkeypatch.setattr(handle, "decide", decide_seen)
    return turns
