"""The witness answers as c2sp.org/tlog-witness asks, and keeps what it cosigned before anybody hears of it."""

import asyncio
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amends.proof.tlog import Note, Signature, Verifier, signatures
from amends.proof.witnessing import Submission
from amends.worker import witness as at_work
from amends.worker.witness import Witness, WitnessRefused, make_key, open_witness
from tests.log import trees
from tests.log.witnessing import LOG, NAME, ORIGIN, asked, entries, made, note, submission


async def answer(witness: Witness, body: bytes) -> tuple[int, str]:
    async with asked(witness) as client:
        response = await client.post("/add-checkpoint", content=body)
    if response.status_code == 409:
        assert response.headers["content-type"] == "text/x.tlog.size"
    return response.status_code, response.text


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return made(tmp_path)


def cosigned(witness: Witness, grown: list[bytes], lines: str) -> bool:
    return Verifier.parse(witness.vkey).check(Note(note(grown).text, signatures(lines)))


async def test_a_log_that_grows_is_cosigned_step_by_step(witness: Witness):
    old = 0
    for size in (1, 2, 7, 8, 100):
        status, lines = await answer(witness, submission(old, entries(size)))
        assert status == 200
        assert cosigned(witness, entries(size), lines)
        assert lines.startswith(f"— {NAME} ")
        old = size


async def test_the_same_checkpoint_again_is_cosigned_again(witness: Witness):
    await answer(witness, submission(0, entries(5)))
    status, lines = await answer(witness, submission(5, entries(5)))
    assert (status, cosigned(witness, entries(5), lines)) == (200, True)


async def test_a_wrong_old_size_is_told_the_right_one(witness: Witness):
    assert await answer(witness, submission(3, entries(5))) == (409, "0\n")
    await answer(witness, submission(0, entries(5)))
    assert await answer(witness, submission(0, entries(9))) == (409, "5\n")
    assert await answer(witness, submission(4, entries(9))) == (409, "5\n")


async def test_a_log_rolled_back_is_refused(witness: Witness):
    await answer(witness, submission(0, entries(9)))
    assert await answer(witness, submission(5, entries(5))) == (409, "9\n")
    assert await answer(witness, submission(9, entries(5))) == (400, "the old size is larger than the checkpoint's\n")


async def test_a_fork_is_refused_with_a_proof_or_without(witness: Witness):
    await answer(witness, submission(0, entries(5)))
    other = [*entries(4), b"another"]
    assert await answer(witness, submission(5, other)) == (409, "5\n")
    grown = [*other, *entries(4, "more")]
    assert (await answer(witness, submission(5, grown)))[0] == 422
    assert (await answer(witness, submission(5, grown, trees.proof(5, entries(9)))))[0] == 422
    assert await answer(witness, submission(5, entries(5))) == (
        200,
        (await answer(witness, submission(5, entries(5))))[1],
    )


@pytest.mark.parametrize("bend", ["cut", "longer", "empty", "other"])
async def test_a_bad_proof_is_refused_and_forgotten(witness: Witness, bend: str):
    await answer(witness, submission(0, entries(5)))
    good = trees.proof(5, entries(9))
    bent = {"cut": good[:-1], "longer": [*good, bytes(32)], "empty": [], "other": [bytes(32), *good[1:]]}[bend]
    assert (await answer(witness, submission(5, entries(9), bent)))[0] == 422
    assert witness.seen(ORIGIN).size == 5
    assert (await answer(witness, submission(5, entries(9))))[0] == 200


async def test_a_proof_from_nothing_must_be_empty(witness: Witness):
    assert (await answer(witness, submission(0, entries(5), [bytes(32)])))[0] == 422
    await answer(witness, submission(0, entries(5)))
    assert (await answer(witness, submission(5, entries(5), [bytes(32)])))[0] == 422


async def test_an_unknown_log_and_an_unknown_key_are_told_apart(witness: Witness):
    other = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
    assert (await answer(witness, submission(0, entries(5), origin="other.example/log")))[0] == 404
    assert (await answer(witness, submission(0, entries(5), key=other)))[0] == 403
    body = submission(0, entries(5)).decode()
    unsigned = body.replace("\n5\n", "\n6\n")
    assert (await answer(witness, unsigned.encode()))[0] == 403
    assert witness.seen(ORIGIN).size == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"old 0\n", b"old 00\n\n", b"old -1\n\nx", b"old x\n\n", b"new 0\n\n", b"\xff", b"old 0\nnot base64\n\n",
     b"old 0\n" + b"AAAA\n" + b"\n", b"old 0\n\nno note\n", b"old 0\n\na\nb\nc\n\n\xe2\x80\x94 a AAAAAAAA\n",
     b"old 0\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\n", b"x" * 70_000],
)  # fmt: skip
async def test_what_is_no_submission_is_refused(witness: Witness, body: bytes):
    assert (await answer(witness, body))[0] == 400


async def test_other_addresses_and_methods(witness: Witness):
    async with asked(witness) as client:
        assert (await client.get("/add-checkpoint")).status_code == 405
        assert (await client.post("/")).status_code == 404


async def test_a_replayed_submission_changes_nothing(witness: Witness):
    first = submission(0, entries(5))
    await answer(witness, first)
    await answer(witness, submission(5, entries(9)))
    assert await answer(witness, first) == (409, "9\n")
    assert witness.seen(ORIGIN).size == 9


