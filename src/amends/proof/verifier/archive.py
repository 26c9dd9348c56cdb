"""The canonical archive of a case file: stored, sorted, dated 1980-01-01, nothing extra; and how one differs from it.

The builder writes it with the functions of this room, the verifier rebuilds it with the same and compares byte by byte.
"""

# ruff: noqa: UP006, UP007, UP035, UP045, B905  # it must run on Python 3.9
from __future__ import annotations

import re
import struct
import zlib
from typing import Iterator, List, NamedTuple, Optional, Tuple, Union

Bytes = Union[bytes, memoryview]
MOST_BYTES, MOST_FILES = 2**31 - 1, 20_000
LOCAL, CENTRAL, END = struct.Struct("<IHHHHHIIIHH"), struct.Struct("<IHHHHHHIIIHHHHHII"), struct.Struct("<IHHHHIIH")
LOCAL_FIELDS = (("mark", 4), ("version", 2), ("flags", 2), ("method", 2), ("time", 2), ("date", 2), ("checksum", 4),
                ("packed size", 4), ("size", 4), ("length of the name", 2), ("extra field", 2))  # fmt: skip
CENTRAL_FIELDS = (("mark", 4), ("maker", 2), *LOCAL_FIELDS[1:], ("comment", 2), ("disk", 2), ("kind", 2),
                  ("attributes", 4), ("offset", 4))  # fmt: skip
END_FIELDS = (("mark", 4), ("disk", 2), ("disk of the list", 2), ("count here", 2), ("count", 2),
              ("size of the list", 4), ("place of the list", 4), ("comment", 2))  # fmt: skip
NEW_YEAR_1980, PLAIN_FILE = 0x21, 0o100644 << 16
NAME = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9._@-]*(/[A-Za-z0-9_@-][A-Za-z0-9._@-]*)*")
"""What a file of a case file may be called: no folders upwards, no hidden files, no spaces."""


class Part(NamedTuple):
    """A piece of the canonical archive: where it begins, what must be there, whose it is, and its fields."""

    start: int
    must_be: Bytes
    label: str
    fields: Tuple[Tuple[str, int], ...] = ()


def local_header(name: bytes, size: int, checksum: int) -> bytes:
    """The header before a file in the canonical archive: stored, dated 1980-01-01, nothing extra."""
    return LOCAL.pack(0x04034B50, 20, 0, 0, 0, NEW_YEAR_1980, checksum, size, size, len(name), 0) + name


def central_record(name: bytes, size: int, checksum: int, offset: int) -> bytes:
    """A file's line in the list at the end of the canonical archive."""
    return CENTRAL.pack(0x02014B50, 0x0314, 20, 0, 0, 0, NEW_YEAR_1980, checksum, size, size, len(name), 0, 0, 0, 0,
                        PLAIN_FILE, offset) + name  # fmt: skip


def end_record(count: int, size: int, offset: int) -> bytes:
    """The last 22 bytes of the canonical archive."""
    return END.pack(0x06054B50, 0, 0, count, count, size, offset, 0)


def listed(data: memoryview, found: int) -> Optional[List[Tuple[bytes, int, int]]]:
    """Name, place of the header and size of each file by the list at the end, or None when it cannot be read."""
    if found < 0 or found + END.size > len(data):
        return None
    _, _, _, _, count, _, at, _ = END.unpack(data[found : found + END.size])
    files: List[Tuple[bytes, int, int]] = []
    for _ in range(min(count, MOST_FILES)):
        if at + CENTRAL.size > len(data):
            return None
        record = CENTRAL.unpack(data[at : at + CENTRAL.size])
        name, size, place = record[10], record[9], record[16]
        if record[0] != 0x02014B50:
            return None
        files.append((bytes(data[at + CENTRAL.size : at + CENTRAL.size + name]), place, size))
        at += CENTRAL.size + name + record[11] + record[12]
    return files if files and sum(size for _, _, size in files) <= len(data) else None


def walked(data: memoryview) -> List[Tuple[bytes, int, int]]:
    """The same from the headers before the files, as far as they can be followed."""
    files: List[Tuple[bytes, int, int]] = []
    at = 0
    while at + LOCAL.size <= len(data) and len(files) < MOST_FILES:
        header = LOCAL.unpack(data[at : at + LOCAL.size])
        if header[0] != 0x04034B50:
            break
        files.append((bytes(data[at + LOCAL.size : at + LOCAL.size + header[9]]), at, header[7]))
        at += LOCAL.size + header[9] + header[10] + header[7]
    return files


def canonical(files: List[Tuple[bytes, memoryview]]) -> Iterator[Part]:
    """The canonical archive of these files, piece by piece; its pieces lie end to end."""
    at, records = 0, []
    for name, content in files:
        checksum, said = zlib.crc32(content), plain(name.decode("utf-8", "replace"))
        header = local_header(name, len(content), checksum)
        records.append((central_record(name, len(content), checksum, at), said))
        yield Part(at, header, f"the header of {said}", LOCAL_FIELDS)
        yield Part(at + len(header), content, f"the contents of {said}")
        at += len(header) + len(content)
    start = at
    for record, said in records:
        yield Part(at, record, f"the list at the end, entry {said}", CENTRAL_FIELDS)
        at += len(record)
    yield Part(at, end_record(len(records), at - start, start), "the end of the archive", END_FIELDS)


def compare(data: memoryview, files: List[Tuple[bytes, memoryview]]) -> Iterator[str]:
    """Where the archive is not the canonical one of its files, byte by byte."""
    end = 0
    for part in canonical(files):
        end = part.start + len(part.must_be)
        there = data[part.start : end]
        if there != part.must_be:
            at = next((n for n, (a, b) in enumerate(zip(there, part.must_be)) if a != b), len(there))
            yield f"byte {part.start + at}, in {part.label}{_field(part, at)}: not what it must be"
    if len(data) > end:
        yield f"byte {end}: {len(data) - end} bytes follow the end of the archive"
    if len(data) < end:
        yield f"byte {len(data)}: the archive ends {end - len(data)} bytes too early"


def _field(part: Part, at: int) -> str:
    for name, width in part.fields:
        if at < width:
            return f" ({name})"
        at -= width
    return " (name)" if part.fields else ""


def plain(text: object) -> str:
    """Text of the file as it may be shown on a terminal: nothing unprintable, nothing endless."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in str(text)[:200])
    return shown.encode("utf-8", "replace").decode()
