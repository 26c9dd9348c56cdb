"""The checks of what a case file is wrapped in: archive, packing list, signature, event chain, log.

Each check yields what is wrong, one sentence with its place, and leaves what it read for the checks after it.
"""

# ruff: noqa: UP006, UP035, UP045, B905, RUF007  # it must run on Python 3.9
from __future__ import annotations

import base64
import hashlib
import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

from amends.proof.verifier.archive import LOCAL, NAME, compare, listed, plain, walked
from amends.proof.verifier.notes import (
    MOST_TEXT_BYTES,
    Key,
    NotSound,
    canonical_json,
    insist_on_signature,
    is_cosigned,
    read_base64,
    read_key,
    read_lines,
    read_note,
)

HEX = re.compile(r"[0-9a-f]{64}")
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
TAG_FILES = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")
OUTSIDE_DATA = {*TAG_FILES, "signature.txt", "tagmanifest-sha256.txt"}
NEEDED = ("data/case.json", "data/events.jsonl", "data/log/checkpoint.txt", "data/proofs.jsonl", "data/receipts.jsonl")
FOLDERS = ("data/policy/", "data/evidence/", "data/decisions/")


class CaseFile:
    """What was read of a case file so far; each check fills in what the next ones need."""

    def __init__(self, data: memoryview, ends: int, pinned: Optional[Key], witnesses: Tuple[Key, ...]) -> None:
        self.data, self.ends, self.pinned, self.witnesses = data, ends, pinned, witnesses
        self.base = ""
        self.files: Dict[str, memoryview] = {}
        self.info: Dict[str, str] = {}
        self.key: Optional[Key] = pinned
        self.case: Dict[str, Any] = {}
        self.events: List[Dict[str, Any]] = []
        self.checkpoint: Tuple[int, bytes] = (0, b"")
        self.uploads: Dict[str, str] = {}
        self.notes: List[str] = []

    @property
    def case_id(self) -> str:
        """The case this file is about."""
        return self.info.get("External-Identifier", "")

    def of(self, name: str) -> memoryview:
        """A file of the bag that is read as text; NotSound when it is missing, or too large for a reader's memory."""
        if name not in self.files:
            raise NotSound(f"{name} is missing")
        if len(self.files[name]) > MOST_TEXT_BYTES:
            raise NotSound(f"{name} is larger than this program reads")
        return self.files[name]

    def needs_key(self) -> Key:
        """The key signatures are checked with."""
        if self.key is None:
            raise NotSound("there is no key to check with")
        return self.key

    def needs_events(self) -> List[Dict[str, Any]]:
        """The events, once they could be read."""
        if not self.events:
            raise NotSound("the events could not be read")
        return self.events


def archive(f: CaseFile) -> Iterator[str]:
    """Rebuild the one canonical archive of these files and compare."""
    found = listed(f.data, f.ends) or walked(f.data)
    if not found:
        raise NotSound("byte 0: this is not a zip archive, or its beginning and its end are both damaged")
    files, seen = [], set()
    for name, place, size in found:
        start = min(place + LOCAL.size + len(name), len(f.data))
        content = f.data[start : start + size]
        said = plain(name.decode("utf-8", "replace"))
        files.append((name, content))
        if not NAME.fullmatch(said) or ".." in said or "/" not in said:
            yield f"{said}: a name that is not allowed in a case file"
        elif said.lower() in seen:
            yield f"{said}: there twice"
        seen.add(said.lower())
        f.base = f.base or said.partition("/")[0]
        if not said.startswith(f.base + "/"):
            yield f"{said}: outside the folder {f.base}"
        f.files.setdefault(said.partition("/")[2], content)
    yield from compare(f.data, files)
    names = [name for name, _ in files]
    for before, after in zip(names, names[1:]):
        if not before < after:
            yield f"{plain(after.decode('utf-8', 'replace'))}: out of order"
            break


def packing_list(f: CaseFile) -> Iterator[str]:
    """BagIt: every file is listed with its digest, and nothing else is there."""
    if f.of("bagit.txt") != BAGIT:
        yield "bagit.txt: not what it must be"
    yield from _manifest(f, "manifest-sha256.txt", [name for name in f.files if name.startswith("data/")])
    yield from _manifest(f, "tagmanifest-sha256.txt", list(TAG_FILES))
    for name in f.files:
        known = name in NEEDED or name.startswith(FOLDERS) if name.startswith("data/") else name in OUTSIDE_DATA
        if not known:
            yield f"{name}: does not belong in a case file"
    payload = [content for name, content in f.files.items() if name.startswith("data/")]
    for line in bytes(f.of("bag-info.txt")).decode("utf-8", "replace").split("\n")[:-1]:
        label, _, value = line.partition(": ")
        if label in f.info:
            yield f"bag-info.txt: {plain(label)} stands twice"
        f.info[label] = value
    if f.info.get("Payload-Oxum") != f"{sum(map(len, payload))}.{len(payload)}":
        yield "bag-info.txt: Payload-Oxum does not count the files that are there"
    if f.base != f"case-{f.info.get('External-Identifier')}":
        yield f"bag-info.txt: External-Identifier does not name the folder {f.base}"


