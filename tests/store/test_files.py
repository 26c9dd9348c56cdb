"""Stored bytes: a folder and an S3-compatible bucket keep the same promises, shown by the same tests on both."""

import asyncio
import errno
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from amends.store import files as module
from amends.store.files import Files, FilesAway, NoSpace, blob_path


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    """A real S3-compatible server in a process of its own: moto's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            httpx.get(address)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(30)


@pytest.fixture(params=["folder", "bucket"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "folder":
        return Files.folder(tmp_path / "files")
    address, name = request.getfixturevalue("s3_address"), f"bucket-{uuid4().hex[:12]}"
    assert httpx.put(f"{address}/{name}").status_code == 200
    return bucket(f"s3://{name}/some/prefix", address)


def bucket(url: str, address: str) -> Files:
    return Files.bucket(url, endpoint=address, key_id="test", secret="test", region="us-east-1")


def source(folder: Path, data: bytes) -> Path:
    path = folder / uuid4().hex
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("size", [0, 1, 70_000, 12_000_000])
async def test_what_is_put_is_what_is_got(files: Files, tmp_path: Path, size: int):
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    given = source(tmp_path, data)
    await files.put("m1/blobs/ab/one", given)
    assert not given.exists()
    assert await files.get_bytes("m1/blobs/ab/one") == data
    assert await files.size("m1/blobs/ab/one") == size
    assert await files.exists("m1/blobs/ab/one")


@pytest.mark.parametrize(("start", "end"), [(0, None), (0, 10), (5, 5), (3, 4), (4, None), (9, 100), (0, 1)])
async def test_a_part_is_got_without_the_rest(files: Files, start: int, end: int | None):
    await files.put_bytes("log/x", b"0123456789")
    assert b"".join([piece async for piece in files.get("log/x", start, end)]) == b"0123456789"[start:end]


async def test_what_is_put_again_takes_the_place_of_what_was_there(files: Files, tmp_path: Path):
    await files.put_bytes("log/x", b"old")
    await files.put_bytes("log/x", b"new one")
    assert await files.get_bytes("log/x") == b"new one"
    await files.put("log/x", source(tmp_path, b"newest"))
    assert await files.get_bytes("log/x") == b"newest"


async def test_what_is_not_there_is_said_to_be_missing(files: Files):
    for work in (files.get_bytes("m1/none"), files.size("m1/none")):
        with pytest.raises(FileNotFoundError):
            await work
    assert not await files.exists("m1/none")
    await files.delete("m1/none")


async def test_what_is_deleted_is_gone_and_the_rest_is_listed(files: Files):
    for name in ("m1/blobs/aa/1", "m1/blobs/bb/2", "m2/blobs/aa/1"):
        await files.put_bytes(name, name.encode())
    await files.delete("m1/blobs/aa/1")
    assert not await files.exists("m1/blobs/aa/1")
    assert [(found.path, found.size_bytes) async for found in files.list("m1/blobs")] == [("m1/blobs/bb/2", 13)]
    assert {found.path async for found in files.list("")} == {"m1/blobs/bb/2", "m2/blobs/aa/1"}


async def test_many_at_once_are_all_kept(files: Files, tmp_path: Path):
    given = [source(tmp_path, str(n).encode() * 1000) for n in range(20)]
    await asyncio.gather(*(files.put(f"m1/blobs/x/{n}", one) for n, one in enumerate(given)))
    assert [await files.get_bytes(f"m1/blobs/x/{n}") for n in range(20)] == [str(n).encode() * 1000 for n in range(20)]


async def test_a_store_that_is_away_is_said_to_be_away(s3_address: str):
    for files in (bucket("s3://no-such-bucket-here", s3_address), bucket("s3://some-bucket", "http://127.0.0.1:9")):
        with pytest.raises(FilesAway):
            await files.put_bytes("x", b"1")
    with pytest.raises(FilesAway):
        await bucket("s3://some-bucket", "http://127.0.0.1:9").get_bytes("x")


async def test_a_full_disk_is_said_to_be_full_and_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = Files.folder(tmp_path / "files")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_force", full)
    with pytest.raises(NoSpace):
        await files.put_bytes("m1/x", b"1")
    with pytest.raises(NoSpace):
        await files.put("m1/y", source(tmp_path, b"1"))
    assert [found async for found in files.list("")] == []


async def test_a_file_from_another_disk_is_copied_and_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files, replace = Files.folder(tmp_path / "files"), Path.replace
    given = source(tmp_path, b"from afar")

    def across(self: Path, target: Path) -> Path:
        if self == given:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", across)
    await files.put("m1/x", given)
    assert await files.get_bytes("m1/x") == b"from afar"
    assert not given.exists()
    assert [found.path async for found in files.list("")] == ["m1/x"]


async def test_the_disk_has_the_bytes_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    order: list[str] = []
    force, replace = module._force, Path.replace
    monkeypatch.setattr(module, "_force", lambda path: (order.append(f"force {path.name}"), force(path)))
    monkeypatch.setattr(Path, "replace", lambda self, to: (order.append(f"name {to.name}"), replace(self, to))[1])
    files = Files.folder(tmp_path / "files")
    given = source(tmp_path, b"bytes")
    await files.put("m1/blobs/ab/one", given)
    assert order == [f"force {given.name}", "force files", "force m1", "force blobs", "name one", "force ab"]


def test_blobs_lie_under_their_own_digest():
    assert blob_path("m1", "ab" * 32) == "m1/blobs/ab/" + "ab" * 32
