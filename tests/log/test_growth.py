"""The log grows: every event gets one leaf, in one order, whoever writes and whoever sequences."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from amends.proof.merkle import leaf_hash, verify_consistency, verify_inclusion
from amends.proof.tlog import Checkpoint, Note
from amends.store import cases, log, marketplaces
from amends.store.append import append_within
from amends.store.connect import Database, open_database
from amends.store.errors import Recovering, UnsafeDatabase
from amends.store.log import LogBroken, LogLost
from amends.store.log_growth import Growth
from amends.store.signing import SignerRefused
from amends.worker.sequencer import Pace, Sequencer
from tests.cast import MARKET, Stage
from tests.log.growing import entries, is_sound, told
from tests.plugins_database import Server
from tests.store.samples import opening

pytestmark = pytest.mark.database


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


async def test_events_get_leaves_and_a_published_checkpoint_covers_them(stage: Stage, database: Database):
    case_id = await told(stage, messages=4)
    assert await log.proof_of(database, MARKET, case_id, 1) is None
    assert await Sequencer(database).once()
    assert await is_sound(database) == 5
    proofs = await log.proofs_of(database, MARKET, case_id)
    assert sorted(proofs) == [1, 2, 3, 4, 5]
    for seq, leaf in zip(proofs, await log.leaves_of_case(database, MARKET, case_id), strict=True):
        proof = proofs[seq]
        assert proof == await log.proof_of(database, MARKET, case_id, seq)
        head = Checkpoint.parse(Note.parse(proof.checkpoint).text)
        hashes = [bytes.fromhex(each) for each in proof.hashes]
        assert verify_inclusion(proof.leaf_index, head.size, leaf_hash(leaf.entry), hashes, head.root)


async def test_the_log_grows_over_several_marketplaces_and_many_tiles(stage: Stage, database: Database):
    await marketplaces.ensure(database, "m2")
    heads: list[Checkpoint] = []
    sequencer = Sequencer(database)
    for _ in range(3):
        for _ in range(60):
            await cases.append_events(database, MARKET, [opening(events=2)])
            await cases.append_events(database, "m2", [opening(events=1)])
        assert await sequencer.once()
        heads.append(Checkpoint.parse(Note.parse(str(await log.published(database))).text))
    assert [head.size for head in heads] == [180, 360, 540]
    assert await is_sound(database, [MARKET, "m2"]) == 540
    for first, second in ((0, 1), (0, 2), (1, 2)):
        one, two = heads[first], heads[second]
        proof = await log.consistency(database, one.size, two.size, 540)
        assert verify_consistency(one.size, two.size, one.root, two.root, proof)
    logged = await entries(database)
    for index in (0, 179, 255, 256, 359):
        proof = await log.inclusion(database, index, 360, 540)
        assert verify_inclusion(index, 360, leaf_hash(logged[index]), proof, heads[1].root)


async def test_a_slow_transaction_is_waited_for_and_nothing_is_skipped(database: Database):
    slow, quick = opening(), opening()
    async with database.writing(MARKET) as connection:
        await append_within(connection, MARKET, [slow], False)
        await cases.append_events(database, MARKET, [quick])
        assert await Growth(database).waiting() == []
        grown = await Growth(database).grow()
        assert grown is not None
        assert grown.size == 0
    await Sequencer(database).once()
    assert await is_sound(database) == 2


async def test_sequencers_at_once_among_writers_make_one_log(database: Database, stage: Stage):
    stop, writing = asyncio.Event(), asyncio.Event()
    pace = Pace(leaves=5, quiet_seconds=0.02, longest_seconds=0.1)
    sequencers = [asyncio.create_task(Sequencer(database, pace=pace).run(stop)) for _ in range(2)]

    async def write() -> None:
        for _ in range(15):
            await cases.append_events(database, MARKET, [opening(events=3)])
            async with database.writing(MARKET) as connection:
                await append_within(connection, MARKET, [opening()], False)
                await asyncio.sleep(0.003)

    await asyncio.gather(*(write() for _ in range(4)))
    writing.set()
    async with asyncio.timeout(30):
        while (await log.state(database)).published_size != 240:  # noqa: ASYNC110  # the database is asked
            await asyncio.sleep(0.05)
    stop.set()
    await asyncio.gather(*sequencers)
    assert await is_sound(database) == 240


async def test_another_sequencer_at_work_is_left_alone(database: Database, stage: Stage):
    await told(stage)
    async with database.writing("") as connection:
        await connection.fetchval("SELECT pg_try_advisory_xact_lock(7163384699739271763)")
        assert await Growth(database).grow() is None
    grown = await Growth(database).grow()
    assert grown is not None
    assert (grown.before, grown.size) == (0, 1)


async def test_a_checkpoint_waits_for_quiet_or_for_enough(database: Database, stage: Stage):
    sequencer = Sequencer(database, pace=Pace(leaves=4, quiet_seconds=60, longest_seconds=60))
    await told(stage, messages=2)
    await sequencer.turn()
    assert (await log.state(database)).size == 0
    await told(stage, "O2")
    await sequencer.turn()
    assert (await log.state(database)).published_size == 4
    quiet = Sequencer(database, pace=Pace(leaves=100, quiet_seconds=0.05, longest_seconds=60))
    await told(stage, "O3")
    await quiet.turn()
    assert (await log.state(database)).size == 4
    await asyncio.sleep(0.06)
    await quiet.turn()
    assert (await log.state(database)).published_size == 5


class TestWhatIsKept:
    async def test_lost_files_are_made_again_from_the_rows(self, database: Database, stage: Stage):
        await told(stage, messages=3)
        await Sequencer(database).once()
        before = [await log.tile(database, 0, 0, 4), await log.tile(database, "entries", 0, 4)]
        for name in ("tile/0/000.p/4", "tile/entries/000.p/4"):
            await database.files.delete(f"log/{name}")
        await Growth(database).rewrite()
        assert [await log.tile(database, 0, 0, 4), await log.tile(database, "entries", 0, 4)] == before
        await database.files.delete("log/tile/0/000.p/4")
        await told(stage, "O2")
        await Sequencer(database).once()
        assert await is_sound(database) == 5

    async def test_damaged_files_are_not_built_upon(self, database: Database, stage: Stage):
        await told(stage, messages=3)
        await Sequencer(database).once()
        await database.files.put_bytes("log/tile/0/000.p/4", bytes(128))
        await told(stage, "O2")
        await Sequencer(database).once()
        assert await is_sound(database) == 5

    async def test_rows_that_do_not_give_the_root_stop_the_log(
        self, database: Database, database_server: Server, stage: Stage
    ):
        await told(stage, messages=3)
        await Sequencer(database).once()
        await database.files.delete("log/tile/0/000.p/4")
        name = await database.pool.fetchval("SELECT current_database()")
        await database_server.execute(
            "UPDATE amends.log_leaf SET entry = sha256('other') WHERE leaf_index = 2", database=name
        )
        await told(stage, "O2")
        with pytest.raises(LogBroken, match="give the root"):
            await Sequencer(database).once()
        assert (await log.state(database)).size == 4

    async def test_the_database_lets_no_log_shrink_or_change_its_name(self, database: Database, stage: Stage):
        await told(stage)
        await Sequencer(database).once()
        async with database.writing("") as connection:
            with pytest.raises(asyncpg.CheckViolationError, match="never shrinks"):
                await connection.execute("UPDATE log_state SET size = 0, published_size = 0")
            await connection.execute("ROLLBACK; BEGIN")
        for statement in ("UPDATE log_state SET origin = 'x'", "DELETE FROM log_leaf", "UPDATE log_leaf SET seq = 9"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with database.writing(MARKET) as connection:
                    await connection.execute(statement)

    async def test_a_database_brought_to_a_younger_server_loses_no_event(
        self, database: Database, database_server: Server, stage: Stage
    ):
        """Rows brought along carry numbers of transactions this server has not reached."""
        await told(stage)
        await Sequencer(database).once()
        name = await database.pool.fetchval("SELECT current_database()")
        await told(stage, "O2", messages=1)
        await database_server.execute(
            "UPDATE amends.event SET tx = '9000000000'",
            "UPDATE amends.log_state SET sequenced_to = '9000000000'",
            database=name,
        )
        await told(stage, "O3")
        await Sequencer(database).once()
        assert await is_sound(database) == 4
        await told(stage, "O4")
        await Sequencer(database).once()
        assert await is_sound(database) == 5


class TestALogThatLostLeaves:
    """A database put back while the house was running: nobody compared it at a start."""

    @pytest.mark.parametrize("bend", [('"size":3', '"size":7'), ('"root":"', '"root":"00')])
    async def test_what_was_signed_is_never_given_a_second_event(
        self, database: Database, stage: Stage, bend: tuple[str, str]
    ):
        await told(stage, messages=2)
        await Sequencer(database).once()
        state = database.vault.folder / "signing.state"
        kept = state.read_text()
        state.write_text(kept.replace(*bend))
        await told(stage, "O2")
        with pytest.raises(LogLost, match="signed: the database"):
            await Growth(database).grow()
        assert (await log.state(database)).size == 3
        state.write_text(kept)
        assert await Sequencer(database).once()
        assert await is_sound(database) == 4

    async def test_the_house_only_reads_from_then_on(self, database: Database, stage: Stage):
        await told(stage, messages=2)
        await Sequencer(database).once()
        state = database.vault.folder / "signing.state"
        state.write_text(state.read_text().replace('"size":3', '"size":7'))
        await told(stage, "O2")
        stop = asyncio.Event()
        running = asyncio.create_task(Sequencer(database, pace=Pace(1, 0.01, 0.02)).run(stop))
        async with asyncio.timeout(10):
            while database.recovery is None:  # noqa: ASYNC110  # nobody is told of it but by this
                await asyncio.sleep(0.01)
        stop.set()
        await running
        with pytest.raises(Recovering, match="older than its log"):
            await told(stage, "O3")
        assert (await log.state(database)).size == 3


class TestTheSigner:
    async def test_it_signs_no_smaller_log_and_no_other(self, database: Database, stage: Stage):
        await told(stage, messages=3)
        await Sequencer(database).once()
        now = await log.state(database)
        again = await database.signer.checkpoint(now.size, now.root, [])
        assert again == now.published
        with pytest.raises(SignerRefused, match="4 were signed"):
            await database.signer.checkpoint(3, now.root, [])
        with pytest.raises(SignerRefused, match="did not grow"):
            await database.signer.checkpoint(4, bytes(32), [])
        with pytest.raises(SignerRefused, match="did not grow"):
            await database.signer.checkpoint(9, bytes(32), [bytes(32)])
        assert database.signer.last.size == 4

    async def test_no_checkpoint_is_signed_as_a_plain_note(self, database: Database):
        with pytest.raises(SignerRefused):
            database.signer.sign_note(Checkpoint(database.signer.origin, 9, bytes(32)).text)

    async def test_another_key_a_missing_key_and_another_name_refuse_the_start(
        self, database: Database, database_server: Server, tmp_path: Path
    ):
        name = await database.pool.fetchval("SELECT current_database()")

        async def start(**more: str) -> None:
            db = await open_database(
                database_server.url("owner", name), app_url=database_server.url("app", name), data_dir=tmp_path,
                migrate_first=False, **more,
            )  # fmt: skip
            await db.close()

        await start(log_origin="amends.localhost/log")
        with pytest.raises(UnsafeDatabase, match="cannot be renamed"):
            await start(log_origin="other.example/log")
        key = tmp_path / "keys" / "signing.key"
        assert key.stat().st_mode & 0o777 == 0o600
        kept = key.read_text()
        key.write_text("11" * 32 + "\n")
        with pytest.raises(UnsafeDatabase, match="is not the one this database's log was signed with"):
            await start()
        key.unlink()
        with pytest.raises(UnsafeDatabase, match="is missing"):
            await start()
        key.write_text("x")
        with pytest.raises(UnsafeDatabase, match="cannot be read"):
            await start()
        key.write_text(kept)
        await start()
