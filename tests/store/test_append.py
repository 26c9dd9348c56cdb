"""Appending: whole or not at all, in order, once, and no case harmed by its neighbour in a sweep."""

import asyncio
from datetime import timedelta
from operator import attrgetter

import pytest
from msgspec import structs

from amends.store import cases, deadlines, ledger, marketplaces
from amends.store.connect import Database
from amends.store.rows import Append, Outcome
from tests.plugins_database import MARKETPLACE, Server
from tests.store.samples import (
    a_deadline,
    a_refund,
    an_answer,
    following,
    new_id,
    now,
    opened,
    opening,
    plain,
    with_all,
)


async def append(db: Database, *batches: Append, **options: object) -> list[Outcome]:
    return await cases.append_events(db, MARKETPLACE, batches, **options)


async def kinds(db: Database, *batches: Append, **options: object) -> list[str]:
    return [outcome.kind for outcome in await append(db, *batches, **options)]


async def revision(db: Database, case_id: str) -> int:
    return (await cases.read_case(db, MARKETPLACE, case_id)).revision


async def test_what_was_appended_is_read_back_byte_for_byte(database: Database):
    first = with_all(opening(events=2))
    [outcome] = await append(database, first)
    assert outcome == Outcome(case_id=first.case_id, kind="appended", revision=2)

    read = await cases.read_case(database, MARKETPLACE, first.case_id, principal="buyer:alice", key="key-1")
    assert (read.revision, read.state, read.last_hash, read.last_at) == (
        2,
        plain(first),
        first.events[-1].hash,
        first.at,
    )
    assert read.answered is not None
    assert (read.answered.status, read.answered.answer) == (200, b'{"ok":true}')
    assert read.answered.fingerprint == first.idempotency.fingerprint
    assert tuple(await cases.events_of(database, MARKETPLACE, first.case_id)) == opened(first)
    assert (await cases.get_case(database, MARKETPLACE, first.case_id)).projection == first.projection
    assert len(await deadlines.of_case(database, MARKETPLACE, first.case_id)) == 2
    assert [entry.amount for entry in await ledger.entries(database, MARKETPLACE)] == [-100, 100]


async def test_a_case_that_is_not_there_has_revision_zero(database: Database):
    read = await cases.read_case(database, MARKETPLACE, new_id(), principal="p", key="k")
    assert (read.revision, read.state, read.order, read.answered) == (0, None, None, None)
    assert abs(read.now - now()) < timedelta(seconds=5)


async def test_a_batch_decided_on_an_old_revision_is_a_conflict(database: Database):
    first = opening()
    second = following(first)
    assert await kinds(database, first) == ["appended"]
    assert await kinds(database, second) == ["appended"]
    assert await kinds(database, following(first)) == ["conflict"]
    assert await revision(database, first.case_id) == 2


async def test_opening_a_case_twice_is_a_conflict(database: Database):
    first = opening()
    assert await kinds(database, first) == ["appended"]
    assert await kinds(database, opening(first.case_id)) == ["conflict"]


async def test_a_batch_chained_to_another_history_is_a_conflict(database: Database):
    first = opening()
    await append(database, first)
    forked = following(opening(first.case_id))
    assert await kinds(database, forked) == ["conflict"]


async def test_of_many_batches_for_one_revision_exactly_one_is_written(database: Database):
    first = opening()
    await append(database, first)
    rivals = [with_all(following(first)) for _ in range(8)]
    outcomes = await asyncio.gather(*(kinds(database, rival) for rival in rivals))
    assert outcomes.count(["appended"]) == 1
    assert outcomes.count(["duplicate"]) == 7  # they all carry the same key
    assert len(await cases.events_of(database, MARKETPLACE, first.case_id)) == 2


async def test_of_many_openings_of_one_case_exactly_one_is_written(database: Database):
    case_id = new_id()
    outcomes = await asyncio.gather(*(kinds(database, opening(case_id)) for _ in range(8)))
    assert sorted(outcomes) == [["appended"]] + [["conflict"]] * 7


