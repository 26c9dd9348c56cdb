"""The boxes of an MP4 or MOV file, read just far enough to know that it is whole, shows a picture, and how long.

No frame is decoded: videos are handed on as attachments only. Runs in the child only.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from amends.media.answer import Limits, Refuse
from amends.media.signatures import by_brand

MOST_BOXES = 20_000
MOVIE_BYTES = 32 * 1024 * 1024
"""The most that the description of a movie may take; two hours need about a tenth."""
_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_UNKNOWN = {0, 2**32 - 1, 2**64 - 1}
_ISO_6709 = re.compile(rb"([+-]\d{2}\.\d{1,8})([+-]\d{3}\.\d{1,8})")


class Box(NamedTuple):
    """A box: its type, and where its content starts and ends in the file."""

    name: bytes
    start: int
    end: int


class Film(NamedTuple):
    """What was found: the length of the movie and what it claims of itself."""

    duration_ms: int
    claims: dict[str, str]


class Reader:
    """Reads an open file at given places and counts the boxes it meets. Raises Refuse."""

    def __init__(self, file: int, size: int) -> None:
        self._file, self._size, self._left = file, size, MOST_BOXES

    def at(self, start: int, size: int) -> bytes:
        """Exactly `size` bytes."""
        found = os.pread(self._file, size, start)
        if len(found) != size:
            raise Refuse("damaged")
        return found

    def within(self, box: Box, offset: int, size: int) -> bytes:
        """Exactly `size` bytes of a box's content."""
        if box.start + offset + size > box.end:
            raise Refuse("damaged")
        return self.at(box.start + offset, size)

    def boxes(self, start: int, end: int) -> Iterator[Box]:
        """The boxes that fill a stretch of the file, without gap or overlap."""
        while start < end:
            self._left -= 1
            if self._left < 0 or end - start < 8:
                raise Refuse("damaged")
            head = self.at(start, 8)
            size, body = int.from_bytes(head[:4], "big"), start + 8
            if size == 1:
                size, body = int.from_bytes(self.at(body, 8), "big"), start + 16
            elif size == 0:
                size = end - start
            if size < body - start or start + size > end:
                raise Refuse("damaged")
            yield Box(head[4:], body, start + size)
            start += size

    def all(self) -> list[Box]:
        """The boxes of the whole file."""
        return list(self.boxes(0, self._size))

    def inside(self, box: Box) -> dict[bytes, Box]:
        """The boxes in a box, the first of each type."""
        found: dict[bytes, Box] = {}
        for each in self.boxes(box.start, box.end):
            found.setdefault(each.name, each)
        return found


def film(file: int, size: int, limits: Limits) -> Film:
    """Length and claims of the movie in an open file of `size` bytes. Raises Refuse."""
    reader = Reader(file, size)
    top = reader.all()
    if not top or top[0].name != b"ftyp" or not str(by_brand(reader.at(0, min(512, size)))).startswith("video/"):
        raise Refuse("damaged")
    movie = next((box for box in top if box.name == b"moov"), None)
    if movie is None or movie.end - movie.start > MOVIE_BYTES or not any(box.name == b"mdat" for box in top):
        raise Refuse("damaged")
    parts = list(reader.boxes(movie.start, movie.end))
    by_name = {box.name: box for box in reversed(parts)}
    if b"mvhd" not in by_name:
        raise Refuse("damaged")
    scale, length, made = _clock(reader, by_name[b"mvhd"])
    tracks = [_track(reader, box) for box in parts if box.name == b"trak"]
    if not any(shows for shows, _ in tracks):
        raise Refuse("no_picture")
    lengths = [length * 1000 // scale, *(length_ms for _, length_ms in tracks), _in_fragments(reader, by_name, scale)]
    duration_ms = max(lengths)
    if duration_ms <= 0:
        raise Refuse("no_duration")
    if duration_ms > limits.video_seconds * 1000:
        raise Refuse("too_long", cap=limits.video_seconds // 60)
    return Film(duration_ms, _claims(made, _place(reader, by_name)))


def _clock(reader: Reader, box: Box) -> tuple[int, int, int]:
    """Units a second, units of length (0 when not told), seconds since 1904, of a movie's or track's header."""
    long = reader.within(box, 0, 1)[0] == 1
    wide = 8 if long else 4
    raw = reader.within(box, 4, 3 * wide + 4 if long else 16)
    made = int.from_bytes(raw[:wide], "big")
    scale = int.from_bytes(raw[2 * wide : 2 * wide + 4], "big")
    length = int.from_bytes(raw[2 * wide + 4 : 3 * wide + 4], "big")
    if scale == 0:
        raise Refuse("damaged")
    return scale, 0 if length in _UNKNOWN else length, made


def _track(reader: Reader, box: Box) -> tuple[bool, int]:
    """Whether a track shows pictures, and its length in milliseconds."""
    media = reader.inside(box).get(b"mdia")
    parts = reader.inside(media) if media else {}
    if b"mdhd" not in parts or b"hdlr" not in parts:
        return False, 0
    scale, length, _ = _clock(reader, parts[b"mdhd"])
    return reader.within(parts[b"hdlr"], 8, 4) == b"vide", length * 1000 // scale


def _in_fragments(reader: Reader, movie: dict[bytes, Box], scale: int) -> int:
    """Milliseconds that a movie in fragments says it has in all."""
    if b"mvex" not in movie or (box := reader.inside(movie[b"mvex"]).get(b"mehd")) is None:
        return 0
    wide = 8 if reader.within(box, 0, 1)[0] == 1 else 4
    length = int.from_bytes(reader.within(box, 4, wide), "big")
    return 0 if length in _UNKNOWN else length * 1000 // scale


def _place(reader: Reader, movie: dict[bytes, Box]) -> str | None:
    if b"udta" not in movie or movie[b"udta"].end - movie[b"udta"].start > 64 * 1024:
        return None
    notes = reader.at(movie[b"udta"].start, movie[b"udta"].end - movie[b"udta"].start)
    found = _ISO_6709.search(notes) if b"\xa9xyz" in notes else None
    return f"{float(found[1]):.5f}, {float(found[2]):.5f}" if found else None


def _claims(made: int, place: str | None) -> dict[str, str]:
    claims = {"place": place} if place else {}
    if 0 < made < 2**33:
        claims["taken_at"] = f"{_EPOCH + timedelta(seconds=made):%Y-%m-%d %H:%M:%S} +00:00"
    return claims
