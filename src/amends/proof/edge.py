"""The right edge of a growing log: the last tile of every level, and which tiles a growth fills. Pure.

The edge is all a writer needs: hashes of full tiles lie in files and are never looked at again. At most 255 hashes a
level are held, so a log of a thousand million leaves has an edge of four levels.
"""

from collections.abc import Iterable

from msgspec import Struct

from amends.proof.merkle import EMPTY_ROOT, node_hash, root_of

WIDTH = 256


class Tile(Struct, frozen=True):
    """A tile to be written: its level, its number on the level, and its hashes (256 when it is full)."""

    level: int
    index: int
    hashes: tuple[bytes, ...]


def widths(size: int) -> list[int]:
    """How many hashes the last tile of each level has in a log of this size (0: the last one is full, or none)."""
    found: list[int] = []
    while size:
        found.append(size % WIDTH)
        size //= WIDTH
    return found


class Edge:
    """The edge of a log of `size` leaves; `levels[l]` holds the hashes of the last, partial tile of level `l`."""

    def __init__(self, size: int = 0, levels: Iterable[Iterable[bytes]] = ()) -> None:
        self.size = size
        self.levels = [list(level) for level in levels]
        if [len(level) for level in self.levels] != widths(size):
            raise ValueError(f"these are not the edge of a log of {size} leaves")

    def grow(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Put leaf hashes behind the last; answers the tiles that became full, lower ones first."""
        full: list[Tile] = []
        for leaf in leaves:
            self.size += 1
            self._put(0, leaf, full)
        return full

    def partial(self) -> list[Tile]:
        """The tiles that are not full at this size."""
        return [
            Tile(level, (self.size >> (8 * level)) // WIDTH, tuple(hashes))
            for level, hashes in enumerate(self.levels)
            if hashes
        ]

    def root(self) -> bytes:
        """The root at this size."""
        right: bytes | None = None
        for hashes in self.levels:
            if hashes:
                right = _joined(hashes, right)
        return EMPTY_ROOT if right is None else right

    def frontier(self) -> list[bytes]:
        """The roots of the perfect subtrees the tree consists of, the largest first."""
        found: list[bytes] = []
        for hashes in self.levels:
            found = [*_peaks(hashes), *found]
        return found

    def copy(self) -> "Edge":
        """An edge that grows by itself."""
        return Edge(self.size, self.levels)

    def _put(self, level: int, hashed: bytes, full: list[Tile]) -> None:
        if level == len(self.levels):
            self.levels.append([])
        tile = self.levels[level]
        tile.append(hashed)
        if len(tile) == WIDTH:
            index = (self.size >> (8 * level)) // WIDTH - 1
            full.append(Tile(level, index, tuple(tile)))
            self.levels[level] = []
            self._put(level + 1, root_of(full[-1].hashes), full)


def _peaks(hashes: list[bytes]) -> list[bytes]:
    """The perfect subtrees over the first hashes of a tile."""
    found, at = list[bytes](), 0
    while at < len(hashes):
        width = 1 << ((len(hashes) - at).bit_length() - 1)
        found.append(root_of(hashes[at : at + width]))
        at += width
    return found


def _joined(hashes: list[bytes], right: bytes | None) -> bytes:
    for peak in reversed(_peaks(hashes)):
        right = peak if right is None else node_hash(peak, right)
    assert right is not None, "a tile that is not empty has a root"
    return right
