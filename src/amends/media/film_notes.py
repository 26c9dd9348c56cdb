"""What a film says of itself beside its pictures and sound: the place, the maker, the instant; found and blanked. Pure.

A film is not decoded here, so the other side's copy is the film itself with these stretches blanked: as long as it was,
every picture and sound where it was. A place written into the stream of pictures or into a track of its own stays.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

MOST_BOXES = 20_000
MOVIE_BYTES = 32 * 1024 * 1024
NOTES = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip", b"wide", b"pnot"})
"""Boxes that hold words about the film, or anything at all."""
HOLDING = frozenset({b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"})
CLOCKS = frozenset({b"mvhd", b"tkhd", b"mdhd"})
FREE = b"free"
Read = Callable[[int, int], Awaitable[bytes]]
"""The bytes of the film from one place to before another."""


class Patch(NamedTuple):
    """The bytes from `start` to before `end` are replaced: by `by`, or zeros."""

    start: int
    end: int
    by: bytes | None = None


class Unreadable(ValueError):
    """The boxes of the film do not fit into each other; a film that was found clean has none such."""


async def notes_in(read: Read, size_bytes: int) -> list[Patch]:
    """What is to be blanked, in order. Raises Unreadable."""
    found, start = list[Patch](), 0
    for _ in range(MOST_BOXES):
        if start >= size_bytes:
            return found
        name, body, end = _box(await read(start, min(start + 16, size_bytes)), start, size_bytes)
        if name in NOTES:
            found += _blanked(start, body, end)
        elif name in HOLDING:
            if end - body > MOVIE_BYTES:
                raise Unreadable("the description of the film is too long")
            found += _inside(await read(body, end), body)
        start = end
    raise Unreadable("too many boxes")


async def blanked(pieces: AsyncIterator[bytes], patches: list[Patch], start: int = 0) -> AsyncIterator[bytes]:
    """The pieces, the first of them from `start` of the film, with what is to be blanked blanked."""
    async for piece in pieces:
        made = bytearray(piece)
        for patch in patches:
            first, last = max(patch.start, start), min(patch.end, start + len(piece))
            if first < last:
                by = patch.by[first - patch.start : last - patch.start] if patch.by else bytes(last - first)
                made[first - start : last - start] = by
        start += len(piece)
        yield bytes(made)


def blank(path: Path, patches: list[Patch]) -> None:
    """Blank them in a file."""
    with path.open("r+b") as file:
        for patch in patches:
            file.seek(patch.start)
            file.write(patch.by or bytes(patch.end - patch.start))


def _inside(content: bytes, at: int) -> Iterator[Patch]:
    """The same within boxes that hold boxes; `at` is where the content lies in the film."""
    waiting = [(0, len(content))]
    for _ in range(MOST_BOXES):
        if not waiting:
            return
        start, end = waiting.pop()
        if start >= end:
            continue
        name, body, after = _box(content[start : start + 16], start, end)
        waiting.append((after, end))
        if name in NOTES:
            yield from _blanked(at + start, at + body, at + after)
        elif name in HOLDING:
            waiting.append((body, after))
        elif name in CLOCKS:
            wide = 8 if content[body : body + 1] == b"\x01" else 4
            yield Patch(at + body + 4, min(at + body + 4 + 2 * wide, at + after))
    raise Unreadable("too many boxes")


def _blanked(start: int, body: int, end: int) -> Iterator[Patch]:
    yield Patch(start + 4, start + 8, FREE)
    yield Patch(body, end)


def _box(head: bytes, start: int, end: int) -> tuple[bytes, int, int]:
    """A box's name, where its content starts, and where it ends."""
    size, body = int.from_bytes(head[:4], "big"), start + 8
    if size == 1:
        size, body = int.from_bytes(head[8:16], "big"), start + 16
    elif size == 0:
        size = end - start
    if len(head) < body - start or size < body - start or start + size > end:
        raise Unreadable("a box does not fit")
    return head[4:8], body, start + size
