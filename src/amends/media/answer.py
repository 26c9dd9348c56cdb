"""What goes between the sandbox and its child: a task in, one bounded answer out, believed by neither side.

On the wire an answer is four bytes of length, a header as JSON, and the pictures one after the other. The reader
checks every length before it reads, and every picture at fixed places: one plain WebP frame of the size announced,
with room for nothing else.
"""

from typing import Annotated, Any

import msgspec

SIDES = (160, 640, 1600)
"""The derivatives by the pixels of their long side."""
HEADER_BYTES = 512 * 1024
LONGEST_SIDE = max(SIDES)
Text200 = Annotated[str, msgspec.Meta(max_length=200)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Side = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_SIDE)]


class Limits(msgspec.Struct, frozen=True):
    """The most that one file may be and cost. `parallel` is how many children one server runs at a time."""

    file_bytes: int = 64 * 1024 * 1024
    """Of pictures, PDF and text; of a video only its boxes are read."""
    pixels: int = 40_000_000
    frames: int = 500
    pages: int = 200
    memory_bytes: int = 512 * 1024 * 1024
    """Address space of the child, its own libraries (about 120 MB) included."""
    cpu_seconds: int = 10
    """For one child; a long PDF is spread over several."""
    wall_seconds: float = 30.0
    output_bytes: int = 64 * 1024 * 1024
    video_seconds: int = 600
    preview_chars: int = 4_000
    parallel: int = 2


class Task(msgspec.Struct, frozen=True):
    """What the child is to do with the file on its standard input. `redactions`: (page, left, top, width, height)."""

    kind: str
    limits: Limits
    redactions: tuple[tuple[int, int, int, int, int], ...] = ()
    first_page: int = 1

    def areas(self, page: int) -> list[tuple[int, int, int, int]]:
        """What is painted over on a page: left, top, width, height."""
        return [(left, top, wide, high) for on, left, top, wide, high in self.redactions if on == page]


class Drawn(msgspec.Struct, frozen=True):
    """A page as announced: the size of its largest derivative, and the bytes of each in the order of SIDES."""

    number: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    width: Side
    height: Side
    sizes: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1)], ...], msgspec.Meta(min_length=3, max_length=3)]


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """All of an answer but the pictures. `refused` is a code of refusals.py with the number its sentence needs."""

    refused: Text200 | None = None
    cap: Count | None = None
    second: Annotated[str, msgspec.Meta(max_length=20, pattern="^[A-Za-z0-9 ,-]*$")] | None = None
    pages: Annotated[tuple[Drawn, ...], msgspec.Meta(max_length=10_000)] = ()
    next_page: Count | None = None
    """The page to go on with in another child; None when all is done."""
    claims: Annotated[dict[Text200, Text200], msgspec.Meta(max_length=16)] = {}
    hashes: Annotated[tuple[Text200, ...], msgspec.Meta(max_length=64)] = ()
    duration_ms: Count | None = None
    text_preview: Annotated[str, msgspec.Meta(max_length=20_000)] | None = None
    confined: Annotated[tuple[Text200, ...], msgspec.Meta(max_length=8)] = ()


class Refuse(Exception):
    """Raised in the child: this file is refused, with the code and fields of its sentence."""

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code, self.fields = code, fields


def fitted(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height when the long side may be `side` pixels at most; never larger, never less than 1."""
    longest = max(width, height)
    if longest <= side:
        return width, height
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def plain_webp_size(blob: bytes) -> tuple[int, int] | None:
    """Width and height of a WebP file that holds one lossy frame and nothing besides; None for anything else."""
    if len(blob) < 30 or blob[:4] != b"RIFF" or blob[8:16] != b"WEBPVP8 " or blob[23:26] != b"\x9d\x01\x2a":
        return None
    whole, chunk = int.from_bytes(blob[4:8], "little") + 8, int.from_bytes(blob[16:20], "little")
    if whole != len(blob) or 20 + chunk + chunk % 2 != whole:
        return None
    return int.from_bytes(blob[26:28], "little") & 0x3FFF, int.from_bytes(blob[28:30], "little") & 0x3FFF
