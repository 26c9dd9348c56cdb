"""The verifier: runs alone, says plainly what it found, and stumbles over nothing."""

import ast
import io
import json
import random
import struct
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import bagit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.proof import tlog
from amends.proof.verifier import report as verifier
from amends.proof.verifier.notes import read_key
from amends.proof.verifier.single import FILE_NAME, source
from tests.casefile.packing import apart, flipped, inside, packed, resigned, together
from tests.casefile.playing import (
    KEY,
    OTHER_KEY,
    READERS,
    VKEY,
    WITNESS,
    all_worked,
    contents,
    file_for,
    worked,
    written,
)

PRIVATE = ("words of a supplier", "terms with my supplier", "bob@example.com", "dana", "eko", "olga", "Dana")
ALONE = """import builtins, runpy, sys
sys.path.append({packages!r})
before = builtins.__import__
def only(name, *rest):
    assert name.partition(".")[0] != "amends", name
    return before(name, *rest)
builtins.__import__ = only
sys.argv = [{script!r}, *sys.argv[1:]]
runpy.run_path({script!r}, run_name="__main__")
"""


@pytest.fixture
def alone(tmp_path: Path):
    """Runs the single file as a stranger would: isolated, no Amends to be had, nothing but `cryptography`."""
    script = tmp_path / FILE_NAME
    script.write_text(source())
    runner = tmp_path / "run.py"
    runner.write_text(ALONE.format(packages=sysconfig.get_path("purelib"), script=str(script)))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", str(runner), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)

    return run