async def test_should_the_revision_check_ever_be_lost_the_key_of_events_still_refuses(
    database_server: Server, database: Database
):
    """A sabotage: without its check `write_case` lets the second history through, and the primary key stops it."""
    name = await database.pool.fetchval("SELECT current_database()")
    checked = await database.pool.fetchval("SELECT pg_get_functiondef('write_case'::regproc)")
    lost = checked.replace("AND revision = w.expected AND last_hash = w.prev_hash", "")
    assert lost != checked
    await database_server.execute("SET search_path = amends", lost, database=name)
    first = opening()
    assert await kinds(database, first) == ["appended"]
    assert await kinds(database, following(first)) == ["appended"]
    [outcome] = await append(database, following(first))
    assert outcome.kind == "poisoned"
    assert "event_pkey" in outcome.error
    assert await revision(database, first.case_id) == 2


async def test_an_instant_before_the_last_event_is_stale(database: Database):
    first = opening()
    await append(database, first)
    assert await kinds(database, following(first, at=first.at - timedelta(microseconds=1))) == ["stale"]
    assert await kinds(database, following(first, at=first.at)) == ["appended"]


@pytest.mark.parametrize(("seconds", "kind"), [(6, "stale"), (4, "appended")])
async def test_an_instant_over_five_seconds_old_is_stale(database: Database, seconds: int, kind: str):
    assert await kinds(database, opening(at=now() - timedelta(seconds=seconds))) == [kind]


async def test_a_sandbox_is_judged_by_its_standing_clock(database: Database):
    await marketplaces.ensure(database, MARKETPLACE, sandbox=True)
    noon = now() + timedelta(days=30)
    assert await marketplaces.set_clock(database, MARKETPLACE, noon)
    assert await kinds(database, opening(at=now())) == ["stale"]
    first = opening(at=noon)
    assert await kinds(database, first) == ["appended"]
    assert (await cases.read_case(database, MARKETPLACE, first.case_id)).clock_at == noon


async def test_while_a_standing_clock_is_moved_deadlines_fire_at_their_own_instants(database: Database):
    await marketplaces.ensure(database, MARKETPLACE, sandbox=True)
    noon = now() + timedelta(days=30)
    await marketplaces.set_clock(database, MARKETPLACE, noon)
    first = opening(at=noon - timedelta(days=3))
    assert await kinds(database, first, catching_up=True) == ["appended"]
    earlier = following(first, at=first.at - timedelta(seconds=1))
    assert await kinds(database, earlier, catching_up=True) == ["stale"]


async def test_real_time_is_never_caught_up_with(database: Database):
    assert await kinds(database, opening(at=now() - timedelta(seconds=6)), catching_up=True) == ["stale"]


async def test_a_key_used_before_is_a_duplicate_and_writes_nothing(database: Database):
    first = structs.replace(opening(), idempotency=an_answer("k"))
    await append(database, first)
    second = structs.replace(following(first), idempotency=an_answer("k"))
    assert await kinds(database, second) == ["duplicate"]
    assert await revision(database, first.case_id) == 1
    someone_elses = structs.replace(following(first), idempotency=an_answer("k", principal="seller:bob"))
    assert await kinds(database, someone_elses) == ["appended"]


async def test_a_twin_that_comes_late_is_told_it_is_a_duplicate(database: Database):
    first = opening()
    await append(database, first)
    twins = [structs.replace(following(first), idempotency=an_answer("k")) for _ in range(2)]
    assert sorted([(await kinds(database, twin))[0] for twin in twins]) == ["appended", "duplicate"]


async def test_in_a_sweep_one_conflict_leaves_the_others_written(database: Database):
    openings = [opening() for _ in range(5)]
    await append(database, *openings)
    batches = [with_all(following(each)) for each in openings]
    batches[2] = with_all(following(batches[2]))
    batches[3] = with_all(following(openings[3], at=openings[3].at - timedelta(seconds=1)))
    outcomes = await append(database, *batches)
    assert [outcome.case_id for outcome in outcomes] == [batch.case_id for batch in batches]
    assert [outcome.kind for outcome in outcomes] == ["appended", "appended", "conflict", "stale", "appended"]
    assert [await revision(database, each.case_id) for each in openings] == [2, 2, 1, 1, 2]
    assert len(await ledger.entries(database, MARKETPLACE)) == 6


