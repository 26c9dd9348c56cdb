"""The encryption of stored files: a key of its own for every upload, and ranges that open without the rest. Pure.

A file is cut into chunks of 64 KiB; each is sealed by itself with AES-256-GCM. The nonce is the chunk's number, which
is safe because a key seals one file only, once; whether a chunk is the last is authenticated with it, so a file that
was cut short, put together from pieces or reordered does not open. Sealed chunks follow each other without a header.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
MORE, LAST = b"amends blob v1 more", b"amends blob v1 last"


class Unsealable(Exception):
    """Sealed bytes do not open: another key, another context, or not the bytes that were sealed."""


def sealed_size(size_bytes: int) -> int:
    """How many bytes a file of `size_bytes` takes when sealed; an empty file is one empty chunk."""
    return size_bytes + TAG_BYTES * _chunks(size_bytes)


def sealed_range(size_bytes: int, start: int = 0, end: int | None = None) -> tuple[int, int]:
    """The half-open range of sealed bytes that holds plain bytes `start` to `end` (exclusive; None: to the end)."""
    first, last = _chunk_range(size_bytes, start, _end(size_bytes, end))
    return first * SEALED_CHUNK_BYTES, min((last + 1) * SEALED_CHUNK_BYTES, sealed_size(size_bytes))


def encrypt_file(key: bytes, source: BinaryIO, target: BinaryIO) -> None:
    """Seals everything `source` still holds into `target`. `key`: 32 random bytes that never sealed another file."""
    cipher, number = AESGCM(key), 0
    chunk = _full(source)
    while True:
        following = _full(source) if len(chunk) == CHUNK_BYTES else b""
        target.write(cipher.encrypt(_nonce(number), chunk, MORE if following else LAST))
        if not following:
            return
        chunk, number = following, number + 1


def decrypt_chunks(
    key: bytes, size_bytes: int, sealed: Iterable[bytes], start: int = 0, end: int | None = None
) -> Iterator[bytes]:
    """The plain bytes `start` to `end` of a file of `size_bytes`.

    `sealed`: exactly the bytes of `sealed_range(size_bytes, start, end)`, in pieces of any length.
    Raises Unsealable before it gives out a chunk that is not what was sealed, and at the end when bytes are missing.
    """
    opener = BlobOpener(key, size_bytes, start, end)
    for piece in sealed:
        yield from opener.feed(piece)
    opener.finish()


async def decrypt_stream(
    key: bytes, size_bytes: int, sealed: AsyncIterator[bytes], start: int = 0, end: int | None = None
) -> AsyncIterator[bytes]:
    """`decrypt_chunks` for bytes that arrive over time."""
    opener = BlobOpener(key, size_bytes, start, end)
    async for piece in sealed:
        for plain in opener.feed(piece):
            yield plain
    opener.finish()


class BlobOpener:
    """Opens the chunks of one range as their bytes come in."""

    def __init__(self, key: bytes, size_bytes: int, start: int = 0, end: int | None = None) -> None:
        self._cipher = AESGCM(key)
        self._size, self._start, self._end = size_bytes, start, _end(size_bytes, end)
        self._number, self._last_wanted = _chunk_range(size_bytes, start, self._end)
        self._waiting = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The plain bytes that became complete with `piece`."""
        self._waiting += piece
        while self._number <= self._last_wanted and len(self._waiting) >= (take := self._sealed_length()):
            sealed = bytes(self._waiting[:take])
            del self._waiting[:take]
            plain = self._open(sealed)
            if plain:
                yield plain

    def finish(self) -> None:
        """Raises Unsealable unless the whole range was opened and nothing is left over."""
        if self._number <= self._last_wanted or self._waiting:
            raise Unsealable("the sealed file is not as long as it should be")

    def _sealed_length(self) -> int:
        if self._number < _chunks(self._size) - 1:
            return SEALED_CHUNK_BYTES
        return self._size - self._number * CHUNK_BYTES + TAG_BYTES

    def _open(self, sealed: bytes) -> bytes:
        last = self._number == _chunks(self._size) - 1
        try:
            plain = self._cipher.decrypt(_nonce(self._number), sealed, LAST if last else MORE)
        except InvalidTag:
            raise Unsealable(f"chunk {self._number} of the file is not what was sealed") from None
        offset = self._number * CHUNK_BYTES
        self._number += 1
        return plain[max(0, self._start - offset) : max(0, self._end - offset)]


def _full(source: BinaryIO) -> bytes:
    """The next whole chunk of a stream that may give less at a time than asked; shorter only at its end."""
    chunk = source.read(CHUNK_BYTES)
    while chunk and len(chunk) < CHUNK_BYTES and (more := source.read(CHUNK_BYTES - len(chunk))):
        chunk += more
    return chunk


def _chunks(size_bytes: int) -> int:
    return max(1, -(-size_bytes // CHUNK_BYTES))


def _end(size_bytes: int, end: int | None) -> int:
    return size_bytes if end is None else min(end, size_bytes)


def _chunk_range(size_bytes: int, start: int, end: int) -> tuple[int, int]:
    """The numbers of the first and the last chunk that hold bytes of the range; the last one's for an empty range."""
    if not 0 <= start <= size_bytes:
        raise ValueError(f"a file of {size_bytes} bytes has no byte {start}")
    final = _chunks(size_bytes) - 1
    first = min(start // CHUNK_BYTES, final)
    return first, min(max(first, (end - 1) // CHUNK_BYTES), final)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