def _manifest(f: CaseFile, listing: str, names: List[str]) -> Iterator[str]:
    there = {name: hashlib.sha256(f.files[name]).hexdigest() for name in names if name in f.files}
    text = bytes(f.of(listing))
    said = {}
    for line in text.decode("utf-8", "replace").split("\n")[:-1]:
        digest, _, name = line.partition("  ")
        said[name] = digest
    for name in sorted(said.keys() | there.keys()):
        if name not in there:
            yield f"{plain(name)}: listed in {listing}, but missing"
        elif name not in said:
            yield f"{name}: there, but not listed in {listing}"
        elif said[name] != there[name]:
            yield f"{name}: its bytes are not those listed in {listing}"
    if text != "".join(f"{said[name]}  {name}\n" for name in sorted(said)).encode("utf-8", "replace"):
        yield f"{listing}: not written as it must be (order, spelling, or a line twice)"


def signature(f: CaseFile) -> Iterator[str]:
    """The marketplace's signature of the packing list, and with which key."""
    try:
        named = read_key(f.info.get("Amends-Signing-Key", ""))
    except NotSound as fault:
        raise NotSound(f"bag-info.txt: Amends-Signing-Key {fault}") from None
    if f.pinned is not None and f.pinned != named:
        yield f"bag-info.txt: signed with another key ({plain(named.name)} {named.hash.hex()}) than the one you gave"
    f.key = f.pinned or named
    try:
        text = insist_on_signature(f.key, f.of("signature.txt"), "signature.txt")
    except NotSound as fault:
        raise NotSound(str(fault) if "signature.txt" in str(fault) else f"signature.txt {fault}") from None
    if bytes(f.of("signature.txt")).count("\u2014".encode()) != 1:
        yield "signature.txt: more than one signature"
    digest = hashlib.sha256(f.of("tagmanifest-sha256.txt")).hexdigest()
    if text != f"amends case file v1\n{f.case_id}\n{f.info.get('Amends-Revision')}\n{digest}\n".encode():
        yield "signature.txt: it signs another tagmanifest-sha256.txt, case or revision"


def event_chain(f: CaseFile) -> Iterator[str]:
    """Each event's hash covers what happened, its number, its case and the event before it."""
    events = read_lines(f.of("data/events.jsonl"), "data/events.jsonl")
    shapes = ({"seq", "prev_hash", "hash", "salt", "leaf", "event", "openings"},
              {"seq", "prev_hash", "hash", "salt", "leaf", "event", "openings", "shown"})  # fmt: skip
    last: Optional[str] = None
    for number, one in enumerate(events, start=1):
        if set(one) not in shapes or not isinstance(one["openings"], list):
            raise NotSound(f"data/events.jsonl, event {number}: not the fields it must have")
        if not all(isinstance(one[name], str) and HEX.fullmatch(one[name]) for name in ("hash", "leaf")):
            raise NotSound(f"data/events.jsonl, event {number}: a hash that is none")
        if one["event"] is not None and "shown" in one:
            yield f"data/events.jsonl, event {number}: what is shown stands beside the whole event"
        if type(one["seq"]) is not int or one["seq"] != number or one["prev_hash"] != last:
            yield f"data/events.jsonl, event {number}: does not follow the event before it"
        if one["event"] is not None:
            linked = {"case": f.case_id, "event": one["event"], "prev": last, "seq": number}
            if hashlib.sha256(canonical_json(linked)).hexdigest() != one["hash"]:
                yield f"data/events.jsonl, event {number}: what it says does not have its hash"
        last = one["hash"]
    if not events:
        raise NotSound("data/events.jsonl: there are no events")
    f.events = events
    withheld = [str(one["seq"]) for one in events if one["event"] is None]
    if withheld:
        f.notes.append(f"Only the hash is given of event {', '.join(withheld)}: not for this reader, or not whole.")


