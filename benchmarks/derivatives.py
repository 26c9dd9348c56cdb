"""Derivatives: photos a second made into their three sizes, in the sandbox and without it, in turns in one run.

Both sides run the same code on the same photos. The sandbox pays for a fresh process, its imports and its lock for
each file; that price in milliseconds is what safety costs, and it is the same for small and large pictures.
"""

import asyncio
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image

from amends.media import likeness, picture
from amends.media.sandbox import Limits, Processed, process
from benchmarks.report import Report

SIZES = {"screenshot, 1080 x 1920": (1080, 1920), "photo, 12 Mpx": (4000, 3000)}
ROUNDS, A_ROUND = 4, 6
Way = Callable[[Path, int], float]


def run(rounds: int = ROUNDS, a_round: int = A_ROUND) -> Report:
    """Pictures a second each way, and what the sandbox adds to each."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for what, size in SIZES.items():
            path = Path(folder, "photo.jpg")
            path.write_bytes(_photo(*size))
            rows.append(_compared(what, path, rounds, a_round))
    heads = ("Picture", "in process/s", "sandbox, 1/s", "sandbox, 2/s", "ratio 1", "ratio 2", "sandbox adds ms")
    notes = (
        "ratio: pictures a second in the sandbox, one and two at a time, over those in process (one at a time).",
        "Each picture: decoded, turned upright, 160, 640 and 1600 px as WebP, and its likeness hashes.",
    )
    return Report("media", "Derivatives of photos, in the sandbox and in process", heads, tuple(rows), notes=notes)


def _compared(what: str, path: Path, rounds: int, a_round: int) -> tuple[str, ...]:
    """One row: the ways take turns, so that a slow moment hits all."""
    ways: dict[str, Way] = {"inside": _in_process, "one": _sandboxed(1), "two": _sandboxed(2)}
    spent = dict.fromkeys(ways, 0.0)
    for _ in range(rounds):
        for name, way in ways.items():
            spent[name] += way(path, a_round)
    rate = {name: rounds * a_round / seconds for name, seconds in spent.items()}
    adds_ms = 1000 * (1 / rate["one"] - 1 / rate["inside"])
    ratios = (rate["one"] / rate["inside"], rate["two"] / rate["inside"])
    return (what, *(f"{rate[name]:.1f}" for name in ways), *(f"{ratio:.2f}" for ratio in ratios), f"{adds_ms:.0f}")


def _in_process(path: Path, count: int) -> float:
    limits, start = Limits(), perf_counter()
    for _ in range(count):
        upright = picture.rebuilt(picture.opened(path.read_bytes(), "image/jpeg", limits), ())
        likeness.hashes_of(upright)
        picture.derivatives(upright)
    return perf_counter() - start


def _sandboxed(parallel: int) -> Way:
    async def all_of(path: Path, count: int) -> None:
        limits = Limits(parallel=parallel, wall_seconds=120)
        done = await asyncio.gather(*[process(path, "image/jpeg", limits) for _ in range(count)])
        assert all(isinstance(each, Processed) for each in done), "every photo is shown"

    def way(path: Path, count: int) -> float:
        start = perf_counter()
        asyncio.run(all_of(path, count))
        return perf_counter() - start

    return way


def _photo(width: int, height: int) -> bytes:
    """A picture with slopes, edges and grain, about as hard to pack as a photo."""
    chance = np.random.default_rng(20261122)
    coarse = Image.fromarray(chance.integers(0, 255, (height // 90, width // 90, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.float32)
    grain = chance.normal(0, 5, (height, width, 1)).astype(np.float32)
    target = io.BytesIO()
    Image.fromarray((pixels + grain).clip(0, 255).astype(np.uint8)).save(target, "JPEG", quality=88)
    return target.getvalue()
