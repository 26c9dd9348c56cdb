"""Likeness: fingerprints of a picture's striking details, found again after it was turned, cropped or recompressed.

A detail is a spot that stands out at its own size (an extremum of differences of Gaussians). Its surroundings become
64 bits, the signs of their lowest cosine frequencies. Mirroring and quarter turns only reorder those bits and invert
some, so all eight ways a picture can lie are computed from one. Two pictures are alike when enough details agree in
their bits and lie in the same arrangement. Pure: neither who sent a picture nor what a likeness means is known here.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]

LONG_SIDE_PX = 288
SHORTEST_SIDE_PX = 48
"""Looked at in this size; a picture so long that its other side is shorter has no fingerprint."""
SIGMAS_PX = tuple(2.0 * 2 ** (level / 3) for level in range(12))
REACH_SIGMAS = 5.0
GRID = 12
LEAST_CONTRAST = 1.5
"""In grey levels of 255; fainter spots are noise of the camera or of compression."""
CELLS, MOST_OF_A_CELL, MOST_DETAILS = 4, 4, 40
"""Details are taken from all over the picture, so that a label laid over it displaces few."""
FEWEST_DETAILS = 6
FREQUENCIES = tuple(
    sorted(
        (
            (down, across)
            for down in range(11)
            for across in range(11 - down)
            if down + across > 0 and down * across < 25
        ),
        key=lambda f: (f[0] + f[1], max(f), f),
    )
)
"""The 64 lowest of the grid but the mean and (5, 5), closed under exchanging the axes; the lowest first."""
KEY_BITS = 18
UNIT = 1 << 14
"""Places and sizes are stored in parts of the longer side, from the centre of the picture."""
SAME_BITS_WITHIN = 14
LOOSE, LOOSE_BY_DISTANCE, TIGHT, SCALE_WITHIN = 0.03, 0.12, 0.025, 0.3
FEWEST_SHARED, SMALLEST_PART, MOST_SCALE, FARTHEST = 6, 10, 1.7, 65
"""How many details must agree for a likeness, of how many at least, in what scale at most, and how far it goes.

Measured: see docs/benchmarks.md. Unrelated pictures that share six details by chance share few of those they could.
"""


class Details(NamedTuple):
    """Details of one picture: place from its centre and size in parts of the longer side, and the bits (n x 64)."""

    across: Floats
    down: Floats
    size: Floats
    bits: NDArray[np.bool_]


class Resemblance(NamedTuple):
    """How alike two pictures are: `shared` details of `of` that their common part could share."""

    shared: int
    of: int

    @property
    def distance(self) -> int:
        """0 when every detail of the common part was found again, 100 when none was."""
        return 100 - round(100 * self.shared / max(self.of, 1))


NOT_ALIKE = Resemblance(0, 0)


def hashes_of(image: Image.Image) -> tuple[str, ...]:
    """The picture's fingerprints, at most 40 of 28 hexadecimal digits; none for one with too little detail."""
    grey = _grey(image)
    if min(grey.shape) < SHORTEST_SIDE_PX:
        return ()
    blurred = [_blur(grey.shape[0], s) @ grey @ _blur(grey.shape[1], s).T for s in SIGMAS_PX]
    levels: Floats = np.stack(blurred).astype(np.float32)
    level, down, across, size = _spots(levels)
    if len(level) < FEWEST_DETAILS:
        return ()
    waves = _waves(levels, level, down, across, size)
    bits = np.stack([waves[:, v, h] > 0 for v, h in FREQUENCIES], axis=1)
    longer = max(grey.shape)
    places = [(across + 0.5 - grey.shape[1] / 2) / longer, (down + 0.5 - grey.shape[0] / 2) / longer, size / longer]
    return _written(places, bits)


def keys_of(hashes: Sequence[str]) -> list[int]:
    """What a picture is looked up by: the lowest frequencies of each detail, each key once."""
    return sorted(set(_keys(read(hashes).bits).tolist()))


def lying(details: Details, way: int) -> Details:
    """The details of the picture turned or mirrored in one of eight ways (0: as it is)."""
    exchanged, upside_down, left_right = bool(way & 4), bool(way & 2), bool(way & 1)
    across, down = (details.down, details.across) if exchanged else (details.across, details.down)
    order, inverted = _reordering(way)
    return Details(
        -across if left_right else across,
        -down if upside_down else down,
        details.size,
        details.bits[:, order] ^ inverted,
    )


def sought(details: Details) -> list[tuple[int, int]]:
    """(way, key) of the picture in all eight ways it can lie: what a search looks up."""
    return [(way, key) for way in range(8) for key in sorted(set(_keys(lying(details, way).bits).tolist()))]