def openings(f: CaseFile) -> Iterator[str]:
    """Each personal text that is opened is the one that was sealed into its event."""
    opened = 0
    for one in f.needs_events():
        body = canonical_json(one["event"])
        for opening in one["openings"]:
            where = f"data/events.jsonl, event {one['seq']}"
            try:
                digest, salt, value = opening["digest"], opening["salt"], opening["value"]
                packed = base64.b32encode(hashlib.sha256(canonical_json([salt, value])).digest())
            except (TypeError, KeyError):
                raise NotSound(f"{where}: an opening that is none") from None
            if digest != "sealed-" + packed.decode().lower().rstrip("="):
                yield f"{where}: an opening does not have the digest {plain(digest)}"
            elif canonical_json(digest) not in body:
                yield f"{where}: an opening of {plain(digest)}, which the event does not hold"
            opened += 1
    f.notes.append(f"{opened} personal texts are opened; what stays sealed was erased or is not for this reader.")


def commitments(f: CaseFile) -> Iterator[str]:
    """What the public log holds for each event is the salted digest of its hash."""
    for one in f.needs_events():
        try:
            salt = bytes.fromhex(one["salt"])
        except (TypeError, ValueError):
            raise NotSound(f"data/events.jsonl, event {one['seq']}: a salt that is none") from None
        if hashlib.sha256(b"amends leaf v1\n" + salt + bytes.fromhex(one["hash"])).hexdigest() != one["leaf"]:
            yield f"data/events.jsonl, event {one['seq']}: its leaf is not the salted digest of its hash"


def checkpoint(f: CaseFile) -> Iterator[str]:
    """The marketplace signed the size and the root of its log; witnesses may have signed it too."""
    key, name = f.needs_key(), "data/log/checkpoint.txt"
    try:
        text = insist_on_signature(key, f.of(name), name)
        origin, size, root = text.decode().split("\n")[:3]
        if origin != key.name or not re.fullmatch(r"[1-9][0-9]{0,15}", size):
            yield f"{name}: not a checkpoint of {plain(key.name)}"
        f.checkpoint = (int(size), read_base64(root, 32))
    except (NotSound, ValueError) as fault:
        raise NotSound(str(fault) if name in str(fault) else f"{name} {plain(fault)}") from None
    held = [witness for witness in f.witnesses if is_cosigned(witness, f.of(name))]
    for witness in f.witnesses:
        said = f"{plain(witness.name)} {witness.hash.hex()}"
        if witness in held:
            f.notes.append(f"The witness {said} cosigned the log's checkpoint: checked.")
        else:
            yield f"{name}: the witness {said} has not cosigned it"
    checked = {(key.name, key.hash), *((one.name, one.hash) for one in held)}
    others = [
        f"{plain(who)} {known.hex()}" for who, known, _ in read_note(f.of(name))[1] if (who, known) not in checked
    ]
    if others:
        f.notes.append(f"Under the log's checkpoint stands also {', '.join(others)}, NOT checked: give that witness's "
                       "key with --witness.")  # fmt: skip
    elif not f.witnesses:
        f.notes.append("No witness has cosigned the log's checkpoint.")


def inclusion(f: CaseFile) -> Iterator[str]:
    """Each event's leaf is in the log that the checkpoint states (RFC 6962)."""
    size, root = f.checkpoint
    if not size:
        raise NotSound("data/log/checkpoint.txt could not be read")
    proofs = read_lines(f.of("data/proofs.jsonl"), "data/proofs.jsonl")
    if [one.get("seq") for one in proofs] != [one["seq"] for one in f.needs_events()]:
        yield "data/proofs.jsonl: not one proof for each event, in order"
    used = set()
    for event, one in zip(f.needs_events(), proofs):
        where = f"data/proofs.jsonl, event {event['seq']}"
        index, hashes = one.get("leaf_index"), one.get("hashes")
        if set(one) != {"seq", "leaf_index", "hashes"} or type(index) is not int or not isinstance(hashes, list):
            raise NotSound(f"{where}: not the fields it must have")
        if not all(isinstance(each, str) and HEX.fullmatch(each) for each in hashes):
            raise NotSound(f"{where}: a hash that is none")
        if index in used or root_from(bytes.fromhex(event["leaf"]), index, size, hashes) != root:
            yield f"{where}: does not lead to the root of the checkpoint"
        used.add(index)


def root_from(entry: bytes, index: int, size: int, hashes: List[str]) -> Optional[bytes]:
    """The root that an inclusion proof leads to, or None when it has the wrong length (RFC 9162, 2.1.3.2)."""
    node, last = index, size - 1
    if not 0 <= index < size:
        return None
    found = hashlib.sha256(b"\x00" + entry).digest()
    for each in map(bytes.fromhex, hashes):
        if last == 0:
            return None
        if node & 1 or node == last:
            found = hashlib.sha256(b"\x01" + each + found).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + each).digest()
        node, last = node >> 1, last >> 1
    return found if last == 0 else None
