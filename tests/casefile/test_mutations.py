"""Whatever is done to a case file is found, and named: more than a thousand changes, each looked at on its own."""

import hashlib
import io
import json
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from amends.proof import tlog
from amends.proof.hashes import canonical
from amends.proof.receipt import SAID
from amends.proof.verifier.archive import CENTRAL_FIELDS, END_FIELDS, LOCAL_FIELDS
from amends.proof.verifier.notes import read_key
from amends.proof.verifier.report import Report, check
from tests.casefile.packing import (
    Bag,
    apart,
    flipped,
    inside,
    listed,
    packed,
    places,
    resigned,
    spellings,
    together,
    whose,
)
from tests.casefile.playing import KEY, OTHER_KEY, VKEY, file_for

Mutation = tuple[str, bytes, str]
"""What was done, the bytes, and what must be named in the report."""
ANOTHER_CASE = "0192aaaa-bbbb-8ccc-8ddd-ffffffff0000"
PINNED = read_key(VKEY)
READERS = ("buyer", "seller", "carrier", "adjudicator")


def look(data: bytes) -> Report:
    return check("case.zip", data, PINNED)


def random_bytes() -> Iterator[Mutation]:
    chance = random.Random(1)
    for role in READERS:
        data = file_for(role)
        known = places(data)
        for _ in range(125):
            at = chance.randrange(len(data))
            begin, label = next((start, label) for start, end, label in known if start <= at < end)
            in_name = at - begin >= {"the header": 30, "the list a": 46}.get(label[:10], len(data))
            yield f"{role}: byte {at}", flipped(data, at, chance), "(name)" if in_name else whose(label)


def every_field() -> Iterator[Mutation]:
    """One byte in every field of every structure of the archive."""
    chance = random.Random(2)
    data = file_for("buyer")
    for start, _, label in places(data):
        fields = {"the header": LOCAL_FIELDS, "the list a": CENTRAL_FIELDS, "the end of": END_FIELDS}.get(
            label[:10], ()
        )
        at = start
        for name, width in fields:
            yield f"{label}, {name}", flipped(data, at + chance.randrange(width), chance), whose(label)
            at += width


def bytes_in_and_out() -> Iterator[Mutation]:
    chance = random.Random(3)
    data = file_for("seller")
    for _ in range(60):
        at = chance.randrange(len(data))
        yield f"without byte {at}", data[:at] + data[at + 1 :], "byte "
        yield f"a byte more at {at}", data[:at] + bytes([chance.randrange(256)]) + data[at:], "byte "
        yield f"ends at {at}", data[:at], "byte " if at else "byte 0"
    for tail in (b"\0", b"PK\x05\x06", data[-22:], data, b"x" * 70_000):
        yield f"{len(tail)} bytes behind", data + tail, "byte "
        yield f"{len(tail)} bytes before", tail + data, "byte "


def files_in_and_out() -> Iterator[Mutation]:
    """Files taken out, put in, renamed, doubled and reordered, in archives that are otherwise well made."""
    bag = apart(file_for("adjudicator"))
    names = sorted(bag)
    for name in names:
        said = name.partition("/")[2]
        yield f"without {said}", together({k: v for k, v in bag.items() if k != name}), said
        yield f"{said} emptied", together(bag | {name: b""}), said
        yield f"{said} renamed", together({k if k != name else f"{k}.old": v for k, v in bag.items()}), said
        yield f"{said} there twice", packed([(k, bag[k]) for k in names] + [(name, bag[name])]), said
    for a, b in pairwise(names):
        swapped = bag | {a: bag[b], b: bag[a]}
        yield f"{a} for {b}", together(swapped), a.partition("/")[2]
        order = [b if n == a else a if n == b else n for n in names]
        yield f"{a} behind {b}", together({n: bag[n] for n in order}, in_order=False), "out of order"
    for name in ("data/evidence/e9/original.jpg", "data/notes.txt", "readme.txt", "data/evidence/e1/x.sh", "data/../a",
                 "..", "data//x", "data/.hidden", "data/A B", "DATA/case.json", "data/decisions/9.en.pdf"):  # fmt: skip
        yield f"with {name}", together(bag | {inside(bag, name): b"new"}), name
    for name in ("/etc/passwd", "../x", "other/data/x", "C:\\x", "data\\x"):
        yield f"with {name}", together(bag | {name: b"new"}), name.replace("\\", "\\")


