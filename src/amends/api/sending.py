"""Bytes on their way out: headers under which no browser runs anything, one byte range at most, and HEAD.

What is sent is always an attachment under our own file name. The first piece is fetched before the answer begins, so
that bytes which do not open become a problem and not a broken answer; a whole file is compared with its SHA-256 before
its last piece leaves.
"""

import re
from collections.abc import AsyncIterator
from typing import NamedTuple

from litestar.types import Receive, Scope, Send

from amends.api.call import Answer, Call, Header
from amends.api.problems import problem

SAFE: tuple[Header, ...] = (
    (b"cache-control", b"private, no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"accept-ranges", b"bytes"),
)
"""On every answer that carries something a party sent."""
ONE_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE)


class Part(NamedTuple):
    """The bytes `start` up to but not including `end` of something of `size_bytes`; `whole` when nobody asked less."""

    start: int
    end: int
    size_bytes: int
    whole: bool


def part_of(call: Call, size_bytes: int) -> Part:
    """The part the request asks for. Several ranges, a broken one or a conditional one are answered whole.

    Raises Problem 416 when the range lies beyond the end.
    """
    everything = Part(0, size_bytes, size_bytes, True)
    asked = header(call.scope, b"range")
    found = ONE_RANGE.fullmatch(asked) if asked and header(call.scope, b"if-range") is None else None
    if found is None or not (found[1] or found[2]):
        return everything
    if not found[1]:  # the last so many bytes
        start, end = max(0, size_bytes - int(found[2])), size_bytes
    else:
        start, end = int(found[1]), min(size_bytes, int(found[2]) + 1 if found[2] else size_bytes)
        if found[2] and int(found[2]) < start:
            return everything
    if start >= size_bytes or start >= end:
        unit = [(b"content-range", b"bytes */%d" % size_bytes)]
        raise problem("range_not_satisfiable", f"There are {size_bytes} bytes, counted from 0.", unit)
    return Part(start, end, size_bytes, False)


def header(scope: Scope, wanted: bytes) -> str | None:
    """A header of the request, the first where it was sent twice."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), None)


def wants_head(scope: Scope) -> bool:
    """Whether only headers are asked for."""
    return scope.get("method") == "HEAD"


class Sent(Answer):
    """An attachment. `pieces` are the bytes of `part`; `checked` sees to it that they are the right ones."""

    __slots__ = ("_pieces",)

    def __init__(self, part: Part, pieces: AsyncIterator[bytes] | None, *, media: bytes, name: str) -> None:
        super().__init__(b"", 200 if part.whole else 206)
        self.headers = [
            (b"content-type", media),
            (b"content-length", str(part.end - part.start).encode()),
            (b"content-disposition", f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}".encode()),
            *SAFE,
        ]
        if not part.whole:
            self.headers.append((b"content-range", b"bytes %d-%d/%d" % (part.start, part.end - 1, part.size_bytes)))
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it piece by piece (ASGI); to HEAD its headers alone."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        if self._pieces is not None and not wants_head(scope):
            async for piece in self._pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