def resemblance(one: Details, other: Details) -> Resemblance:
    """How alike two pictures are that lie the same way.

    Every pair of agreeing details proposes a place and scale; the proposal most others agree with is refined and
    counted again.
    """
    i, j = np.nonzero(_differing(one.bits, other.bits) <= SAME_BITS_WITHIN)
    if len(i) < FEWEST_SHARED:
        return NOT_ALIKE
    here = np.stack([one.across[i], one.down[i]], axis=1)
    there = np.stack([other.across[j], other.down[j]], axis=1)
    scale = other.size[j] / one.size[i]
    moved = (here[None] - here[:, None]) * scale[:, None, None]
    off = np.hypot(*np.moveaxis(there[:, None] + moved - there[None], 2, 0))
    agree = (off < LOOSE + LOOSE_BY_DISTANCE * np.hypot(moved[..., 0], moved[..., 1])) & (
        np.abs(np.log(scale[:, None] / scale[None])) < SCALE_WITHIN
    )
    best = agree[np.argmax(agree.sum(axis=1))]
    factor, shift = _placed(here[best], there[best])
    landed = here * factor + shift
    fits = best & (np.hypot(*(landed - there).T) < TIGHT * max(1.0, factor))
    shared = min(len(set(i[fits].tolist())), len(set(j[fits].tolist())))
    if shared < FEWEST_SHARED or not 1 / MOST_SCALE <= factor <= MOST_SCALE:
        return NOT_ALIKE
    found = Resemblance(shared, max(shared, SMALLEST_PART, _could_share(one, other, factor, shift)))
    return found if found.distance <= FARTHEST else NOT_ALIKE


def read(hashes: Sequence[str]) -> Details:
    """Fingerprints as numbers. ValueError for text that is none."""
    rows = np.frombuffer(bytes.fromhex("".join(hashes)), dtype=np.uint8).reshape(-1, 14)
    numbers = rows[:, :6].copy().view(">u2").astype(np.float32)
    bits = np.unpackbits(rows[:, 6:], axis=1).astype(bool)
    across, down, size = (numbers / np.float32(UNIT)).T.astype(np.float32)
    return Details(across - 2, down - 2, size, bits)


def _written(places: Sequence[Floats], bits: NDArray[np.bool_]) -> tuple[str, ...]:
    across, down, size = (np.rint(each * UNIT).astype(np.int64) for each in places)
    packed = np.packbits(bits, axis=1)
    return tuple(
        f"{x + 2 * UNIT:04x}{y + 2 * UNIT:04x}{s:04x}{row.tobytes().hex()}"
        for x, y, s, row in zip(across.tolist(), down.tolist(), size.tolist(), packed, strict=True)
    )


def _grey(image: Image.Image) -> Floats:
    """The picture in grey, its longer side LONG_SIDE_PX."""
    factor = LONG_SIDE_PX / max(image.size)
    width, height = (max(1, round(side * factor)) for side in image.size)
    how = Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC
    return np.asarray(image.convert("L").resize((width, height), how), dtype=np.float32)


@lru_cache(maxsize=64)
def _blur(side: int, sigma: float) -> Floats:
    """A Gaussian blur of a side's pixels as a matrix; beyond its ends the picture is mirrored."""
    at, reach = np.arange(side), int(4 * sigma) + 1
    weights = np.zeros((side, side), dtype=np.float32)
    for offset in range(-reach, reach + 1):
        source = np.mod(at + offset, 2 * side)
        source = np.where(source >= side, 2 * side - 1 - source, source)
        np.add.at(weights, (at, source), np.exp(-(offset**2) / (2 * sigma**2)))
    normed: Floats = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return normed


def _spots(levels: Floats) -> tuple[Whole, Whole, Whole, Floats]:
    """Level, row, column and size (px) of the details: the strongest extrema of each part of the picture."""
    difference = np.diff(levels, axis=0)
    strength = np.abs(difference)
    extreme = (_highest(difference) | _highest(-difference)) & (strength > LEAST_CONTRAST)
    extreme[0] = extreme[-1] = False
    level, down, across = np.nonzero(extreme)
    before, there, after = (difference[level + step, down, across] for step in (-1, 0, 1))
    bend = before - 2 * there + after
    between = np.clip(np.where(bend == 0, 0, 0.5 * (before - after) / np.where(bend == 0, 1, bend)), -0.5, 0.5)
    size = (SIGMAS_PX[0] * 2 ** ((level + between) / 3)).astype(np.float32)
    height, width = levels.shape[1:]
    reach = 0.75 * REACH_SIGMAS * size
    inside = (across >= reach) & (across <= width - 1 - reach) & (down >= reach) & (down <= height - 1 - reach)
    order = np.nonzero(inside)[0]
    order = order[np.argsort(-strength[level, down, across][order], kind="stable")]
    kept = _spread(order, down, across, size, max(width, height))
    return level[kept], down[kept], across[kept], size[kept]