def packed_by_others(folder: Path) -> Iterator[Mutation]:
    bag = apart(file_for("buyer"))
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", method) as archive:
            for name, content in bag.items():
                archive.writestr(name, content)
        yield f"zipfile {method}", target.getvalue(), "byte "
    for name, content in bag.items():
        path = folder / "unpacked" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    made = shutil.make_archive(str(folder / "again"), "zip", folder / "unpacked")
    yield "make_archive", Path(made).read_bytes(), "byte "
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as archive:
        entry = zipfile.ZipInfo(next(iter(bag)))
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    yield "a link", link.getvalue(), "attributes"


def without_the_key() -> Iterator[Mutation]:
    """Contents replaced and listed anew by somebody who cannot sign."""
    bag = apart(file_for("seller"))
    for name in sorted(bag):
        said = name.partition("/")[2]
        if said.startswith("data/"):
            yield f"{said} replaced, listed anew", together(listed(bag | {name: bag[name] + b" "})), "signature.txt"
            gone = {k: v for k, v in bag.items() if k != name}
            yield f"{said} gone, listed anew", together(listed(gone)), "signature.txt"
        yield f"{said} changed, signed with another key", resigned(bag | {name: bag[name]}, OTHER_KEY), "another key"
    yield "another key, under our key's name", resigned(bag, OTHER_KEY, as_key_of=KEY), "signature.txt"
    signature = inside(bag, "signature.txt")
    for how, form in spellings(bag[signature]):
        yield f"signature: {how}", together(bag | {signature: form}), "signature.txt"


def of_another_case() -> Iterator[Mutation]:
    """Parts of another case's file, itself sound, in this one; even signed again with our own key."""
    for role in READERS:
        mine, other = apart(file_for(role)), apart(file_for(role, ANOTHER_CASE))
        for name in sorted(mine):
            said = name.partition("/")[2]
            theirs = other.get(f"case-{ANOTHER_CASE}/{said}")
            if theirs is not None and theirs != mine[name]:
                yield f"{role}: {said} of another case", together(mine | {name: theirs}), said
                if said.startswith("data/") and not said.startswith("data/decisions/"):
                    yield f"{role}: {said} of another case, signed", resigned(mine | {name: theirs}, KEY), "data/"
        yield (
            f"{role}: the folder renamed",
            together({f"case-{ANOTHER_CASE}/{n.partition('/')[2]}": v for n, v in mine.items()}),
            "External-Identifier",
        )


def lines_of(bag: Bag, name: str) -> list[dict]:
    return [json.loads(line) for line in bag[inside(bag, name)].splitlines()]


