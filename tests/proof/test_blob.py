"""Stored files: any range opens by itself, and nothing but what was sealed opens at all."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.proof.blob import (
    CHUNK_BYTES,
    SEALED_CHUNK_BYTES,
    Unsealable,
    decrypt_chunks,
    decrypt_stream,
    encrypt_file,
    sealed_range,
    sealed_size,
)

KEY = bytes(range(32))
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 17]


class Trickle(io.RawIOBase):
    """A source that gives a few bytes at a time, as a socket may."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int = -1) -> bytes:
        piece, self.data = self.data[: min(size, 7_001)], self.data[min(size, 7_001) :]
        return piece


def content(size: int) -> bytes:
    return (b"a photo of the crack " * (size // 21 + 1))[:size]


def sealed(plain: bytes, key: bytes = KEY) -> bytes:
    target = io.BytesIO()
    encrypt_file(key, io.BytesIO(plain), target)
    return target.getvalue()


def opened(stored: bytes, size: int, start: int = 0, end: int | None = None) -> bytes:
    first, last = sealed_range(size, start, end)
    return b"".join(decrypt_chunks(KEY, size, [stored[first:last]], start, end))


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back_and_is_as_long_as_said(size: int):
    stored = sealed(content(size))
    assert len(stored) == sealed_size(size)
    assert opened(stored, size) == content(size)
    assert content(size)[:21] not in stored or size < 21


@pytest.mark.parametrize("size", SIZES)
def test_a_source_in_small_pieces_makes_the_same(size: int):
    target = io.BytesIO()
    encrypt_file(KEY, Trickle(content(size)), target)
    assert target.getvalue() == sealed(content(size))


@given(st.data())
def test_any_range_opens_from_its_own_chunks(data: st.DataObject):
    size = data.draw(st.integers(0, 3 * CHUNK_BYTES + 5))
    start = data.draw(st.integers(0, size))
    end = data.draw(st.one_of(st.none(), st.integers(start, size + 10)))
    plain = os.urandom(size)
    stored = sealed(plain)
    first, last = sealed_range(size, start, end)
    assert first % SEALED_CHUNK_BYTES == 0
    assert last - first <= (plain[start:end].__len__() // CHUNK_BYTES + 2) * SEALED_CHUNK_BYTES
    assert opened(stored, size, start, end) == plain[start:end]


async def test_a_stream_opens_whatever_its_pieces():
    size = 2 * CHUNK_BYTES + 9
    stored = sealed(content(size))

    async def pieces():
        for at in range(0, len(stored), 999):
            yield stored[at : at + 999]

    assert b"".join([piece async for piece in decrypt_stream(KEY, size, pieces())]) == content(size)


SIZE, N = 2 * CHUNK_BYTES + 9, SEALED_CHUNK_BYTES
DAMAGE = {
    "a bit": lambda s: s[:70_000] + bytes([s[70_000] ^ 1]) + s[70_001:],
    "the end": lambda s: s[:-1],
    "a chunk": lambda s: s[SEALED_CHUNK_BYTES:],
    "the order": lambda s: s[N : 2 * N] + s[:N] + s[2 * N :],
    "more at the end": lambda s: s + b"x",
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGE)
def test_what_was_changed_does_not_open(what: str):
    with pytest.raises(Unsealable):
        b"".join(decrypt_chunks(KEY, SIZE, [DAMAGE[what](sealed(content(SIZE)))]))


def test_a_file_cut_at_a_chunk_does_not_pass_for_a_shorter_one():
    with pytest.raises(Unsealable):
        b"".join(decrypt_chunks(KEY, 2 * CHUNK_BYTES, [sealed(content(SIZE))[: 2 * SEALED_CHUNK_BYTES]]))


def test_another_key_opens_nothing():
    with pytest.raises(Unsealable):
        b"".join(decrypt_chunks(KEY, 3, [sealed(b"abc", key=bytes(32))]))


def test_there_is_no_range_beyond_the_end():
    with pytest.raises(ValueError, match="no byte 4"):
        sealed_range(3, 4)