async def test_a_checkpoint_with_strangers_signatures_does_not_lock_the_witness(tmp_path: Path):
    """As many as a note may have, added by whoever passed the log's own checkpoint on."""
    witness, signed = made(tmp_path), note(entries(5))
    strangers = tuple(Signature(f"stranger{number}", b"abcd", b"x") for number in range(63))
    body = str(Submission(0, (), Note(signed.text, (*signed.signatures, *strangers)))).encode()
    assert (await answer(witness, body))[0] == 200
    assert (await answer(witness, submission(5, entries(9))))[0] == 200
    witness.close()
    assert made(tmp_path).seen(ORIGIN).size == 9


async def test_many_at_once_never_bring_it_back(witness: Witness):
    """Races of growing sizes from nothing: one wins, all others hear of it, and it only grows."""
    bodies = [submission(0, entries(size)) for size in range(1, 30)]
    answers = await asyncio.gather(*(answer(witness, body) for body in bodies))
    assert sorted(status for status, _ in answers) == [200] + [409] * 28
    [won] = [size for size, (status, _) in enumerate(answers, start=1) if status == 200]
    assert witness.seen(ORIGIN).size == won


class TestDeath:
    async def test_what_was_cosigned_is_known_after_a_restart(self, tmp_path: Path):
        first = made(tmp_path)
        await answer(first, submission(0, entries(5)))
        first.close()
        again = made(tmp_path)
        assert again.vkey == first.vkey
        assert await answer(again, submission(0, entries(3))) == (409, "5\n")

    async def test_a_death_after_keeping_and_before_answering_loses_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        dying = made(tmp_path)
        keep = dying._keep

        def keep_and_die(origin: str, text: str) -> None:
            keep(origin, text)
            raise KeyboardInterrupt

        monkeypatch.setattr(dying, "_keep", keep_and_die)
        with pytest.raises(KeyboardInterrupt):
            await dying.add_checkpoint(submission(0, entries(5)))
        dying.close()
        again = made(tmp_path)
        assert again.seen(ORIGIN).size == 5
        fork = [b"x", *entries(4, "fork")]
        assert await answer(again, submission(0, fork)) == (409, "5\n")
        status, lines = await answer(again, submission(5, entries(5)))
        assert (status, cosigned(again, entries(5), lines)) == (200, True)

    async def test_a_death_before_keeping_has_cosigned_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        dying = made(tmp_path)

        def die(*_: object) -> None:
            raise OSError(28, "no space left")

        monkeypatch.setattr(at_work.os, "fsync", die)
        with pytest.raises(OSError, match="no space"):
            await dying.add_checkpoint(submission(0, entries(5)))
        monkeypatch.undo()
        dying.close()
        assert made(tmp_path).seen(ORIGIN).size == 0

    async def test_the_order_is_keep_force_then_answer(self, witness: Witness, monkeypatch: pytest.MonkeyPatch):
        steps: list[str] = []
        fsync = os.fsync
        monkeypatch.setattr(at_work.os, "fsync", lambda handle: (steps.append("forced"), fsync(handle)))

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": submission(0, entries(5))}

        async def send(message: dict[str, object]) -> None:
            steps.append(str(message["type"]))

        await witness({"type": "http", "path": "/add-checkpoint", "method": "POST"}, receive, send)
        assert steps == ["forced", "forced", "http.response.start", "http.response.body"]


class TestItsFolder:
    async def test_a_damaged_state_is_not_taken_for_a_new_one(self, tmp_path: Path):
        first = made(tmp_path)
        await answer(first, submission(0, entries(5)))
        first.close()
        [kept] = (tmp_path / "state").glob("*.checkpoint")
        kept.write_text("")
        with pytest.raises(WitnessRefused, match="cannot be read"):
            made(tmp_path)

    def test_two_witnesses_never_share_a_folder(self, tmp_path: Path, witness: Witness):
        with pytest.raises(WitnessRefused, match="another witness"):
            made(tmp_path)

    def test_a_key_is_made_once_and_for_us_alone(self, tmp_path: Path):
        path = tmp_path / "k"
        vkey = make_key("w.example/1", path)
        assert path.stat().st_mode & 0o777 == 0o600
        assert Verifier.parse(vkey).name == "w.example/1"
        with pytest.raises(WitnessRefused, match="there already"):
            make_key("w.example/1", path)
        with pytest.raises(WitnessRefused, match="cannot be made"):
            make_key("has space", tmp_path / "other")

    @pytest.mark.parametrize("text", ["", "x", "AMENDS-WITNESS-KEY+a+00000000+" + "A" * 44])
    def test_what_is_no_key_is_refused(self, tmp_path: Path, text: str):
        (tmp_path / "k").write_text(text)
        with pytest.raises(WitnessRefused):
            open_witness([LOG], tmp_path / "k", tmp_path / "state")

    def test_a_witness_needs_a_log(self, tmp_path: Path):
        make_key(NAME, tmp_path / "k")
        for logs in ([], ["nonsense"]):
            with pytest.raises(WitnessRefused):
                open_witness(logs, tmp_path / "k", tmp_path / "state")
