"""Quarantine: bytes on their way in, plain, in a folder only this server reads, until they are sealed or thrown away.

A file here belongs to nobody yet: it was not acknowledged as a whole. What a resumable upload has sent so far is
forced to disk before its offset is told; everything else here may vanish with the process, and is swept up later.
"""

import asyncio
import fcntl
import hashlib
import os
import time
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from amends.store.files import FULL, NoSpace

WRITE_AT_ONCE_BYTES = 512 * 1024
READ_AT_ONCE_BYTES = 1024 * 1024
LEFT_BEHIND_SECONDS = 24 * 3600


class TooLarge(ValueError):
    """More bytes came than are allowed."""


class Taken(Exception):
    """Another request is writing this very upload at the moment."""


class Incoming:
    """One file being written: counted and hashed as it comes, cut off at `limit_bytes`."""

    def __init__(self, file: BinaryIO, limit_bytes: int) -> None:
        self.digest = hashlib.sha256()
        self.size_bytes = 0
        self._file = file
        self._limit_bytes = limit_bytes

    async def take(self, chunks: AsyncIterable[bytes]) -> None:
        """Write all of `chunks`. Raises TooLarge, NoSpace, and whatever the chunks raise; what came stays written."""
        waiting, size = list[bytes](), 0
        try:
            async for chunk in chunks:
                if self.size_bytes + size + len(chunk) > self._limit_bytes:
                    raise TooLarge(f"There may be at most {self._limit_bytes} bytes.")
                waiting.append(chunk)
                size += len(chunk)
                if size >= WRITE_AT_ONCE_BYTES:
                    batch, waiting, size = waiting, [], 0
                    await asyncio.to_thread(self._write, batch)
        finally:
            if waiting:
                await asyncio.to_thread(self._write, waiting)

    def _write(self, batch: list[bytes]) -> None:
        with room():
            for chunk in batch:
                write_all(self._file, chunk)
                self.digest.update(chunk)
                self.size_bytes += len(chunk)


def write_all(file: BinaryIO, data: bytes) -> None:
    """Write all of it to an unbuffered file; a disk that is filling up takes less at a time."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


@contextmanager
def room() -> Iterator[None]:
    """Tells a full disk apart from any other trouble."""
    try:
        yield
    except OSError as problem:
        if problem.errno in FULL:
            raise NoSpace("There is no room left for files on their way in.") from problem
        raise


@contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """A path for a new file, which is gone at the end whatever happens."""
    path = make(folder) / f"{uuid4()}.part"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def held(folder: Path, upload_id: str) -> Iterator[BinaryIO]:
    """The bytes of a resumable upload so far, for one writer at a time, here and in other servers on this disk."""
    path = resumable(make(folder), upload_id)
    with room(), open(path, "a+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Taken("Another request is sending this file at the moment.") from None
        yield file


def resumable(folder: Path, upload_id: str) -> Path:
    """Where the bytes of a resumable upload wait."""
    return folder / f"{upload_id}.tus"


def force(file: BinaryIO) -> None:
    """Wait until the disk has what was written."""
    with room():
        file.flush()
        os.fsync(file.fileno())


def create(path: Path) -> BinaryIO:
    """A new file that only we may read."""
    with room():
        return open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b", buffering=0)


def make(folder: Path) -> Path:
    """The folder, made when it is not there."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal, read a piece at a time."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(READ_AT_ONCE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def ends_of(path: Path, head_bytes: int, tail_bytes: int) -> tuple[bytes, bytes]:
    """The first and the last bytes of a file."""
    with open(path, "rb") as file:
        head = file.read(head_bytes)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - tail_bytes))
        return head, file.read()


def left_behind(folder: Path) -> Iterator[Path]:
    """Files that nobody has touched for a day: of processes that ended, and of uploads never resumed."""
    if not folder.is_dir():
        return
    long_ago = time.time() - LEFT_BEHIND_SECONDS
    for path in sorted(folder.iterdir()):
        with suppress(FileNotFoundError):  # it was taken in meanwhile
            if path.suffix in (".part", ".tus") and path.stat().st_mtime < long_ago:
                yield path
