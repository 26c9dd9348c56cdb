"""Erasure: nothing of an erased person can be read any more, the others' words stand, and every proof still holds."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from amends.handle import case_id_of
from amends.law.refusal import Refused
from amends.store import cases, erasure, orders, uploads
from amends.store.connect import Database, open_database
from amends.worker import privacy
from tests.cast import ALICE, BOB, FILING, MARKET, MONDAY, OLGA, Stage
from tests.plugins_database import Server
from tests.privacy.scene import (
    a_case,
    a_file,
    close_all,
    keys_open,
    lying_about,
    mark,
    order_erasure,
    readable,
)

pytestmark = pytest.mark.database
CASES = 30
WITH_PHOTO = 10


@pytest.fixture
async def stage(database: Database) -> Stage:
    stage = Stage(database)
    await stage.stand(MONDAY)
    return stage


@pytest.fixture
async def admin_url(stage: Stage, database_server: Server) -> str:
    return database_server.url("admin", await stage.db.pool.fetchval("SELECT current_database()"))


async def pending_done(stage: Stage) -> int:
    return await privacy.one_round(stage.db)


async def files_of(db: Database) -> list[str]:
    return sorted([found.path async for found in db.files.list("")])


class TestManySubjects:
    """Thirty cases, fifty-five people erased, five kept."""

    async def test_nothing_of_them_is_left_and_everything_of_the_others_stands(self, stage: Stage, admin_url: str):
        ids = [await a_case(stage, number, photo=number < WITH_PHOTO) for number in range(CASES)]
        await close_all(stage)
        buyers = [mark("buyer", number) for number in range(CASES)]
        sellers = [mark("seller", number) for number in range(CASES)]
        assert await readable(stage.db, buyers + sellers) == {*buyers, *sellers}, "the search finds what is there"
        assert await lying_about(admin_url, stage.db, buyers + sellers) == set(), "never in the clear"
        before = {case_id: await cases.events_of(stage.db, MARKET, case_id) for case_id in ids}

        for number, case_id in enumerate(ids):
            await order_erasure(stage, case_id, "buyer")
            if number < CASES - 5:
                await order_erasure(stage, case_id, "seller")
        assert await pending_done(stage) == 2 * CASES - 5
        assert await pending_done(stage) == 0

        assert await readable(stage.db, buyers + sellers) == set(sellers[-5:])
        assert await lying_about(admin_url, stage.db, buyers + sellers) == set()
        assert await files_of(stage.db) == []
        assert await stage.differences() == [], "chains, states and columns still agree"
        for case_id in ids:
            after = await cases.events_of(stage.db, MARKET, case_id)
            for old, new in zip(before[case_id], after, strict=False):
                assert (new.sealed, new.hash) == (old.sealed, old.hash), "not a byte of the log has changed"

    async def test_no_key_that_is_left_opens_what_was_sealed_for_them(self, stage: Stage):
        case_id = await a_case(stage, 1)
        await close_all(stage)
        async with stage.db.reading(MARKET) as connection:
            old_state = await connection.fetchval('SELECT state FROM "case"')
            revision = await connection.fetchval('SELECT revision FROM "case"')
        place = f"state|{case_id}|{revision}".encode()
        assert await keys_open(stage.db, case_id, old_state, place), "the search would find it"
        await order_erasure(stage, case_id, "buyer")
        await pending_done(stage)
        assert not await keys_open(stage.db, case_id, old_state, place)


class TestWhatStays:
    async def test_an_order_keeps_its_buyer_until_its_last_case_is_erased(self, stage: Stage):
        lines = [{"id": line, "unit_price": 4000} for line in ("1", "2")]
        first = await stage.order("O1", buyer={"id": "alice", "name": "Alice A."}, lines=lines)
        await stage.file(first)
        second = await case_id_of(stage.hinge, MARKET, "O1", "2")
        filing = {"reason": "defective", "visibility": "visible", "wanted": "refund", "statement": "It too"}
        await stage.act(second, ALICE, "file_request", order_id="O1", line_id="2", **filing)
        for case_id in (first, second):
            await stage.act(case_id, BOB, "reject_request", statement="No")
        await close_all(stage)
        await order_erasure(stage, first, "buyer")
        await pending_done(stage)
        assert b"Alice A." in (await orders.get(stage.db, MARKET, "O1")).facts
        await order_erasure(stage, second, "buyer")
        await pending_done(stage)
        assert b"Alice A." not in (await orders.get(stage.db, MARKET, "O1")).facts

    async def test_a_file_of_two_cases_goes_with_the_second(self, stage: Stage):
        row = await a_file(stage.db, ALICE, "both")
        ids = []
        for order_id in ("O1", "O2"):
            ids.append(await stage.order(order_id))
            photo = [{"type": "photo_of_item", "upload": row.upload_id}]
            await stage.file(ids[-1], order_id, evidence=photo)
            await stage.act(ids[-1], BOB, "reject_request", statement="No")
        await close_all(stage)
        await order_erasure(stage, ids[0], "buyer")
        await pending_done(stage)
        assert b"".join([piece async for piece in uploads.plain(stage.db, MARKET, row)]) == b"bytes of both"
        await order_erasure(stage, ids[1], "buyer")
        await pending_done(stage)
        assert await files_of(stage.db) == []

    async def test_an_erased_file_is_no_evidence_anywhere_any_more(self, stage: Stage):
        row = await a_file(stage.db, ALICE, "gone")
        photo = [{"type": "photo_of_item", "upload": row.upload_id}]
        first = await stage.order("O1")
        await stage.file(first, "O1", evidence=photo)
        await stage.act(first, BOB, "reject_request", statement="No")
        await close_all(stage)
        second = await stage.order("O2", delivered_at=MONDAY + timedelta(days=89))
        await order_erasure(stage, first, "buyer")
        await pending_done(stage)
        answer = await stage.say(second, ALICE, "file_request", order_id="O2", line_id="1", **FILING, evidence=photo)
        assert isinstance(answer, Refused)
        assert answer.code == "unknown_reference"

    async def test_what_is_said_afterwards_is_kept_under_a_key_of_its_own(self, stage: Stage):
        case_id = await a_case(stage, 1)
        await close_all(stage)
        await order_erasure(stage, case_id, "buyer")
        await stage.act(case_id, OLGA, "place_legal_hold", statement="A court asked")
        await pending_done(stage)
        held = (await cases.events_of(stage.db, MARKET, case_id))[-1]
        assert b"A court asked" in held.body
        assert await stage.differences() == []

    async def test_a_retry_after_erasure_is_not_answered_from_what_was_erased(self, stage: Stage):
        case_id = await a_case(stage, 1)
        await close_all(stage)
        await order_erasure(stage, case_id, "buyer")
        await pending_done(stage)
        async with stage.db.reading(MARKET) as connection:
            kept = await connection.fetchval("SELECT answer::text FROM idempotency")
        assert mark("buyer", 1) not in kept


async def test_a_command_that_read_the_old_keys_reads_again(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """Its append would seal under destroyed keys; the key generation tells."""
    case_id = await a_case(stage, 1)
    await close_all(stage)
    await order_erasure(stage, case_id, "buyer")
    reads = []
    real = cases.read_case

    async def slow(*arguments: object, **options: object):
        found = await real(*arguments, **options)
        reads.append(found)
        if len(reads) == 1:
            assert await pending_done(stage) == 1
        return found

    monkeypatch.setattr(cases, "read_case", slow)
    await stage.act(case_id, OLGA, "place_legal_hold", statement="A court asked")
    assert len(reads) == 2
    assert await stage.differences() == []


STEPS = {"the journal": "_destroy_keys", "the keys": "paths_of", "the files": "_mark"}
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from amends.store import erasure
from amends.store.connect import open_database
from amends.worker import privacy

async def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

async def main(owner, app, data, step):
    db = await open_database(owner, app_url=app, data_dir=Path(data), migrate_first=False)
    setattr(erasure, step, die)
    await privacy.one_round(db)

asyncio.run(main(*sys.argv[1:]))
"""