def with_lines(bag: Bag, name: str, lines: list[dict]) -> Bag:
    made = (json.dumps(x, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for x in lines)
    return bag | {inside(bag, name): "".join(f"{line}\n" for line in made).encode()}


def signed_by_us() -> Iterator[Mutation]:
    """What even the holder of the key cannot do: the contents must still agree with each other and with the log."""
    for role in READERS:
        bag = apart(file_for(role))
        for family in (_events, _openings, _proofs, _receipts, _case, _others):
            for what, changed, named in family(bag):
                yield f"{role}: {what}, signed", resigned(changed, KEY), named


def _events(bag: Bag) -> Iterator[tuple[str, Bag, str]]:
    name = "data/events.jsonl"
    for n in range(len(lines_of(bag, name))):
        for field, value in (
            ("seq", 99),
            ("hash", "0" * 64),
            ("leaf", "1" * 64),
            ("salt", "2" * 32),
            ("prev_hash", "a"),
        ):
            lines = lines_of(bag, name)
            lines[n][field] = value
            yield f"event {n + 1}: {field}", with_lines(bag, name, lines), f"event {n + 1}"
        lines = lines_of(bag, name)
        if lines[n]["event"] is not None:
            lines[n]["event"]["clauses"] = ["US-1"]
            yield f"event {n + 1}: clauses", with_lines(bag, name, lines), f"event {n + 1}"
        lines = lines_of(bag, name)
        del lines[n]
        yield f"event {n + 1} left out", with_lines(bag, name, lines), "data/"
        lines = lines_of(bag, name)
        if lines[n]["event"] is not None:
            lines[n]["shown"] = {"type": "case_closed", "data": {}}
            yield f"event {n + 1}: told otherwise", with_lines(bag, name, lines), f"event {n + 1}"
    yield "no events", with_lines(bag, name, []), "no events"


def _openings(bag: Bag) -> Iterator[tuple[str, Bag, str]]:
    name = "data/events.jsonl"
    opened = [(n, m) for n, line in enumerate(lines_of(bag, name)) for m in range(len(line["openings"]))]
    for n, m in opened:
        for field in ("value", "salt", "digest"):
            lines = lines_of(bag, name)
            lines[n]["openings"][m][field] += "x"
            yield f"event {n + 1}: {field} of an opening", with_lines(bag, name, lines), f"event {n + 1}"
    for (n, m), (k, j) in pairwise(opened):
        lines = lines_of(bag, name)
        one, other = lines[n]["openings"][m], lines[k]["openings"][j]
        lines[n]["openings"][m], lines[k]["openings"][j] = other, one
        if n != k:
            yield f"openings of events {n + 1} and {k + 1} swapped", with_lines(bag, name, lines), f"event {n + 1}"
        lines = lines_of(bag, name)
        lines[n]["openings"][m]["value"] = other["value"]
        if one["value"] != other["value"]:
            yield f"event {n + 1}: another's value", with_lines(bag, name, lines), f"event {n + 1}"


def _proofs(bag: Bag) -> Iterator[tuple[str, Bag, str]]:
    name = "data/proofs.jsonl"
    for n in range(len(lines_of(bag, name))):
        lines = lines_of(bag, name)
        lines[n]["leaf_index"] += 1
        yield f"proof {n + 1}: place", with_lines(bag, name, lines), f"event {n + 1}"
        lines = lines_of(bag, name)
        lines[n]["hashes"] = lines[n]["hashes"][:-1]
        yield f"proof {n + 1}: too short", with_lines(bag, name, lines), f"event {n + 1}"
        lines = lines_of(bag, name)
        lines[n]["hashes"][0] = "5" * 64
        yield f"proof {n + 1}: a hash", with_lines(bag, name, lines), f"event {n + 1}"
    yield "no proofs", with_lines(bag, name, []), name


def _receipts(bag: Bag) -> Iterator[tuple[str, Bag, str]]:
    name = "data/receipts.jsonl"
    for n in range(len(lines_of(bag, name))):
        for field, value in (("at", "2026-01-01T00:00:00Z"), ("event", "0" * 64), ("seq", 1 + (n == 0)), ("v", 2)):
            lines = lines_of(bag, name)
            lines[n][field] = value
            yield f"receipt {n + 1}: {field}", with_lines(bag, name, lines), f"{name}, line {n + 1}"
        for field, value in (("at", "2026-01-01T00:00:00Z"), ("origin", "other.test/log"), ("key", "00000000")):
            lines = lines_of(bag, name)
            lines[n] = receipt(lines[n] | {field: value})
            hidden = {"event", "shown"} & {k for k, v in lines_of(bag, "data/events.jsonl")[n].items() if v} == set()
            if field != "at" or not hidden:
                yield f"receipt {n + 1}: {field}, signed", with_lines(bag, name, lines), f"{name}, line {n + 1}"
    lines = lines_of(bag, name)
    yield "a receipt left out", with_lines(bag, name, lines[1:]), name
    yield "a receipt twice", with_lines(bag, name, [*lines, lines[0]]), name


def receipt(said: dict) -> dict:
    """A receipt that says this, signed with the marketplace's own key."""
    facts = {field: value for field, value in said.items() if field != "signature"}
    return facts | {"signature": tlog.encoded(KEY.sign(SAID + canonical(facts)))}


def _case(bag: Bag) -> Iterator[tuple[str, Bag, str]]:
    name = inside(bag, "data/case.json")
    changes = [("revision", 3), ("id", ANOTHER_CASE), ("updated_at", "2026-01-01T00:00:00Z"), ("order_id", "O9"),
               ("policy", {"pack": "tokopedia-id", "edition": "2025-07-02"})]  # fmt: skip
    whole = json.loads(bag[inside(bag, "data/events.jsonl")].splitlines()[-1])["event"] is not None
    for field, value in changes:
        if whole or field in ("revision", "id", "policy"):
            changed = json.loads(bag[name]) | {field: value}
            yield (
                f"case: {field}",
                bag | {name: json.dumps(changed).encode()},
                "policy" if field == "policy" else "case.json",
            )
    case = json.loads(bag[name])
    if case["decisions"]:
        for field, value in (("outcome", "seller_favour"), ("rationale", "x"), ("fault", "buyer"), ("number", 2)):
            changed = json.loads(bag[name])
            changed["decisions"][0][field] = value
            yield f"decision: {field}", bag | {name: json.dumps(changed).encode()}, "decision 1"
        changed = json.loads(bag[name]) | {"decisions": []}
        yield "no decisions", bag | {name: json.dumps(changed).encode()}, "decision 1"
        twice = json.loads(bag[name])
        twice["decisions"] += twice["decisions"]
        yield "a decision twice", bag | {name: json.dumps(twice).encode()}, "told twice"
    for field, value in (("party", "carrier"), ("type", "test_report"), ("received_at", "2026-01-01T00:00:00Z")):
        for n in range(len(case["evidence"])):
            changed = json.loads(bag[name])
            changed["evidence"][n][field] = value
            yield f"evidence {n}: {field}", bag | {name: json.dumps(changed).encode()}, f"its {field}"
    for n in range(len(case["evidence"])):
        changed = json.loads(bag[name])
        del changed["evidence"][n]
        yield f"evidence {n} left out", bag | {name: json.dumps(changed).encode()}, "is missing"
    lines = lines_of(bag, "data/events.jsonl")
    if all(line["event"] is not None or "shown" in line for line in lines):
        invented = json.loads(bag[name])
        invented["evidence"].append({"id": "e9", "party": "buyer", "type": "photo_of_item"})
        yield "evidence invented", bag | {name: json.dumps(invented).encode()}, "evidence e9 was never handed in"
        if case["decisions"]:
            invented = json.loads(bag[name])
            invented["decisions"].append(invented["decisions"][0] | {"number": 7})
            yield "a decision invented", bag | {name: json.dumps(invented).encode()}, "decisions are told"


def _others(bag: Bag) -> Iterator[tuple[str, Bag, str]]:
    for name in list(bag):
        said = name.partition("/")[2]
        if "/original." in said:
            yield f"{said} replaced", bag | {name: b"another picture"}, said
            yield f"{said} elsewhere", bag | {name.replace("/e", "/e9"): bag[name]}, "/e9"
        if said.startswith("data/policy/"):
            if json.loads(bag[inside(bag, "data/case.json")])["decisions"]:
                pack = json.loads(bag[name]) | {"clauses": {}, "readings": {}}
                yield "policy without clauses", bag | {name: json.dumps(pack).encode()}, said
            pack = json.loads(bag[name]) | {"edition": "2099-01-01"}
            yield "another edition", bag | {name: json.dumps(pack).encode()}, said
            yield "policy elsewhere", {k: v for k, v in bag.items() if k != name} | {f"{name}x": bag[name]}, said
        if said.startswith("data/decisions/"):
            yield "statement is no PDF", bag | {name: b"hello"}, said
        if said == "data/log/checkpoint.txt":
            text = bag[name].split(b"\n")
            yield "another size", bag | {name: b"\n".join([text[0], b"7", *text[2:]])}, said
            yield "no signature", bag | {name: b"\n".join(text[:4]) + b"\n"}, said


FAMILIES = (random_bytes, every_field, bytes_in_and_out, files_in_and_out, without_the_key, of_another_case,
            signed_by_us)  # fmt: skip


class Looked(NamedTuple):
    """What became of some mutations: how many there were, which were missed, and the digests of all."""

    count: int
    missed: tuple[str, ...]
    digests: frozenset[bytes]


def looked_at(mutations: Iterator[Mutation]) -> Looked:
    """Check every one of them."""
    missed, digests, count = [], set(), 0
    for what, data, named in mutations:
        count += 1
        digests.add(hashlib.sha256(data).digest())
        report = look(data)
        if report.sound:
            missed.append(f"{what}: not found")
        elif named not in "\n".join(report.wrong):
            missed.append(f"{what}: {named!r} is not named in {report.wrong[:3]}")
    return Looked(count, tuple(missed), frozenset(digests))


@cache
def whole(family: Callable[[], Iterator[Mutation]]) -> Looked:
    """A family, looked at once however many tests ask."""
    return looked_at(family())


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_every_change_is_found_and_named(family):
    seen = whole(family)
    assert not seen.missed, "\n".join([f"{len(seen.missed)} of {seen.count}", *seen.missed[:10]])
    assert seen.count > 0


def test_what_other_programs_pack_is_found(tmp_path: Path):
    seen = looked_at(packed_by_others(tmp_path))
    assert (seen.missed, seen.count) == ((), 6)


def test_there_are_a_thousand_of_them():
    distinct = frozenset().union(*(whole(family).digests for family in FAMILIES))
    assert len(distinct) >= 1000
    assert not distinct & {hashlib.sha256(file_for(role)).digest() for role in READERS}


@pytest.mark.parametrize("role", READERS)
def test_what_nobody_touched_is_sound(role: str):
    report = look(file_for(role))
    assert report.sound, report.wrong
    assert resigned(apart(file_for(role)), KEY) == file_for(role), "taking apart and signing again gives the same"
