"""Hostile files harm nobody: each becomes harmless pictures or a sentence, while the server goes on breathing."""

import asyncio
import io
import multiprocessing
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from amends.media.answer import SIDES, fitted
from amends.media.kinds import HEAD_BYTES, TAIL_BYTES, Kind, RefusedFile, kind_of
from amends.media.refusals import CODES
from amends.media.sandbox import Limits, Processed, Unprocessable, process
from tests.media.corpus import Hostile, corpus
from tests.media.making import deflated_zeros, png

LIMITS = Limits(cpu_seconds=4, wall_seconds=60, parallel=4)
MEBIBYTE = 1024 * 1024
GROWTH_BYTES = 256 * MEBIBYTE
"""How much the server may grow while it makes the corpus, holds four answers at a time, and slack."""
LONGEST_SILENCE_SECONDS = 5.0
Result = Processed | Unprocessable | RefusedFile


class Run(NamedTuple):
    """What came of the whole corpus, and what was left behind."""

    files: int
    complaints: list[str]
    children: list[str]
    silence_seconds: float
    grown_bytes: int
    child_bytes: int
    slowest_seconds: float


async def test_every_hostile_file_becomes_harmless_or_is_refused_and_the_server_never_stops(tmp_path: Path):
    # In a process of its own: what the system counts of memory is of a process and its children since they began.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
        run = await asyncio.wrap_future(alone.submit(_whole, tmp_path))
    assert run.files >= 300
    assert not run.complaints
    assert run.silence_seconds < LONGEST_SILENCE_SECONDS
    assert run.grown_bytes < GROWTH_BYTES
    assert run.child_bytes <= LIMITS.memory_bytes
    assert run.slowest_seconds < LIMITS.wall_seconds
    assert not run.children
    assert not os.listdir(tmp_path)


async def test_without_limits_the_same_check_finds_harm(tmp_path: Path):
    bomb = Hostile(
        "PNG of 144 million pixels that are there", "a.png", png(size=(12000, 12000), pixels=deflated_zeros(144))
    )
    loose = Limits(pixels=10**9, memory_bytes=4096 * MEBIBYTE, cpu_seconds=60, wall_seconds=120)
    result = await _result(bomb, tmp_path / "bomb", loose)
    assert _complaint(bomb, result) == f"{bomb.what}: shown, but it must be refused"


def test_a_picture_that_keeps_notes_would_be_found():
    noted = Image.Exif()
    noted[0x010F] = "Maker"
    assert "notes" in str(_harm(_webp(exif=noted.tobytes()), (16, 16)))
    assert "size" in str(_harm(_webp(), (9, 9)))
    assert _harm(_webp(), (16, 16)) is None


def _whole(folder: Path) -> Run:
    return asyncio.run(_run(folder))


async def _run(folder: Path) -> Run:
    at_first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    heart = asyncio.create_task(_longest_silence(stop := asyncio.Event()))
    gate = asyncio.Semaphore(LIMITS.parallel)
    complaints: list[str | None] = []
    spent: list[float] = []

    async def one(number: int, hostile: Hostile) -> None:
        start = time.monotonic()
        try:
            complaints.append(_complaint(hostile, await _result(hostile, folder / str(number), LIMITS)))
        finally:
            gate.release()
        spent.append(time.monotonic() - start)

    files = enumerate(corpus())
    async with asyncio.TaskGroup() as group:
        while (each := await asyncio.to_thread(next, files, None)) is not None:
            await gate.acquire()
            group.create_task(one(*each))
    stop.set()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - at_first
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    found = [complaint for complaint in complaints if complaint]
    return Run(len(complaints), found, _children(), await heart, grown, child, max(spent))


async def _result(hostile: Hostile, path: Path, limits: Limits) -> Result:
    kind = kind_of(hostile.data[:HEAD_BYTES], hostile.data[-TAIL_BYTES:], hostile.name, None)
    if not isinstance(kind, Kind):
        return kind
    await asyncio.to_thread(path.write_bytes, hostile.data)
    try:
        return await process(path, kind.media_type, limits)
    finally:
        os.unlink(path)


def _complaint(hostile: Hostile, result: Result) -> str | None:
    if isinstance(result, Processed):
        if hostile.must == "refused":
            return f"{hostile.what}: shown, but it must be refused"
        harm = [_harm(blob, page.size_of(side)) for page in result.pages for side, blob in page.webp.items()]
        return next((f"{hostile.what}: {each}" for each in harm if each), None)
    if hostile.must == "shown":
        return f"{hostile.what}: refused as {result.code}, but it is harmless"
    if isinstance(result, Unprocessable) and result.ours:
        return f"{hostile.what}: nobody knows why ({result.code})"
    told = result.code in CODES and all(len(result.says.get(locale, "")) > 30 for locale in ("en", "id"))
    return None if told and "{" not in str([*result.says.values()]) else f"{hostile.what}: no sentence"


def _harm(blob: bytes, size: tuple[int, int]) -> str | None:
    """What is wrong with a derivative, looked at by another reader than the one that let it through."""
    with Image.open(io.BytesIO(blob), formats=["WEBP"]) as image:
        image.load()
        if image.size != size or max(image.size) > max(SIDES):
            return f"size {image.size} instead of {size}"
        if {"exif", "xmp", "icc_profile"} & set(image.info) or dict(image.getexif()) or b"EXIF" in blob[:64]:
            return "notes were kept"
        return None if image.format == "WEBP" and not getattr(image, "is_animated", False) else "not one still WebP"


def _webp(**options: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", fitted(16, 16, 160)).save(target, "WEBP", **options)
    return target.getvalue()


async def _longest_silence(stop: asyncio.Event) -> float:
    """Seconds between two beats of the event loop, at most."""
    longest, last = 0.0, time.monotonic()
    while not stop.is_set():
        await asyncio.sleep(0.02)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    return longest


def _children() -> list[str]:
    """Command lines of child processes of this one that decode."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = entry.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and b"amends.media.child" in (line := entry.joinpath("cmdline").read_bytes()):
                found.append(line.decode())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.mark.parametrize("side", SIDES)
def test_no_side_is_ever_enlarged(side: int):
    assert fitted(20, 10, side) == (20, 10)
    assert max(fitted(90_000, 3, side)) == side
