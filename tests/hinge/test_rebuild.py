"""`rebuild --check`: silent on what is as it should be, and exact about each thing that is not."""

from datetime import timedelta

import asyncpg
import pytest

from amends.proof.seal import seal_bytes
from amends.store import cases
from amends.store.cases import CaseFilter
from amends.store.connect import Database
from amends.store.vault import keys_of
from amends.sweep import advance
from tests.cast import ALICE, BOB, MARKET, MONDAY, Stage
from tests.plugins_database import Server

pytestmark = pytest.mark.database


@pytest.fixture
async def stage(database: Database) -> Stage:
    """Two cases with a history: one paid late, one refused."""
    stage = Stage(database)
    await stage.stand(MONDAY)
    await stage.file(await stage.order("O1"), "O1")
    refused = await stage.order("O2")
    await stage.file(refused, "O2", key="k1")
    await stage.act(refused, BOB, "reject_request", statement="It worked here")
    await stage.act(refused, ALICE, "offer_settlement", remedy="partial_refund", amount=1000)
    await advance(stage.hinge, MARKET, MONDAY + timedelta(days=10))
    return stage


@pytest.fixture
async def admin(stage: Stage, database_server: Server):
    """Somebody who can change what the application never changes."""
    name = await stage.db.pool.fetchval("SELECT current_database()")
    connection = await asyncpg.connect(database_server.url("admin", name))
    await connection.execute("SET search_path = amends; SET session_replication_role = replica")
    yield connection
    await connection.close()


async def test_a_sound_marketplace_has_no_differences(stage: Stage):
    assert await stage.differences() == []


@pytest.mark.parametrize(
    ("tampering", "named"),
    [
        ("""UPDATE "case" SET refunded = 1""", {"column refunded"}),
        ("""UPDATE "case" SET seller_id = 'eve'""", {"column seller_id"}),
        ("""UPDATE "case" SET next_due_at = '2030-01-01Z'""", {"column next_due_at"}),
        ("""UPDATE "case" SET revision = revision + 1""", {"revision"}),
        ("""UPDATE "case" SET last_hash = pg_catalog.sha256('x')""", {"last_hash"}),
        ("""UPDATE "case" SET state = '{}'""", {"state"}),
        ("UPDATE event SET openings = ''", {"state requests"}),
        ("UPDATE event SET at = at + interval '1 s' WHERE seq = 1", {"event 1 at"}),
        ("UPDATE event SET actor_id = 'eve' WHERE seq = 1", {"event 1 actor_id"}),
        ("UPDATE event SET hash = pg_catalog.sha256('x') WHERE seq = 1", {"hash of event 1"}),
        ("DELETE FROM deadline WHERE kind = 'seller_answer'", {"deadline seller_answer.1"}),
        ("UPDATE deadline SET due_at = due_at + interval '1 day'", {"deadline seller_answer.1 due_at"}),
        ("UPDATE deadline SET state = 'open'", {"deadline seller_answer.1 state"}),
        ("UPDATE deadline SET detail = '{}'", {"deadline seller_answer.1 derivation"}),
        ("UPDATE deadline SET kind = 'reply'", {"deadline seller_answer.1 kind"}),
        ("UPDATE posting SET amount = 2 * amount", {"posting 2.1 leg 0", "posting 2.1 leg 1"}),
        ("UPDATE posting SET account = 'eve'", {"posting 2.1 leg 0", "posting 2.1 leg 1"}),
        ("DELETE FROM posting WHERE ordinal = 0", {"posting 2.1 leg 0"}),
        ("UPDATE posting SET ordinal = 7 WHERE ordinal = 1", {"posting 2.1 leg 1", "posting 2.1 leg 7"}),
    ],
)
async def test_each_thing_changed_behind_our_back_is_named(
    stage: Stage, admin: asyncpg.Connection, tampering: str, named: set[str]
):
    await admin.execute(tampering)
    assert named <= {found.what for found in await stage.differences()}


async def test_a_state_written_anew_is_named(stage: Stage, admin: asyncpg.Connection):
    """By somebody who has the keys as well as the database."""
    for row in (await cases.list_cases(stage.db, MARKET, CaseFilter())).rows:
        keys = await keys_of(stage.db, MARKET, f"case:{row.case_id}")
        place = f"state|{row.case_id}|{row.revision}".encode()
        forged = seal_bytes(keys["state"], b"\x00" + row.state.replace(b'"alice"', b'"eve"'), place)
        await admin.execute('UPDATE "case" SET state = $1 WHERE case_id = $2', forged, row.case_id)
    assert {found.what for found in await stage.differences()} == {"state order"}


async def test_a_rewritten_event_breaks_the_chain(stage: Stage, admin: asyncpg.Connection):
    await admin.execute("UPDATE event SET body = replace(body::text, 'sealed-', 'sealed_')::json WHERE seq = 2")
    found = {(found.what, found.stored) for found in await stage.differences()}
    assert ("hash of event 2", "does not follow") in found


async def test_a_removed_event_is_missed(stage: Stage, admin: asyncpg.Connection):
    await admin.execute("DELETE FROM event WHERE seq = 1")
    assert {"events"} <= {found.what for found in await stage.differences()}


async def test_a_deadline_set_aside_is_as_good_as_open(stage: Stage, admin: asyncpg.Connection):
    case_id = await stage.order("O3", delivered_at=MONDAY + timedelta(days=9))
    await stage.file(case_id, "O3")
    await admin.execute("UPDATE deadline SET state = 'set_aside', attempts = 8 WHERE case_id = $1", case_id)
    assert await stage.differences() == []
