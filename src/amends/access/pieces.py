"""Bytes on their way out, piece by piece: the first is here before the answer begins, the last only when all are right.

So bytes that do not open become a refusal and not a broken answer, and a whole file is compared with its SHA-256
before its last piece leaves.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable

from amends.access.pictures import BytesChanged


async def begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, the first of them already here: what cannot be read at all fails now."""
    first = await anext(pieces, None)

    async def again() -> AsyncIterator[bytes]:
        if first is not None:
            yield first
        async for piece in pieces:
            yield piece

    return again()


async def checked(
    pieces: AsyncIterator[bytes],
    sha256: str | None,
    alarm: Callable[[BaseException], Awaitable[None]],
    broken: tuple[type[BaseException], ...],
) -> AsyncIterator[bytes]:
    """The pieces, the last held back until their SHA-256 is right (None: they are only a part, and open or do not).

    `alarm` hears of what is `broken` before it is raised.
    """
    digest, held = hashlib.sha256(), b""
    try:
        async for piece in pieces:
            digest.update(piece)
            if held:
                yield held
            held = piece
        if sha256 is not None and digest.hexdigest() != sha256:
            raise BytesChanged(f"SHA-256 {digest.hexdigest()}, not {sha256}")
    except broken as damage:
        await alarm(damage)
        raise
    if held:
        yield held