class TestCrashes:
    @pytest.fixture
    async def addresses(self, stage: Stage, database_server: Server) -> tuple[str, str]:
        name = await stage.db.pool.fetchval("SELECT current_database()")
        return database_server.url("owner", name), database_server.url("app", name)

    @pytest.mark.parametrize("after", STEPS)
    async def test_killed_between_two_steps_it_is_finished_at_the_next_start(
        self, stage: Stage, addresses: tuple[str, str], after: str, admin_url: str
    ):
        case_id = await a_case(stage, 1, photo=True)
        await close_all(stage)
        await order_erasure(stage, case_id, "buyer")
        arguments = [sys.executable, "-c", KILLED, *addresses, str(stage.db.data_dir), STEPS[after]]
        killed = await asyncio.to_thread(subprocess.run, arguments, env=dict(os.environ), check=False)
        assert killed.returncode == -signal.SIGKILL
        assert len(erasure.journal(stage.db.vault.folder)) == 1
        assert len(await erasure.pending(stage.db, MARKET)) == 1
        assert await privacy.catch_up(stage.db) == 1
        assert await privacy.catch_up(stage.db) == 0
        assert await readable(stage.db, [mark("buyer", 1), mark("seller", 1)]) == {mark("seller", 1)}
        assert await files_of(stage.db) == []
        assert await stage.differences() == []
        assert len(erasure.journal(stage.db.vault.folder)) == 1


