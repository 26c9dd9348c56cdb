"""A log with witnesses: only what they cosign is published, and a restored older database only reads."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from amends.proof.tlog import Checkpoint, Note, Verifier
from amends.settings import Settings, WitnessAddress
from amends.store import log
from amends.store.connect import Database
from amends.store.errors import Recovering
from amends.worker import recovery
from amends.worker.cosigning import Witnesses
from amends.worker.recovery import WitnessAway
from amends.worker.sequencer import Sequencer
from amends.worker.witness import Witness, make_key, open_witness
from tests.cast import ALICE, Stage
from tests.log.growing import is_sound, told
from tests.log.witnessing import NAME, served

pytestmark = pytest.mark.database
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
async def witness(database: Database, tmp_path: Path) -> Witness:
    """A witness of the database's log."""
    make_key(NAME, tmp_path / "witness.key")
    return open_witness([database.signer.vkey], tmp_path / "witness.key", tmp_path / "witness")


@pytest.fixture
async def address(witness: Witness) -> AsyncIterator[WitnessAddress]:
    async with served(witness) as found:
        yield found


async def test_what_is_published_is_cosigned(database: Database, address: WitnessAddress, witness: Witness):
    sequencer = Sequencer(database, Witnesses((address,)))
    for number in range(3):
        await told(Stage(database), f"O{number}", messages=number)
        assert await sequencer.once()
    note = Note.parse(str(await log.published(database)))
    assert Verifier.parse(address.vkey).check(note)
    assert database.signer.verifier.check(note)
    assert witness.seen(database.signer.origin).size == Checkpoint.parse(note.text).size == 6
    assert await log.witnessed(database) == {address.vkey: 6}


async def test_without_its_witness_the_log_grows_and_nothing_is_published(database: Database, address: WitnessAddress):
    away = WitnessAddress(address.vkey, NOBODY)
    await told(Stage(database))
    assert not await Sequencer(database, Witnesses((away,))).once()
    assert (await log.state(database)).size == 1
    assert await log.published(database) is None
    assert await Sequencer(database, Witnesses((address,))).once()
    assert await is_sound(database) == 1


async def test_one_of_two_is_enough_where_the_quorum_says_so(
    database: Database, address: WitnessAddress, tmp_path: Path
):
    other = WitnessAddress(make_key("witness.example/w2", tmp_path / "w2"), NOBODY)
    await told(Stage(database))
    assert not await Sequencer(database, Witnesses((address, other), quorum=2)).once()
    assert await Sequencer(database, Witnesses((address, other), quorum=1)).once()


async def test_a_witness_that_forgot_nothing_catches_up_a_log_that_forgot_the_witness(
    database: Database, address: WitnessAddress
):
    sequencer = Sequencer(database, Witnesses((address,)))
    await told(Stage(database))
    await sequencer.once()
    await log.note_witness(database, address.vkey, 0)
    await told(Stage(database), "O2")
    assert await sequencer.once()


async def test_a_cosignature_by_another_key_does_not_count(database: Database, address: WitnessAddress, tmp_path: Path):
    stranger = WitnessAddress(make_key("witness.example/w9", tmp_path / "w9"), address.url)
    await told(Stage(database))
    assert not await Sequencer(database, Witnesses((stranger,))).once()
    assert await log.published(database) is None


class TestComparing:
    async def test_a_log_all_have_seen_is_served(self, database: Database, address: WitnessAddress):
        assert await recovery.compare(database, Witnesses((address,))) is None
        await told(Stage(database))
        await Sequencer(database, Witnesses((address,))).once()
        assert await recovery.compare(database, Witnesses((address,))) is None

    async def test_a_log_that_went_on_after_its_last_cosignature_is_served(
        self, database: Database, address: WitnessAddress
    ):
        await told(Stage(database))
        await Sequencer(database, Witnesses((address,))).once()
        await told(Stage(database), "O2")
        await Sequencer(database, Witnesses((WitnessAddress(address.vkey, NOBODY),))).once()
        assert await recovery.compare(database, Witnesses((address,))) is None

    async def test_a_witness_away_is_a_warning_or_refuses_the_start(self, database: Database, address: WitnessAddress):
        away = Witnesses((WitnessAddress(address.vkey, NOBODY),))
        assert await recovery.compare(database, away) is None
        with pytest.raises(WitnessAway, match="does not answer"):
            await recovery.compare(database, away, insist=True)

    async def test_the_signer_alone_knows_of_a_log_rolled_back(self, database: Database):
        await told(Stage(database))
        await Sequencer(database).once()
        state = database.vault.folder / "signing.state"
        state.write_text(state.read_text().replace('"size":1', '"size":7'))
        found = await recovery.compare(database, Witnesses())
        assert found is not None
        assert (found.held, found.known) == (1, 7)
        assert "leaves 1 to 6 of the log are lost here" in str(found)

    async def test_a_fork_at_the_same_size_is_known_to_the_witness(
        self, database: Database, address: WitnessAddress, witness: Witness
    ):
        await told(Stage(database))
        await Sequencer(database, Witnesses((address,))).once()
        forked = Checkpoint(database.signer.origin, 1, bytes(32))
        witness._keep(
            database.signer.origin, str(Note(forked.text, Note.parse(str(await log.published(database))).signatures))
        )
        found = await recovery.compare(database, Witnesses((address,)))
        assert found is not None
        assert "another root" in found.why


async def test_who_is_not_the_server_puts_nothing_into_a_log_that_a_witness_knows_better(
    database: Database, address: WitnessAddress, witness: Witness
):
    """`amends casefile` on a restored copy whose signer's memory was restored along with it."""
    await told(Stage(database))
    await Sequencer(database, Witnesses((address,))).once()
    longer = Checkpoint(database.signer.origin, 7, bytes(32))
    known = Note.parse(str(await log.published(database))).signatures
    witness._keep(database.signer.origin, str(Note(longer.text, known)))
    await told(Stage(database), "O2")
    why = await recovery.catch_up(database, Settings(witnesses=(address,)))
    assert why is not None
    assert "has cosigned 7 leaves" in why
    assert (await log.state(database)).size == 1
    database.recovery = None
    assert await recovery.catch_up(database, Settings()) is None
    assert (await log.state(database)).size == 2


async def test_the_database_of_yesterday_is_read_and_not_written(database: Database, address: WitnessAddress):
    """At the store itself: whatever would write is refused while the recovery lasts."""
    stage = Stage(database)
    case_id = await told(stage)
    database.recovery = "rolled back"
    with pytest.raises(Recovering):
        await told(stage, "O2")
    with pytest.raises(Recovering):
        await stage.say(case_id, ALICE, "post_message", text="x", to="seller")
    with pytest.raises(Recovering):
        await Sequencer(database).once()
