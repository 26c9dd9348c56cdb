"""Where bytes lie for good: a folder on this machine, or an S3-compatible bucket, with the same few verbs for both.

What is put is durable before `put` returns: in a folder the file and every folder above it that is new are forced to
disk, in a bucket the store's answer is awaited. Nothing here knows rows, keys or what the bytes mean; what lies here
is already encrypted, or public. Paths are made by the house, never from what a party wrote.
"""

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError, GenericError
from obstore.store import LocalStore, S3Store

from amends.store.errors import DatabaseError, first_line

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ClientConfig, RetryConfig, S3Config

READ_AT_ONCE_BYTES = 256 * 1024
RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
ARRIVING = ".arriving"
"""Where a folder holds files not yet whole; `list` passes over it."""
FULL = (errno.ENOSPC, errno.EDQUOT)


class FilesAway(DatabaseError):
    """The bucket does not answer, or refuses us; asking again later is safe."""


class NoSpace(Exception):
    """There is no room left for files; nothing of what was being written is kept."""


class Found(NamedTuple):
    """One stored file: its path, its length in bytes and when it was put there."""

    path: str
    size_bytes: int
    changed_at: datetime


class Files:
    """A folder or a bucket. Absent files are `FileNotFoundError`, a full disk is `NoSpace`."""

    def __init__(self, store: LocalStore | S3Store, root: Path | None) -> None:
        self._store = store
        self._root = root

    @classmethod
    def folder(cls, root: Path) -> "Files":
        """Files in a folder, made when it is not there."""
        root.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(prefix=root), root)

    @classmethod
    def bucket(
        cls,
        url: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        key_id: str | None = None,
        secret: str | None = None,
        session_token: str | None = None,
    ) -> "Files":
        """Files in the bucket of `s3://bucket/prefix`; `endpoint` for a store that is not Amazon's."""
        parts = urlsplit(url)
        options: S3Config = {"region": region or "us-east-1"}
        if endpoint is not None:
            options["endpoint"] = endpoint
        if key_id is not None and secret is not None:
            options |= {"access_key_id": key_id, "secret_access_key": secret}
        if session_token is not None:
            options["session_token"] = session_token
        client: ClientConfig = {"allow_http": (endpoint or "").startswith("http://")}
        store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=options,
            client_options=client,
            retry_config=RETRIES,
        )
        return cls(store, None)

    @property
    def root(self) -> Path | None:
        """The folder, None for a bucket."""
        return self._root

    async def put(self, path: str, source: Path) -> None:
        """Store the file at `source` under `path`, durably; `source` is gone afterwards."""
        with _named_errors():
            if self._root is not None:
                await asyncio.to_thread(_place, source, self._root / path, self._root)
                return
            await self._send(path, source)
            await asyncio.to_thread(source.unlink, missing_ok=True)

    async def put_bytes(self, path: str, data: bytes) -> None:
        """Store bytes under `path`, durably, in place of what was there."""
        with _named_errors():
            if self._root is not None:
                await asyncio.to_thread(_write, data, self._root / path, self._root)
                return
            await self._send(path, data)

    async def _send(self, path: str, data: Path | bytes) -> None:
        """Into the bucket; what is not found while writing is the bucket itself."""
        try:
            await obstore.put_async(self._store, path, data)
        except FileNotFoundError as problem:
            raise FilesAway(f"The file store does not take files: {first_line(problem)}") from problem

    async def get(self, path: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end` (None: to the last one), piece by piece."""
        if end is not None and end <= start:
            return
        with _named_errors():
            options: GetOptions = {}
            if start or end is not None:
                options = {"range": {"offset": start} if end is None else (start, end)}
            found = await obstore.get_async(self._store, path, options=options)
            async for piece in found.stream(min_chunk_size=READ_AT_ONCE_BYTES):
                yield bytes(piece)

    async def get_bytes(self, path: str) -> bytes:
        """All bytes of a small file."""
        return b"".join([piece async for piece in self.get(path)])

    async def size(self, path: str) -> int:
        """The file's length in bytes."""
        with _named_errors():
            return int((await obstore.head_async(self._store, path))["size"])

    async def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        try:
            await self.size(path)
        except FileNotFoundError:
            return False
        return True

    async def delete(self, path: str) -> None:
        """Remove a file; one that is not there is removed already."""
        try:
            with _named_errors():
                await obstore.delete_async(self._store, path)
        except FileNotFoundError:
            return

    async def list(self, prefix: str) -> AsyncIterator[Found]:
        """Every file whose path begins with the folder `prefix`, in no particular order; `""` for all."""
        with _named_errors():
            async for batch in obstore.list(self._store, prefix or None):
                for one in batch:
                    if not one["path"].startswith(ARRIVING):
                        yield Found(one["path"], int(one["size"]), one["last_modified"])


def blob_path(marketplace: str, digest: str) -> str:
    """Where the blob of this hexadecimal SHA-256 (of its stored bytes) lies."""
    return f"{marketplace}/blobs/{digest[:2]}/{digest}"


@contextmanager
def _named_errors() -> Iterator[None]:
    """Full, absent and away, told apart."""
    try:
        yield
    except OSError as problem:
        if problem.errno in FULL:
            raise NoSpace("There is no room left where files are kept.") from problem
        raise
    except GenericError as problem:
        if any(f"code: {number}," in str(problem) for number in FULL):
            raise NoSpace("There is no room left where files are kept.") from problem
        raise FilesAway(f"The file store does not answer: {first_line(problem)}") from problem
    except BaseError as problem:
        raise FilesAway(f"The file store refuses: {first_line(problem)}") from problem


def _place(source: Path, target: Path, root: Path) -> None:
    """Move a file to its place: its bytes, then its name, are forced to disk. Across disks it is copied first."""
    _force(source)
    _make_folders(target.parent, root)
    try:
        source.replace(target)
    except OSError as problem:
        if problem.errno != errno.EXDEV:
            raise
        arriving = _arriving(root)
        try:
            shutil.copyfile(source, arriving)
            _force(arriving)
            arriving.replace(target)
        finally:
            arriving.unlink(missing_ok=True)
        source.unlink()
    _force(target.parent)


def _write(data: bytes, target: Path, root: Path) -> None:
    arriving = _arriving(root)
    try:
        arriving.write_bytes(data)
        _force(arriving)
        _make_folders(target.parent, root)
        arriving.replace(target)
    finally:
        arriving.unlink(missing_ok=True)
    _force(target.parent)


def _arriving(root: Path) -> Path:
    folder = root / ARRIVING
    folder.mkdir(exist_ok=True)
    return folder / f"{uuid4()}.part"


def _make_folders(folder: Path, root: Path) -> None:
    """The folder and those above it, each one that is new known to the disk in the one above."""
    if folder == root or folder.is_dir():
        return
    _make_folders(folder.parent, root)
    folder.mkdir(exist_ok=True)
    _force(folder.parent)


def _force(path: Path) -> None:
    """Wait until the disk has the file's bytes, or the folder's entries."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
