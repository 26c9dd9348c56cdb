"""Running the checks of a case file and saying what they found, to people and to programs; and the command line."""

# ruff: noqa: UP006, UP035, UP045  # it must run on Python 3.9
from __future__ import annotations

import argparse
import json
import mmap
import os
import stat
import sys
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from amends.proof.verifier.archive import END, MOST_BYTES, plain
from amends.proof.verifier.bag import (
    CaseFile,
    archive,
    checkpoint,
    commitments,
    event_chain,
    inclusion,
    openings,
    packing_list,
    signature,
)
from amends.proof.verifier.contents import case_and_events, documents, evidence, receipts
from amends.proof.verifier.notes import MARKETPLACE, WITNESS, Key, NotSound, read_key

Check = Callable[[CaseFile], Iterator[str]]
MOST_FAULTS = 12
CHECKS: Tuple[Tuple[str, str, Check], ...] = (
    ("archive", "Every byte of the archive is where it belongs", archive),
    ("packing list", "Every file is listed with its digest, and no other is there", packing_list),
    ("signature", "The marketplace signed the list", signature),
    ("events", "Every event carries the hash of the one before it", event_chain),
    ("openings", "Personal texts are those that were sealed into the events", openings),
    ("commitments", "The log holds a salted digest of each event", commitments),
    ("checkpoint", "The marketplace signed the state of its log", checkpoint),
    ("inclusion", "Each event is in that log", inclusion),
    ("receipts", "The receipts are genuine and agree with the events", receipts),
    ("case", "The case as it is told agrees with its events", case_and_events),
    ("evidence", "The files are those that were handed in", evidence),
    ("documents", "The policy and the statements of reasons belong to the case", documents),
)
ABOUT = (("case", "External-Identifier"), ("from", "Source-Organization"), ("made for", "Amends-Made-For"),
         ("made at", "Amends-Made-At"), ("events", "Amends-Revision"))  # fmt: skip
SOUND = "Sound: nothing in it was changed since the marketplace signed it."
NOT_SOUND = "NOT SOUND: {} of {} checks failed. Do not rely on this file; ask for it again."
COMPARE = ("The key is the one the file itself names. Compare it with the one the marketplace publishes "
           "(at /log/vkey), or give that one with --key: only then do you know whose file this is.")  # fmt: skip


class Found(NamedTuple):
    """What one check found: `wrong` is empty when all is well; at most MOST_FAULTS are kept of `faults`."""

    check: str
    says: str
    wrong: Tuple[str, ...]
    faults: int


class Report(NamedTuple):
    """What was found out about a case file."""

    file: str
    found: Tuple[Found, ...]
    notes: Tuple[str, ...]
    about: Dict[str, str]
    key: Optional[Key]
    pinned: bool

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not any(one.wrong for one in self.found)

    @property
    def wrong(self) -> Tuple[str, ...]:
        """Everything that is wrong, in order."""
        return tuple(fault for one in self.found for fault in one.wrong)


class NotChecked(Exception):
    """The file could not be checked at all; `str()` says why."""


def verify(path: str, key: Optional[str] = None, witnesses: Tuple[str, ...] = ()) -> Report:
    """Check a case file. `key` is the marketplace's published verifier key, or the path of a file that holds it.

    Raises NotChecked when there is no such file or key, or the file is too large to be a case file.
    """
    pinned = _key(key, MARKETPLACE) if key else None
    known = tuple(_key(witness, WITNESS) for witness in witnesses)
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                raise NotChecked(f"{path} is not a file of at most {MOST_BYTES} bytes")
            if status.st_size == 0:
                return check(path, b"", pinned, known)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return check(path, data, pinned, known)
    except OSError as fault:
        raise NotChecked(f"{path} cannot be read: {fault.strerror or fault}") from None


def check(path: str, data: Any, pinned: Optional[Key] = None, witnesses: Tuple[Key, ...] = ()) -> Report:
    """Check the bytes of a case file (bytes or a memory map)."""
    ends = data.rfind(b"PK\x05\x06", max(0, len(data) - 0xFFFF - END.size))
    with memoryview(data) as view:
        f = CaseFile(view, ends, pinned, witnesses)
        found = tuple(_found(f, name, says, run) for name, says, run in CHECKS)
        about = {name: plain(f.info.get(name, "")) for _, name in ABOUT}
        for content in f.files.values():
            content.release()
    return Report(path, found, tuple(f.notes), about, f.key, pinned is not None)


