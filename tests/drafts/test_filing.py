"""Drafts that file themselves: just before the deadline, once, and only if their author still wants it."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amends import handle
from amends.answers import Accepted
from amends.law.actions import answered_by
from amends.law.actors import Actor
from amends.store import cases, deadlines, drafts, marketplaces, uploads, vault
from amends.store.connect import Database
from amends.store.errors import Busy
from amends.store.rows import DraftRow, UploadRow
from amends.store.written import decode_case
from amends.sweep import GRACE, Advanced, advance, sweep
from amends.worker import deadlines as worker
from tests.cast import ALICE, BOB, MARKET, MONDAY, Clock, Stage, command, due
from tests.worker.test_deadlines import guard_of

pytestmark = pytest.mark.database
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
async def stage(database: Database) -> Stage:
    stage = Stage(database)
    await stage.stand(MONDAY)
    return stage


async def prepared(
    stage: Stage, case_id: str, actor: Actor, name: str, *, itself: bool = True, **fields: object
) -> None:
    """Save a draft as the door does."""
    case = await case_of(stage, case_id)
    waiting = answered_by(case, actor.role, name)
    row = DraftRow(
        case_id=case_id,
        role=actor.role,
        author_id=actor.id,
        command=name,
        body=msgspec.json.encode(command(name, **fields)),
        file_at_deadline=itself,
        deadline_id=waiting.id if waiting else None,
        given=handle.handed_in(case, actor.role),
        saved_at=MONDAY,
    )
    assert await drafts.save(stage.db, MARKET, row)


async def case_of(stage: Stage, case_id: str):
    row = await cases.get_case(stage.db, MARKET, case_id)
    assert row is not None
    return decode_case(row.state)


async def draft_of(stage: Stage, case_id: str, actor: Actor, name: str) -> DraftRow:
    [row] = await drafts.of_author(stage.db, MARKET, case_id, actor.role, actor.id, name)
    return row


async def told(stage: Stage, case_id: str) -> list[tuple[str, str, datetime]]:
    return [(e.type, e.actor_role, e.at) for e in await cases.events_of(stage.db, MARKET, case_id)]


async def requested(stage: Stage, order_id: str = "O1") -> str:
    case_id = await stage.order(order_id)
    await stage.file(case_id, order_id)
    return case_id


class TestAtItsDeadline:
    async def test_it_is_filed_one_microsecond_before_the_deadline_by_its_author(self, stage: Stage):
        case_id = await requested(stage)
        await prepared(stage, case_id, BOB, "reject_request", statement="It worked when it left")
        due_at = MONDAY + 48 * HOUR
        assert await advance(stage.hinge, MARKET, due_at + GRACE - TICK) == Advanced(due_at + GRACE - TICK, 0)
        assert (await draft_of(stage, case_id, BOB, "reject_request")).state == "kept"
        await advance(stage.hinge, MARKET, due_at + GRACE)
        assert (await told(stage, case_id))[1:] == [("request_rejected", "seller", due_at - TICK)]
        draft = await draft_of(stage, case_id, BOB, "reject_request")
        assert (draft.state, draft.settled_at, draft.refusal) == ("filed", due_at + GRACE, None)
        assert await stage.states(case_id) == {"seller_answer.1": "ended", "open_dispute.1": "open"}
        assert await stage.differences() == []

    async def test_without_the_wish_the_deadline_lapses_and_the_draft_stays(self, stage: Stage):
        case_id = await requested(stage)
        await prepared(stage, case_id, BOB, "reject_request", itself=False, statement="Not yet")
        await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)
        assert (await told(stage, case_id))[1][:2] == ("request_approved", "clock")
        assert (await draft_of(stage, case_id, BOB, "reject_request")).state == "kept"

    async def test_a_window_that_stays_open_is_answered_and_then_lapses(self, stage: Stage):
        case_id = await disputed(stage)
        await prepared(
            stage, case_id, BOB, "submit_evidence", items=[{"type": "conversation", "text": "He was warned"}]
        )
        due_at = due(await case_of(stage, case_id), "seller_evidence")
        await advance(stage.hinge, MARKET, due_at + GRACE)
        filed = [event for event in await told(stage, case_id) if event[0] == "evidence_submitted"]
        assert filed == [("evidence_submitted", "seller", due_at - TICK)]
        [piece] = [one for one in (await case_of(stage, case_id)).evidence if one.party == "seller"]
        assert not piece.late
        assert await stage.differences() == []

    async def test_a_refused_draft_says_why_and_the_deadline_lapses(self, stage: Stage):
        case_id = await disputed(stage)
        await prepared(stage, case_id, BOB, "submit_evidence",
                       items=[{"type": "photo_of_item", "upload": "00000000-0000-4000-8000-000000000000"}])  # fmt: skip
        due_at = due(await case_of(stage, case_id), "seller_evidence")
        await advance(stage.hinge, MARKET, due_at + GRACE)
        draft = await draft_of(stage, case_id, BOB, "submit_evidence")
        assert draft.state == "refused"
        assert msgspec.json.decode(draft.refusal or b"")["code"] == "unknown_reference"
        assert (await stage.states(case_id))["seller_evidence.1"] == "fired"
        assert await stage.differences() == []

    async def test_a_file_announced_after_the_deadline_is_not_in_a_draft_filed_before_it(self, stage: Stage):
        case_id = await disputed(stage)
        due_at = due(await case_of(stage, case_id), "seller_evidence")
        foreseen = uploads.new_id("ticket", MARKET, "seller", "bob", "a key chosen beforehand")
        await prepared(stage, case_id, BOB, "submit_evidence", items=[{"type": "photo_of_item", "upload": foreseen}])
        await advance(stage.hinge, MARKET, due_at + SECOND)
        ticket = UploadRow(foreseen, "seller", "bob", "0" * 64, 1000, "image/jpeg", "late.jpg", due_at + SECOND,
                           expires_at=due_at + HOUR)  # fmt: skip
        await uploads.promise(stage.db, MARKET, ticket, uploads.Quota(10, 10**9))
        await advance(stage.hinge, MARKET, due_at + GRACE)
        draft = await draft_of(stage, case_id, BOB, "submit_evidence")
        assert draft.state == "refused"
        assert [one for one in (await case_of(stage, case_id)).evidence if one.party == "seller"] == []

    async def test_a_defect_in_a_draft_does_not_stop_the_deadline(self, stage: Stage, monkeypatch: pytest.MonkeyPatch):
        case_id = await requested(stage)
        await prepared(stage, case_id, BOB, "reject_request", statement="It worked")
        decide = handle.decide

        def decide_badly(case, asked, *rest):
            if isinstance(asked, type(command("reject_request", statement="x"))):
                raise ZeroDivisionError("the law has a hole")
            return decide(case, asked, *rest)

        monkeypatch.setattr(handle, "decide", decide_badly)
        await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)
        assert (await told(stage, case_id))[1][0] == "request_approved"
        draft = await draft_of(stage, case_id, BOB, "reject_request")
        assert (draft.state, draft.refusal) == ("refused", b'{"code":"defect"}')


class TestNever:
    async def test_never_twice(self, stage: Stage):
        case_id = await disputed(stage)
        await prepared(
            stage, case_id, BOB, "submit_evidence", items=[{"type": "conversation", "text": "He was warned"}]
        )
        for days in (2, 4, 8):
            await advance(stage.hinge, MARKET, MONDAY + days * 24 * HOUR)
        assert [event[0] for event in await told(stage, case_id)].count("evidence_submitted") == 1

    async def test_never_after_it_was_withdrawn(self, stage: Stage):
        case_id = await requested(stage)
        await prepared(stage, case_id, BOB, "reject_request", statement="It worked")
        assert await drafts.withdraw(stage.db, MARKET, case_id, "seller", "bob", "reject_request")
        await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)
        assert (await told(stage, case_id))[1][0] == "request_approved"

    async def test_never_after_its_author_answered_otherwise(self, stage: Stage):
        case_id = await requested(stage)
        await prepared(stage, case_id, BOB, "reject_request", statement="It worked")
        await stage.act(case_id, BOB, "approve_request")
        await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)
        assert "request_rejected" not in [event[0] for event in await told(stage, case_id)]
        assert (await draft_of(stage, case_id, BOB, "reject_request")).state == "kept"

    async def test_never_after_its_author_handed_in_something_else(self, stage: Stage):
        case_id = await disputed(stage)
        await prepared(
            stage, case_id, BOB, "submit_evidence", items=[{"type": "conversation", "text": "The old words"}]
        )
        await stage.act(case_id, BOB, "submit_evidence", items=[{"type": "conversation", "text": "The new words"}])
        await advance(stage.hinge, MARKET, MONDAY + 8 * 24 * HOUR)
        texts = [one.text for one in (await case_of(stage, case_id)).evidence if one.party == "seller"]
        assert texts == ["The new words"]

    async def test_never_for_a_deadline_it_was_not_written_for(self, stage: Stage):
        case_id = await requested(stage)
        await prepared(stage, case_id, ALICE, "submit_evidence", items=[{"type": "photo_of_item", "text": "Dark"}])
        await stage.act(case_id, BOB, "reject_request", statement="It worked")
        await stage.act(case_id, ALICE, "open_dispute", statement="It never worked")
        await advance(stage.hinge, MARKET, MONDAY + 8 * 24 * HOUR)
        assert "evidence_submitted" not in [event[0] for event in await told(stage, case_id)]

    async def test_never_once_it_was_forgotten(self, stage: Stage):
        case_id = await requested(stage)
        await prepared(stage, case_id, BOB, "reject_request", statement="It worked")
        async with stage.db.writing(MARKET) as connection:
            await drafts.forget(connection, MARKET, case_id, ["seller"])
        await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)
        assert (await told(stage, case_id))[1][0] == "request_approved"


class TestInOrder:
    async def test_a_jump_files_each_in_its_turn(self, stage: Stage):
        ids = []
        for number in range(4):
            await advance(stage.hinge, MARKET, MONDAY + number * HOUR)
            ids.append(await requested(stage, f"O{number}"))
            await prepared(stage, ids[-1], BOB, "reject_request", statement=f"Number {number}")
        await advance(stage.hinge, MARKET, MONDAY + 72 * HOUR, limit=2)
        for number, case_id in enumerate(ids):
            due_at = MONDAY + (48 + number) * HOUR
            assert (await told(stage, case_id))[1] == ("request_rejected", "seller", due_at - TICK)
        assert await stage.differences() == []

    async def test_a_draft_is_in_time_though_another_deadline_lapses_in_the_same_moment(self, stage: Stage):
        case_id = await requested(stage)
        await stage.act(
            case_id, ALICE, "offer_settlement", remedy="refund", valid_until=MONDAY + 48 * HOUR - 1000 * TICK
        )
        await prepared(stage, case_id, BOB, "reject_request", statement="It worked")
        await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)
        assert (await draft_of(stage, case_id, BOB, "reject_request")).state == "filed"
        assert await stage.differences() == []


class TestRealTime:
    async def test_after_an_outage_of_hours_it_still_counts_as_in_time(self, database: Database):
        stage, case_id, due_at = await nearly_due(database)
        late = due_at + 5 * HOUR
        [fate] = await sweep(stage.hinge, MARKET, late)
        assert (fate.deadline_id, fate.became) == ("seller_answer.1", "answered")
        assert (await told(stage, case_id))[1] == ("request_rejected", "seller", due_at - TICK)
        assert await stage.differences() == []

    async def test_not_a_moment_before_the_grace_is_over(self, database: Database):
        stage, _, due_at = await nearly_due(database)
        assert await sweep(stage.hinge, MARKET, due_at + GRACE - TICK) == []
        [fate] = await sweep(stage.hinge, MARKET, due_at + GRACE)
        assert fate.became == "answered"
        assert await sweep(stage.hinge, MARKET, due_at + GRACE) == []

    async def test_two_workers_file_it_once(self, database: Database):
        stage, case_id, due_at = await nearly_due(database)
        stage.hinge.clock.at = due_at + GRACE  # type: ignore[attr-defined]  # a clock that a test sets
        guard = guard_of(stage)
        await asyncio.gather(*(worker.one_round(stage.hinge, guard) for _ in range(4)))
        assert [event[0] for event in await told(stage, case_id)] == ["request_filed", "request_rejected"]

    async def test_an_answer_by_hand_at_the_same_time_leaves_one_of_both(self, database: Database):
        stage, case_id, due_at = await nearly_due(database)
        by_hand = stage.say(case_id, BOB, "approve_request", at=due_at - TICK)
        answered, fates = await asyncio.gather(by_hand, sweep(stage.hinge, MARKET, due_at + GRACE))
        types = [event[0] for event in await told(stage, case_id)]
        assert len(types) == 2
        if isinstance(answered, Accepted):
            assert types[1] == "request_approved"
            assert (await draft_of(stage, case_id, BOB, "reject_request")).state == "kept"
        else:
            assert (types[1], [fate.became for fate in fates]) == ("request_rejected", ["answered"])
        assert await stage.differences() == []

    async def test_what_is_undone_was_not_filed(self, database: Database, monkeypatch: pytest.MonkeyPatch):
        stage, case_id, due_at = await nearly_due(database)

        async def broken(*_: object) -> None:
            raise ConnectionError("the line is cut")

        with monkeypatch.context() as patch:
            patch.setattr(drafts, "settle", broken)
            with pytest.raises(Busy):
                await sweep(stage.hinge, MARKET, due_at + GRACE)
        assert len(await told(stage, case_id)) == 1
        assert (await draft_of(stage, case_id, BOB, "reject_request")).state == "kept"
        [fate] = await sweep(stage.hinge, MARKET, due_at + GRACE)
        assert fate.became == "answered"


async def test_without_drafts_a_sweep_asks_the_database_no_more_than_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    await requested(stage)

    async def never(*_: object) -> None:
        raise AssertionError("nobody prepared anything")

    monkeypatch.setattr(drafts, "settle", never)
    monkeypatch.setattr(handle, "_prepared", never)
    assert (await advance(stage.hinge, MARKET, MONDAY + 49 * HOUR)) == Advanced(MONDAY + 49 * HOUR, 1)


async def test_what_a_draft_says_is_not_readable_in_the_database(stage: Stage):
    case_id = await requested(stage)
    await prepared(stage, case_id, BOB, "reject_request", statement="A secret of Bob")
    async with stage.db.reading(MARKET) as connection:
        row = await connection.fetchrow("SELECT * FROM draft WHERE case_id = $1", case_id)
    assert row is not None
    assert b"secret" not in row["body"]


async def test_a_key_made_for_a_draft_does_not_poison_a_command_read_before_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    """A seller who has said nothing has no key yet; the draft makes one between a command's read and its append."""
    case_id = await requested(stage)
    assert "seller" not in await vault.keys_of(stage.db, MARKET, f"case:{case_id}")
    read_case, reads = cases.read_case, list[int]()

    async def read_and_prepare(*arguments, **options):
        read = await read_case(*arguments, **options)
        reads.append(read.revision)
        if len(reads) == 1:
            await prepared(stage, case_id, BOB, "reject_request", statement="It worked")
        return read

    monkeypatch.setattr(cases, "read_case", read_and_prepare)
    await stage.act(case_id, BOB, "reject_request", statement="It worked when it left")
    assert reads == [1, 1]
    assert await stage.differences() == []


async def disputed(stage: Stage) -> str:
    case_id = await requested(stage)
    await stage.act(case_id, BOB, "reject_request", statement="It worked when it left")
    await stage.act(case_id, ALICE, "open_dispute", statement="It never worked")
    return case_id


async def nearly_due(database: Database) -> tuple[Stage, str, datetime]:
    """Bob has a few more seconds by the wall clock, and a draft that files itself."""
    due_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    clock = Clock(due_at - 48 * HOUR)
    stage = Stage(database, clock)
    async with database.writing(MARKET) as connection:
        await connection.execute("UPDATE marketplace SET sandbox = true, clock_at = $1", due_at - 48 * HOUR)
    case_id = await stage.order(delivered_at=due_at - 72 * HOUR)
    await stage.file(case_id)
    await prepared(stage, case_id, BOB, "reject_request", statement="It worked when it left")
    async with database.writing(MARKET) as connection:
        await connection.execute("UPDATE marketplace SET clock_at = NULL")
    clock.at = due_at
    assert (await marketplaces.get(database, MARKET)).clock_at is None  # type: ignore[union-attr]  # it is there
    assert await deadlines.earliest_due(database, MARKET) == due_at
    return stage, case_id, due_at