POISON = {
    "refunds more than was paid": lambda b: structs.replace(b, projection=structs.replace(b.projection, refunded=4001)),
    "a stage nobody knows": lambda b: structs.replace(b, projection=structs.replace(b.projection, stage="lost")),
    "closed without saying how": lambda b: structs.replace(b, projection=structs.replace(b.projection, stage="closed")),
    "a journal that does not sum to zero": lambda b: structs.replace(b, postings=a_refund(off_by=1)),
    "an amount beyond 2^53": lambda b: structs.replace(b, postings=a_refund(2**53)),
    "an amount the driver cannot encode": lambda b: structs.replace(b, postings=a_refund(2**70)),
    "an event that is not JSON": lambda b: structs.replace(
        b, events=(*b.events[:-1], structs.replace(b.events[-1], sealed=b"{"))
    ),
    "a hash of the wrong size": lambda b: structs.replace(
        b, idempotency=structs.replace(an_answer(), fingerprint=b"x")
    ),
}


@pytest.mark.parametrize("what", POISON)
@pytest.mark.parametrize("place", [0, 3])
async def test_in_a_sweep_the_poisoned_case_is_reported_and_the_others_written(
    database: Database, what: str, place: int
):
    batches = sorted((with_all(opening()) for _ in range(4)), key=attrgetter("case_id"))
    batches[place] = POISON[what](batches[place])
    outcomes = await append(database, *batches)
    expected = ["poisoned" if number == place else "appended" for number in range(4)]
    assert [outcome.kind for outcome in outcomes] == expected
    assert outcomes[place].error
    assert await revision(database, batches[place].case_id) == 0
    assert await cases.events_of(database, MARKETPLACE, batches[place].case_id) == []


@pytest.mark.parametrize("what", POISON)
async def test_a_poisoned_case_alone_is_reported_too(database: Database, what: str):
    poisoned = POISON[what](opening())
    assert await kinds(database, poisoned) == ["poisoned"]
    assert await revision(database, poisoned.case_id) == 0


@pytest.mark.parametrize("what", POISON)
async def test_within_a_claim_poison_spoils_neither_the_others_nor_the_transaction(database: Database, what: str):
    openings = [
        structs.replace(opening(), deadlines=(a_deadline(due_at=now() - timedelta(seconds=9)),)) for _ in range(3)
    ]
    await append(database, *openings)
    async with deadlines.claim_due(database, MARKETPLACE, cutoff=now()) as claim:
        batches = [following(each) for each in openings]
        batches[0] = POISON[what](batches[0])
        outcomes = await append(database, *batches, connection=claim.connection)
    assert [outcome.kind for outcome in outcomes] == ["poisoned", "appended", "appended"]
    assert [await revision(database, each.case_id) for each in openings] == [1, 2, 2]


async def test_a_deadline_is_never_moved_earlier(database: Database):
    due_at = now() + timedelta(days=2)
    first = structs.replace(opening(), deadlines=(a_deadline(due_at=due_at),))
    await append(database, first)
    earlier = structs.replace(following(first), deadlines=(a_deadline(due_at=due_at - timedelta(microseconds=1)),))
    [outcome] = await append(database, earlier)
    assert outcome.kind == "poisoned"
    assert "may not become due" in outcome.error
    later = structs.replace(following(first), deadlines=(a_deadline(due_at=due_at + timedelta(days=1)),))
    assert await kinds(database, later) == ["appended"]


async def test_sweeps_over_the_same_cases_do_not_wait_for_each_other_in_a_circle(database: Database):
    openings = [opening() for _ in range(30)]
    await append(database, *openings)
    forwards = [following(each) for each in openings]
    backwards = [following(each) for each in reversed(openings)]
    found = await asyncio.gather(append(database, *forwards), append(database, *backwards))
    assert sorted({outcome.kind for outcome in found[0]} | {outcome.kind for outcome in found[1]}) == [
        "appended",
        "conflict",
    ]
    assert [await revision(database, each.case_id) for each in openings] == [2] * 30


async def test_a_marketplace_nobody_made_takes_no_cases(database: Database):
    [outcome] = await cases.append_events(database, "nowhere", [opening()])
    assert (outcome.kind, outcome.error) == ("poisoned", "there is no marketplace nowhere")


async def test_an_empty_call_does_nothing(database: Database):
    assert await append(database) == []


async def test_a_call_with_a_case_twice_is_a_mistake_of_the_caller(database: Database):
    first = opening()
    with pytest.raises(ValueError, match="twice"):
        await append(database, first, first)


async def test_event_numbers_that_do_not_follow_are_a_mistake_of_the_caller(database: Database):
    first = opening(events=2)
    with pytest.raises(ValueError, match="must be numbered"):
        await append(database, structs.replace(first, events=first.events[1:]))
