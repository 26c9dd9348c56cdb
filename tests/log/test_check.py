"""`amends log verify`: whatever somebody with all rights over the database changes is found, and its place named."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from amends.proof.hashes import canonical, event_hash
from amends.store import log
from amends.store.connect import Database
from amends.store.log_check import Check
from amends.store.rebuild import check as rebuild
from amends.worker.sequencer import Sequencer
from tests.cast import MARKET, Stage
from tests.log.growing import told
from tests.plugins_database import Server

pytestmark = pytest.mark.database
Tamper = Callable[..., Awaitable[None]]


@pytest.fixture
async def tamper(database: Database, database_server: Server) -> Tamper:
    """Statements by a superuser, with every guard of the database switched off."""
    name = await database.pool.fetchval("SELECT current_database()")

    async def run(*statements: str) -> None:
        off = ("SET session_replication_role = replica", "SET search_path = amends")
        await database_server.execute(*off, *statements, database=name)

    return run


@pytest.fixture
async def case_id(database: Database) -> str:
    """A case of six events among others, all logged."""
    stage = Stage(database)
    await told(stage, "O1", messages=1)
    case_id = await told(stage, "O2", messages=5)
    await told(stage, "O3", messages=1)
    await Sequencer(database).once()
    return case_id


async def found(database: Database) -> list[str]:
    return [line async for line in Check(database).findings()]


async def rebuilt(database: Database) -> set[str]:
    return {case_id async for case_id, differences in rebuild(database, MARKET) if differences}


async def test_a_log_nobody_touched_is_sound(database: Database, case_id: str):
    check = Check(database)
    assert [line async for line in check.findings()] == []
    assert (check.events, check.size, check.waiting) == (10, 10, 0)
    await told(Stage(database), "O4")
    assert [line async for line in check.findings()] == []
    assert check.waiting == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("body = replace(body::text, 'message_posted', 'massage_posted')::json", "its hash is not that"),
        ("hash = pg_catalog.sha256('x'::bytea)", "its hash is not that"),
        ("prev_hash = pg_catalog.sha256('x'::bytea)", "does not follow"),
    ],
)
async def test_a_changed_event_is_named(database: Database, tamper: Tamper, case_id: str, change: str, says: str):
    await tamper(f"UPDATE event SET {change} WHERE case_id = '{case_id}' AND seq = 4")
    lines = await found(database)
    assert any(f"{case_id} event 4" in line and says in line for line in lines), lines
    if "body" not in change:
        assert case_id in await rebuilt(database)


async def test_an_event_rewritten_with_a_hash_of_its_own_is_named_by_its_leaf(
    database: Database, tamper: Tamper, case_id: str
):
    """The last event, whose hash nothing follows, is made anew as the software would have made it."""
    row = await _row(database, case_id, 6)
    body = canonical(msgspec.json.decode(row["body"]) | {"at": "2026-03-02T03:00:00Z"})
    made = event_hash(case_id, 6, row["prev_hash"], body).hex()
    await tamper(
        f"UPDATE event SET body = '{body.decode()}', hash = '\\x{made}' WHERE case_id = '{case_id}' AND seq = 6"
    )
    [line] = await found(database)
    assert f"{case_id} event 6: leaf " in line
    assert "made of another event" in line


async def test_a_deleted_event_is_named_wherever_it_stood(database: Database, tamper: Tamper, case_id: str):
    await tamper(f"DELETE FROM event WHERE case_id = '{case_id}' AND seq IN (3, 6)")
    lines = await found(database)
    assert any(f"{case_id} event 4: event 3 is missing before it" in line for line in lines)
    assert any(f"{case_id} event 6: it is gone, and leaf" in line for line in lines)


async def test_a_case_deleted_whole_is_named(database: Database, tamper: Tamper, case_id: str):
    await tamper(f"DELETE FROM event WHERE case_id = '{case_id}'", f"DELETE FROM \"case\" WHERE case_id = '{case_id}'")
    lines = await found(database)
    assert len([line for line in lines if case_id in line and "it is gone" in line]) == 6


async def test_two_events_that_changed_places_are_named(database: Database, tamper: Tamper, case_id: str):
    await tamper(*(
        f"UPDATE event SET seq = {to} WHERE case_id = '{case_id}' AND seq = {at}" for at, to in ((3, 9), (4, 3), (9, 4))
    ))  # fmt: skip
    lines = await found(database)
    assert any(f"{case_id} event 3" in line for line in lines)
    assert any(f"{case_id} event 4" in line for line in lines)


async def test_an_event_slipped_in_with_the_right_chain_but_an_old_transaction_is_named(
    database: Database, tamper: Tamper, case_id: str
):
    last = await _row(database, case_id, 6)
    made = event_hash(case_id, 7, last["hash"], last["body"]).hex()
    columns = "marketplace_id, type, at, actor_role, actor_id, clauses, body, openings, tx"
    await tamper(
        f"INSERT INTO event (case_id, seq, hash, prev_hash, {columns}) "
        f"SELECT case_id, 7, '\\x{made}', hash, {columns} FROM event WHERE case_id = '{case_id}' AND seq = 6"
    )
    assert await found(database) == [f"{MARKET} {case_id} event 7: it has no leaf in the log"]
    assert case_id in await rebuilt(database)


async def test_a_leaf_that_is_gone_or_changed_is_named(database: Database, tamper: Tamper, case_id: str):
    await tamper("DELETE FROM log_leaf WHERE leaf_index = 4")
    lines = await found(database)
    assert "leaf 4: it is gone from the database" in lines
    assert any("it has no leaf in the log" in line for line in lines)
    assert any(line.startswith("the log: its root") for line in lines)
    assert any(line.startswith("the published checkpoint: its root") for line in lines)


async def test_a_tail_cut_off_with_everything_that_tells_of_it_is_known_to_the_signer(
    database: Database, tamper: Tamper, case_id: str
):
    """Events, leaves, size, root and published checkpoint put back together as they once were."""
    before = await log.state(database)
    late = await told(Stage(database), "O4", messages=2)
    await Sequencer(database).once()
    await tamper(
        f"DELETE FROM event WHERE case_id = '{late}'",
        f"DELETE FROM \"case\" WHERE case_id = '{late}'",
        f"DELETE FROM log_leaf WHERE leaf_index >= {before.size}",
        f"UPDATE log_state SET size = {before.size}, root = '\\x{before.root.hex()}', published_size = {before.size}, "
        f"frontier = '\\x{before.frontier.hex()}', published = '{before.published}'",
    )
    assert await found(database) == [
        "the checkpoint signed last: it is over 13 leaves, and there are 10; the rest is lost"
    ]


async def test_damaged_and_missing_files_are_named(database: Database, case_id: str):
    await database.files.put_bytes("log/tile/0/000.p/10", bytes(320))
    await database.files.delete("log/tile/entries/000.p/10")
    assert await found(database) == [
        "tile/0/000.p/10: the file is not what the leaves give",
        "tile/entries/000.p/10: the file is missing",
    ]


async def _row(database: Database, case_id: str, seq: int) -> Any:
    async with database.reading(MARKET) as connection:
        return await connection.fetchrow("SELECT * FROM event WHERE case_id = $1 AND seq = $2", case_id, seq)