class TestJournal:
    @pytest.fixture
    async def copied(self, stage: Stage, database_server: Server) -> AsyncIterator[Database]:
        """The database as it was before the erasure was ordered, put back beside keys that know of it."""
        name = await stage.db.pool.fetchval("SELECT current_database()")
        case_id = await a_case(stage, 1, photo=True)
        await close_all(stage)
        await stage.db.pool.expire_connections()
        await database_server.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            f"CREATE DATABASE {name}_copy OWNER amends_owner TEMPLATE {name}",
        )
        await order_erasure(stage, case_id, "buyer")
        await pending_done(stage)
        copy = await open_database(
            database_server.url("owner", f"{name}_copy"),
            app_url=database_server.url("app", f"{name}_copy"),
            data_dir=stage.db.data_dir,
            migrate_first=False,
        )
        yield copy
        await copy.close()
        await database_server.drop(f"{name}_copy")

    async def test_a_restored_database_forgets_again(self, copied: Database):
        buyer, seller = mark("buyer", 1), mark("seller", 1)
        async with copied.reading(MARKET) as connection:
            assert await connection.fetchval("SELECT count(*) FROM event WHERE type = 'personal_data_erased'") == 0
        [history] = [history async for history in cases.histories(copied, MARKET)]
        assert buyer.encode() in history.case.state, "the copy still knows"
        assert await privacy.catch_up(copied) == 1
        assert await privacy.catch_up(copied) == 0
        assert await readable(copied, [buyer, seller]) == {seller}
        assert await Stage(copied).differences() == []

    def test_a_line_cut_short_is_written_again(self, tmp_path: Path):
        whole = erasure.Erasure("m1", "c1", "00" * 32, MONDAY, ("buyer",))
        erasure.note(tmp_path, whole)
        with (tmp_path / erasure.JOURNAL).open("ab") as file:
            file.write(b'{"v":1,"mark')
        other = erasure.Erasure("m1", "c2", "11" * 32, MONDAY, ("seller",))
        erasure.note(tmp_path, other)
        erasure.note(tmp_path, other)
        assert erasure.journal(tmp_path) == [whole, other]

    def test_a_spoiled_line_stops_everything(self, tmp_path: Path):
        (tmp_path / erasure.JOURNAL).write_bytes(b"not a line\n")
        with pytest.raises(ValueError, match=r"line 1 of .*erasures.jsonl cannot be read"):
            erasure.journal(tmp_path)