def _found(f: CaseFile, name: str, says: str, run: Check) -> Found:
    """Run one check. Whatever hostile bytes make it stumble over is a fault of the file, never of the reader."""
    wrong: List[str] = []
    count = 0
    try:
        for fault in run(f):
            count += 1
            if len(wrong) < MOST_FAULTS:
                wrong.append(fault)
    except NotSound as fault:
        count += 1
        wrong.append(str(fault))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as fault:
        count += 1
        wrong.append(f"{name}: not of the shape it must have ({plain(type(fault).__name__)}: {plain(fault)})")
    return Found(name, says, tuple(wrong), count)


def _key(text: str, kind: int) -> Key:
    """A key given by hand: itself, or the name of a file with it."""
    if "+" not in text and os.path.isfile(text):
        with open(text, encoding="utf-8", errors="replace") as file:
            text = file.read(1000)
    try:
        found = read_key(text)
    except (NotSound, ValueError) as fault:
        raise NotChecked(f"the key you gave {fault}") from None
    if found.kind != kind:
        raise NotChecked("the key you gave is a witness's; give it with --witness" if kind == MARKETPLACE else
                         "the key you gave is no witness's; give it with --key")  # fmt: skip
    return found


def as_text(report: Report) -> str:
    """The report for people."""
    about = report.about
    lines = [f"Case file {plain(report.file)}"]
    for label, name in ABOUT:
        if about[name]:
            lines.append(f"  {label:9} {about[name]}")
    if report.key is not None:
        lines.append(f"  {'key':9} {plain(report.key.name)} {report.key.hash.hex()}")
    lines.append("")
    for one in report.found:
        lines.append(f"  {'WRONG' if one.wrong else 'ok':6}{one.says}")
        lines += [f"          {fault}" for fault in one.wrong]
        if one.faults > len(one.wrong):
            lines.append(f"          and {one.faults - len(one.wrong)} more like these")
    lines += ["", *(f"  {note}" for note in report.notes)]
    if not report.pinned:
        lines.append(f"  {COMPARE}")
    failed = sum(1 for one in report.found if one.wrong)
    lines += ["", SOUND if report.sound else NOT_SOUND.format(failed, len(report.found))]
    return "\n".join(lines) + "\n"


def as_json(report: Report) -> str:
    """The report for programs."""
    said = {
        "file": report.file, "sound": report.sound, "case": report.about["External-Identifier"],
        "made_for": report.about["Amends-Made-For"], "made_at": report.about["Amends-Made-At"],
        "key": None if report.key is None else f"{plain(report.key.name)} {report.key.hash.hex()}",
        "key_given": report.pinned, "notes": [*report.notes, *([] if report.pinned else [COMPARE])],
        "checks": [{"check": one.check, "ok": not one.wrong, "says": one.says, "wrong": list(one.wrong),
                    "faults": one.faults} for one in report.found],
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=True, indent=1) + "\n"


def main(arguments: Optional[List[str]] = None) -> int:
    """The command line; the exit code is 0 sound, 1 not sound, 2 not checked."""
    parser = argparse.ArgumentParser(prog="verify_case_file.py", description="Check an Amends case file, offline.")
    parser.add_argument("file", help="the case file, a .zip as it came")
    parser.add_argument("--key", help="the marketplace's published verifier key, or a file that holds it")
    parser.add_argument(
        "--witness", action="append", default=[], help="a witness's key that must have cosigned the log"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    given = parser.parse_args(arguments)
    try:
        report = verify(given.file, given.key, tuple(given.witness))
    except NotChecked as fault:
        sys.stderr.write(f"{parser.prog}: {plain(fault)}\n")
        return 2
    except ImportError:
        sys.stderr.write(f"{parser.prog}: the Python package `cryptography` is needed: pip install cryptography\n")
        return 2
    sys.stdout.write(as_json(report) if given.json else as_text(report))
    return 0 if report.sound else 1