@pytest.mark.parametrize("role", READERS)
def test_it_runs_alone(alone, tmp_path: Path, role: str):
    path = tmp_path / "case.zip"
    path.write_bytes(file_for(role))
    done = alone(str(path), "--key", VKEY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Sound: nothing in it was changed" in done.stdout
    path.write_bytes(flipped(file_for(role), 5000, random.Random(4)))
    done = alone(str(path), "--key", VKEY)
    assert done.returncode == 1
    assert "NOT SOUND" in done.stdout


def test_alone_and_within_amends_it_says_the_same(alone, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "case.zip"
    path.write_bytes(flipped(file_for("buyer"), 90_000, random.Random(4)))
    done = alone(str(path), "--json")
    assert verifier.main([str(path), "--json"]) == done.returncode == 1
    assert json.loads(capsys.readouterr().out) == json.loads(done.stdout)


def test_it_could_run_on_python_3_9_and_imports_the_library_and_cryptography_alone():
    tree = ast.parse(source(), feature_version=(3, 9))
    imported = {alias.name.partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    imported |= {(n.module or "").partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert imported - {"__future__", "cryptography"} <= sys.stdlib_module_names
    assert not any(isinstance(n, ast.BinOp) and isinstance(n.op, ast.BitOr) and isinstance(n.left, ast.Name)
                   and n.left.id in {"str", "bytes", "int", "dict", "list"} for n in ast.walk(tree))  # fmt: skip
    newer = {"match", "removeprefix"} & {type(n).__name__.lower() for n in ast.walk(tree)}
    assert not newer


@pytest.mark.parametrize("role", READERS)
def test_another_program_finds_a_good_bag_in_it(tmp_path: Path, role: str):
    with zipfile.ZipFile(io.BytesIO(file_for(role))) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    [folder] = tmp_path.iterdir()
    bag = bagit.Bag(str(folder))
    assert bag.is_valid()
    assert bag.info["External-Identifier"] in folder.name


@pytest.mark.parametrize("case", all_worked()[::7], ids=lambda path: path.stem)
def test_every_worked_case_gives_sound_files(case: Path):
    played = worked(case)
    if not played.events:
        return  # a request that was refused at the door leaves no case
    for role, actor in READERS.items():
        actor = type(actor)(actor.role, {"buyer": played.case.order.buyer.id, "seller": played.case.order.seller.id}
                            .get(role, actor.id))  # fmt: skip
        data = written(contents(played, actor, pdf=False))
        found = verifier.check("case.zip", data)
        assert found.sound, f"{role}: {found.wrong}"


def test_a_buyers_file_holds_nothing_of_the_sellers_own_and_no_names_of_staff():
    bag = apart(file_for("buyer"))
    text = b"\n".join(content for name, content in bag.items() if not name.endswith(".pdf")).decode("utf-8", "replace")
    for secret in PRIVATE:
        assert f'"{secret}"' not in text, secret
    for secret in PRIVATE[:3]:
        assert secret not in text, secret
    assert "It stays dark" in text
    everything = "\n".join(c.decode("utf-8", "replace") for c in apart(file_for("operator")).values())
    for secret in PRIVATE[:6]:
        assert secret in everything, f"{secret} is in no file, so that nobody gets it proves nothing"


def test_a_sellers_file_holds_no_certificate_and_no_address_of_the_buyer():
    text = b"\n".join(apart(file_for("seller")).values()).decode("utf-8", "replace")
    assert "words of a certificate" not in text
    assert "alice@example.com" not in text
    assert "words of a supplier" in text


def test_the_buyer_can_check_the_decision_itself():
    lines = [json.loads(line) for line in apart(file_for("buyer"))[
        inside(apart(file_for("buyer")), "data/events.jsonl")].splitlines()]  # fmt: skip
    withheld = [line["seq"] for line in lines if line["event"] is None]
    assert "decided" in {line["event"]["type"] for line in lines if line["event"]}
    assert len(withheld) == 1, "only the seller's private evidence"
    assert lines[withheld[0] - 1]["shown"]["type"] == "evidence_submitted"


def test_the_key_is_compared_with_the_one_given():
    data = file_for("buyer")
    assert verifier.check("f", data, read_key(VKEY)).sound
    other = verifier.check("f", data, read_key(str(tlog.verifier_of("amends.test/log", OTHER_KEY))))
    assert "signed with another key" in "".join(other.wrong)
    unpinned = verifier.check("f", resigned(apart(data), OTHER_KEY))
    assert "receipt" in "".join(unpinned.wrong), "even unpinned, one key must have signed everything"
    assert "Compare it with the one the marketplace publishes" in verifier.as_text(verifier.check("f", data))


def test_a_witness_is_checked_when_its_key_is_given(tmp_path: Path):
    path = tmp_path / "case.zip"
    path.write_bytes(file_for("buyer"))
    key = str(tlog.verifier_of("witness.test", WITNESS, tlog.COSIGNATURE))
    other = str(tlog.verifier_of("witness.test", OTHER_KEY, tlog.COSIGNATURE))
    trusting = verifier.verify(str(path), VKEY, (key,))
    assert trusting.sound
    assert "cosigned the log's checkpoint: checked" in " ".join(trusting.notes)
    assert "NOT checked" not in " ".join(trusting.notes)
    assert "witness.test 94ed4ef0, NOT checked" in " ".join(verifier.verify(str(path), VKEY).notes)
    assert "has not cosigned" in "".join(verifier.verify(str(path), VKEY, (other,)).wrong)
    with pytest.raises(verifier.NotChecked, match="--witness"):
        verifier.verify(str(path), key)


@pytest.mark.parametrize(
    "given", [["nothing.zip"], ["."], ["case.zip", "--key", "nonsense"], ["case.zip", "--key", "a+b+c"]]
)
def test_what_cannot_be_checked_is_said_in_one_line(given: list[str], tmp_path: Path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("case.zip").write_bytes(file_for("buyer"))
    assert verifier.main(given) == 2
    out, error = capsys.readouterr()
    assert (out, error.count("\n")) == ("", 1)


@given(st.binary(max_size=2000))
def test_no_bytes_make_it_stumble(data: bytes):
    assert not verifier.check("f", data).sound


@given(st.integers(0, 2**32 - 1), st.integers(0, 21), st.integers(0, 2**32 - 1))
def test_no_end_of_an_archive_makes_it_stumble(number: int, at: int, other: int):
    data = bytearray(file_for("carrier"))
    data[-22 + at : -22 + at + 4] = struct.pack("<I", number)[: 22 - at]
    data[40_000:40_004] = struct.pack("<I", other)
    assert not verifier.check("f", bytes(data)).sound


HOSTILE_JSON = (b"[" * 100_000, b'{"a":' * 50_000, b"1" * 10_000, b"1e400", b"NaN", b'{"a":1,"a":2}', b'"\\ud800"',
                b"\xff",
                b"null", b"[]", b"{}", b'{"decisions":7,"evidence":"x"}', b'{"policy":[]}', b'{"seq":true}',
                b'{"event":{"decision":[]},"hash":[]}')  # fmt: skip


HELD = ("data/case.json", "data/events.jsonl", "data/proofs.jsonl", "data/receipts.jsonl", "data/log/checkpoint.txt",
        "bag-info.txt", "data/policy/tiktok-shop-us@2025-11-11.json")  # fmt: skip


@pytest.mark.parametrize("name", HELD)
def test_hostile_contents_signed_or_not_are_only_ever_found_wrong(name: str):
    bag = apart(file_for("adjudicator"))
    for text in HOSTILE_JSON:
        for tail in (b"", b"\n"):
            changed = bag | {inside(bag, name): text + tail}
            assert not verifier.check("f", together(changed)).sound
            if name != "bag-info.txt":
                found = verifier.check("f", resigned(changed, KEY))
                assert not found.sound
                assert "Traceback" not in verifier.as_text(found)


@pytest.mark.parametrize("name", ["data/case.json", "data/events.jsonl", "manifest-sha256.txt", "signature.txt"])
def test_a_text_that_would_fill_the_readers_memory_is_not_read(name: str):
    bag = apart(file_for("buyer"))
    large = memoryview(bytearray(2**25 + 1))
    found = verifier.check("f", together(bag | {inside(bag, name): bytes(large)}))
    assert f"{name} is larger than this program reads" in "".join(found.wrong)


def test_names_are_shown_without_what_would_rule_a_terminal():
    data = packed([("case-1/\x1b[2J\u202e", b"x")])
    assert not {"\x1b", "\u202e"} & set(verifier.as_text(verifier.check("\x1b[2Jcase.zip", data)))


def test_an_archive_that_claims_more_than_there_is_is_not_believed():
    data = file_for("buyer")
    many = packed([(f"case-1/data/{n}", b"") for n in range(30_000)])
    assert not verifier.check("f", many[:2_000_000]).sound
    huge = data[:-12] + struct.pack("<IIH", 2**31, 10, 0) + data[-2:]
    assert not verifier.check("f", huge).sound