def _highest(values: Floats) -> NDArray[np.bool_]:
    """Where no neighbour, in place or size, is higher."""
    highest = values
    for axis in range(3):
        highest = np.maximum(highest, np.maximum(np.roll(highest, 1, axis), np.roll(highest, -1, axis)))
    found: NDArray[np.bool_] = values >= highest
    return found


def _spread(order: Whole, down: Whole, across: Whole, size: Floats, longer: int) -> list[int]:
    """The first of `order`, at most so many of a cell, none beside another of nearly its size."""
    kept, taken = list[int](), dict[tuple[int, int], int]()
    for one in order.tolist():
        cell = int(down[one] * CELLS / longer), int(across[one] * CELLS / longer)
        if taken.get(cell, 0) == MOST_OF_A_CELL or any(_beside(one, other, down, across, size) for other in kept):
            continue
        kept.append(one)
        taken[cell] = taken.get(cell, 0) + 1
        if len(kept) == MOST_DETAILS:
            break
    return kept


def _beside(one: int, other: int, down: Whole, across: Whole, size: Floats) -> bool:
    small, large = sorted((float(size[one]), float(size[other])))
    near = float(down[one] - down[other]) ** 2 + float(across[one] - across[other]) ** 2 <= (1.5 * small) ** 2
    return near and large <= 1.5 * small


def _waves(levels: Floats, level: Whole, down: Whole, across: Whole, size: Floats) -> Floats:
    """Each detail's surroundings, blurred to the grid they are sampled on, as cosine frequencies (n x GRID x GRID)."""
    _, height, width = levels.shape
    places = (np.arange(GRID) + 0.5) / GRID
    offsets = (2 * places - 1) * REACH_SIGMAS * size[:, None]
    rows = np.clip(down[:, None] + offsets, 0, height - 1.001)
    columns = np.clip(across[:, None] + offsets, 0, width - 1.001)
    top, left = rows.astype(int)[:, :, None], columns.astype(int)[:, None, :]
    lower, righter = rows[:, :, None] - top, columns[:, None, :] - left
    at = np.maximum(level - 3, 0)[:, None, None]
    upper = levels[at, top, left] * (1 - righter) + levels[at, top, left + 1] * righter
    under = levels[at, top + 1, left] * (1 - righter) + levels[at, top + 1, left + 1] * righter
    cosines = np.cos(np.pi * np.arange(GRID)[:, None] * places[None])
    waves: Floats = cosines @ (upper * (1 - lower) + under * lower) @ cosines.T
    return waves


@lru_cache(maxsize=8)
def _reordering(way: int) -> tuple[Whole, NDArray[np.bool_]]:
    """Where each bit of a picture lying another way comes from, and which are inverted."""
    place = {frequency: index for index, frequency in enumerate(FREQUENCIES)}
    exchanged, upside_down, left_right = way & 4, way & 2, way & 1
    order = [place[(across, down) if exchanged else (down, across)] for down, across in FREQUENCIES]
    inverted = [bool(down & 1 and upside_down) ^ bool(across & 1 and left_right) for down, across in FREQUENCIES]
    return np.array(order), np.array(inverted)


def _keys(bits: NDArray[np.bool_]) -> Whole:
    keys: Whole = bits[:, :KEY_BITS].astype(np.int64) @ (1 << np.arange(KEY_BITS))
    return keys


def _differing(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> Floats:
    """In how many bits each detail of one picture differs from each of the other."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    differing: Floats = a @ (1 - b).T + (1 - a) @ b.T
    return differing


def _placed(here: Floats, there: Floats) -> tuple[float, Floats]:
    """The scale and shift that best lay places of one picture on those of the other."""
    middle_here, middle_there = here.mean(axis=0), there.mean(axis=0)
    spread = float(np.square(here - middle_here).sum())
    factor = float(np.sqrt(np.square(there - middle_there).sum() / spread)) if spread > 0 else 1.0
    return factor, middle_there - middle_here * factor


def _could_share(one: Details, other: Details, factor: float, shift: Floats) -> int:
    """How many details lie in what both pictures show: the fewer of the two counts."""
    here, there = np.stack([one.across, one.down], axis=1), np.stack([other.across, other.down], axis=1)
    landed, back = here * factor + shift, (there - shift) / max(factor, 1e-6)
    within = ((landed >= there.min(axis=0)) & (landed <= there.max(axis=0))).all(axis=1).sum()
    inverse = ((back >= here.min(axis=0)) & (back <= here.max(axis=0))).all(axis=1).sum()
    return int(min(within, inverse))
