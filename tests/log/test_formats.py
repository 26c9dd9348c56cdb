"""The public formats, against the examples of their specifications and of the first implementation."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amends.proof import tlog
from amends.proof.tlog import COSIGNATURE, Checkpoint, Malformed, Note, Verifier

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SIGNED = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of golang.org/x/mod/sumdb/note, the first of these notes."""
CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def key(number: int = 1) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def test_a_note_of_another_implementation_is_read_and_verified():
    note = Note.parse(SIGNED)
    assert str(note) == SIGNED
    assert Verifier.parse(PETER).check(note)
    assert str(Verifier.parse(PETER)) == PETER
    assert not Verifier.parse(PETER).check(Note(note.text.replace("answer", "Answer"), note.signatures))


@pytest.mark.parametrize("bent", [PETER.replace("c74f", "c74e"), PETER[:-4], "a b+c74f20a3+ARp", "x", PETER + "="])
def test_a_bent_verifier_key_is_refused(bent: str):
    with pytest.raises(Malformed):
        Verifier.parse(bent)


def test_a_checkpoint_is_written_as_the_specification_shows():
    found = Checkpoint.parse(CHECKPOINT)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.text == CHECKPOINT
    assert Checkpoint.parse(CHECKPOINT + "more\n").more == ("more",)


@pytest.mark.parametrize(
    "bent",
    ["", "a\n", "a\n1\n", "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n-1\n" + CHECKPOINT[37:],
     CHECKPOINT.rstrip("\n"), CHECKPOINT + "\n", CHECKPOINT.replace("=", ""), "\n1\n" + CHECKPOINT[37:],
     CHECKPOINT.replace("20852163", "99999999999999999999")],
)  # fmt: skip
def test_a_bent_checkpoint_is_refused(bent: str):
    with pytest.raises(Malformed):
        Checkpoint.parse(bent)


@pytest.mark.parametrize(
    "bent", ["", "text\n", "text\n\n", SIGNED.rstrip("\n"), SIGNED.replace("— ", "- "), SIGNED.replace("x08go", "x08g"),
             SIGNED.replace("think", "thi\tnk")],
)  # fmt: skip
def test_a_bent_note_is_refused(bent: str):
    with pytest.raises(Malformed):
        Note.parse(bent)


def test_signatures_of_unknown_keys_are_passed_over_and_a_known_one_must_hold():
    note = tlog.signed(CHECKPOINT, "log.example/a", key(1))
    also = tlog.signed(CHECKPOINT, "log.example/a", key(2))
    verifier = tlog.verifier_of("log.example/a", key(1))
    assert verifier.check(Note(CHECKPOINT, (*also.signatures, *note.signatures)))
    [good] = note.signatures
    forged = tlog.Signature(good.name, good.key_id, also.signatures[0].signature)
    assert not verifier.check(Note(CHECKPOINT, (forged,)))


def test_a_cosignature_holds_for_its_time_and_text_only():
    witness = tlog.verifier_of("witness.example/w", key(), COSIGNATURE)
    made = tlog.cosigned(CHECKPOINT, "witness.example/w", key(), 1679315147)
    assert tlog.cosigned_at(made) == 1679315147
    assert len(made.signature) == 72
    assert witness.check(Note(CHECKPOINT, (made,)))
    later = tlog.Signature(made.name, made.key_id, (1679315148).to_bytes(8, "big") + made.signature[8:])
    assert not witness.check(Note(CHECKPOINT, (later,)))
    assert not tlog.verifier_of("witness.example/w", key()).check(Note(CHECKPOINT, (made,)))


def test_a_cosignature_signs_what_the_specification_says():
    made = tlog.cosigned(CHECKPOINT, "w", key(), 7)
    message = b"cosignature/v1\ntime 7\n" + CHECKPOINT.encode()
    key().public_key().verify(made.signature[8:], message)


@pytest.mark.parametrize(
    ("place", "path"),
    [((0, 1234067, 256), "tile/0/x001/x234/067"), ((1, 0, 8), "tile/1/000.p/8"), ((0, 999, 256), "tile/0/999"),
     ((0, 1000, 255), "tile/0/x001/000.p/255"), (("entries", 67, 256), "tile/entries/067"),
     (("entries", 273, 112), "tile/entries/273.p/112"), ((63, 5, 256), "tile/63/005")],
)  # fmt: skip
def test_tiles_lie_where_the_specification_says(place: tuple[int | str, int, int], path: str):
    assert tlog.tile_path(*place) == path
    assert tlog.parse_tile_path(path) == place


@pytest.mark.parametrize(
    "path",
    ["tile/0/67", "tile/0/0067", "tile/00/067", "tile/64/067", "tile/0/001/067", "tile/0/x000/067", "tile/0/067.p/0",
     "tile/0/067.p/256", "tile/0/067.p/007", "tile/x/067", "tile/0/067/", "tile/0/../067", "tile/0/067.p/8/9", ""],
)  # fmt: skip
def test_other_spellings_are_no_tiles(path: str):
    assert tlog.parse_tile_path(path) is None


def test_bundles_hold_entries_behind_their_lengths():
    assert tlog.bundle([b"ab", b""]) == b"\x00\x02ab\x00\x00"
    assert tlog.entries_of(tlog.bundle([b"x" * 300, b"y"])) == [b"x" * 300, b"y"]
    for cut in (b"\x00", b"\x00\x02a"):
        with pytest.raises(Malformed):
            tlog.entries_of(cut)
