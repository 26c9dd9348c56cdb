"""Whether a picture file ends where its picture ends: what follows may be a second file for another program.

PNG and WebP must end with their last part. Cameras write more after a JPEG or HEIC (a second picture, a short video,
their own notes); that is let be unless it is a kind of file that unpacks, runs or shows itself as a page.
Runs in the child only.
"""

import re

from amends.media.answer import Refuse
from amends.media.signatures import second_kind

MOST_CHUNKS = 200_000
STRICT = ("image/png", "image/webp")
AFTER_BYTES = 16
"""Zeros or line ends that careless programs leave behind."""
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_JPEG_BARE = {0x01, *range(0xD0, 0xD9)}


def check_end(data: bytes, media_type: str) -> None:
    """Raises Refuse when something else follows the picture, or when the picture does not end at all."""
    ends = {"image/jpeg": _jpeg_end, "image/png": _png_end, "image/webp": _webp_end, "image/heic": _heic_end}
    end = ends[media_type](data)
    if end is None or end > len(data):
        raise Refuse("damaged")
    rest = data[end:]
    if second := second_kind(rest):
        raise Refuse("two_kinds", second=second)
    if media_type in STRICT and (len(rest) > AFTER_BYTES or rest.strip(b"\0\r\n")):
        raise Refuse("two_kinds", second="unknown data")


def declared_size(data: bytes, media_type: str) -> tuple[int, int] | None:
    """Width and height that a PNG or WebP announces at its fixed place: to refuse before a decoder sets room aside."""
    if media_type == "image/png" and data[12:16] == b"IHDR":
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if media_type == "image/webp" and data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None


def _png_end(data: bytes) -> int | None:
    at = 8
    for _ in range(MOST_CHUNKS):
        name = data[at + 4 : at + 8]
        if len(name) < 4:
            return None
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        if name == b"IEND":
            return at
    return None


def _webp_end(data: bytes) -> int | None:
    whole = 8 + int.from_bytes(data[4:8], "little")
    at = 12
    for _ in range(MOST_CHUNKS):
        if at >= whole:
            return whole
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return None


def _jpeg_end(data: bytes) -> int | None:
    """The place after the marker that ends the picture; segments are stepped over, scans searched for markers."""
    at = 2
    for _ in range(MOST_CHUNKS):
        found = _JPEG_MARKER.search(data, at)
        if found is None:
            return None
        marker, at = found[1][0], found.end()
        if marker == 0xD9:
            return at
        if marker not in _JPEG_BARE:
            at += int.from_bytes(data[at : at + 2], "big")
    return None


def _heic_end(data: bytes) -> int | None:
    """Where the boxes end; what is no box any more is somebody's notes."""
    at = 0
    for _ in range(MOST_CHUNKS):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if at == len(data) or not data[at + 4 : at + 8].isalnum():
            return at or None
        if size == 0:
            return len(data)
        if size < 8:
            return at or None
        at += size
    return None
