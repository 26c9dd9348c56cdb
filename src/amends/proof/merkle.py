"""The Merkle tree of RFC 6962: hashes, roots, and proofs that a leaf is in a tree or that a tree grew out of another.

Everything works on hashes of 32 bytes. Proofs are planned first (which nodes they need) and folded afterwards, so
that whoever keeps the nodes can fetch them all at once. A node is `(level, index)`: the root of the perfect subtree
over the leaves `index * 2**level` up to `(index + 1) * 2**level`. Nothing is read or written here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from hashlib import sha256
from typing import TypeAlias

Node: TypeAlias = tuple[int, int]

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a log entry as a leaf (RFC 6962, 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    row = list(leaves)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        paired = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = paired + row[len(paired) * 2 :]  # a node without a sister moves up as it is
    return row[0]


def root_of_peaks(peaks: Sequence[bytes]) -> bytes:
    """The root from the roots of the perfect subtrees a tree consists of, the largest (leftmost) first."""
    return reduce(lambda right, left: node_hash(left, right), reversed(peaks)) if peaks else EMPTY_ROOT


def peaks(size: int) -> list[Node]:
    """The perfect subtrees a tree of `size` leaves consists of, from the left."""
    return _perfect(0, size)


def inclusion_plan(index: int, size: int) -> list[list[Node]]:
    """What proves leaf `index` in a tree of `size`: per proof hash the nodes it folds from. ValueError if outside."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    return [_perfect(start, end) for start, end in _path(index, 0, size)]


def consistency_plan(first: int, second: int) -> list[list[Node]]:
    """What proves that the tree of `second` leaves grew out of that of `first`. Empty when they are equal."""
    if not 0 < first <= second:
        raise ValueError(f"there is no proof from {first} to {second}")
    return [_perfect(start, end) for start, end in _growth(first, 0, second, whole=True)]


def prove(plan: Iterable[Sequence[Node]], node: Callable[[Node], bytes]) -> list[bytes]:
    """The proof a plan stands for, given every node it names."""
    return [root_of_peaks([node(each) for each in nodes]) for nodes in plan]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf of hash `leaf` stands at `index` in the tree of this size and root."""
    if not 0 <= index < size or len(leaf) != 32:
        return False
    at, last, reached = index, size - 1, leaf
    for sister in proof:
        if last == 0 or len(sister) != 32:
            return False
        if at & 1 or at == last:
            reached = node_hash(sister, reached)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            reached = node_hash(reached, sister)
        at, last = at >> 1, last >> 1
    return last == 0 and reached == root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `second` leaves begins with all leaves of the tree of `first`.

    From nothing (`first` 0) nothing can be shown: False.
    """
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    power = first & (first - 1) == 0
    path = [first_root, *proof] if power else list(proof)
    if not proof or any(len(each) != 32 for each in path):
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sister in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(sister, old), node_hash(sister, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sister)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(count: int) -> int:
    """The largest power of two smaller than `count`: where RFC 6962 divides a tree."""
    return 1 << ((count - 1).bit_length() - 1)


def _path(index: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The ranges beside the way from a leaf to the root, lowest first."""
    if end - start == 1:
        return
    middle = start + _split(end - start)
    if index < middle:
        yield from _path(index, start, middle)
        yield middle, end
    else:
        yield from _path(index, middle, end)
        yield start, middle


def _growth(first: int, start: int, end: int, *, whole: bool) -> Iterator[tuple[int, int]]:
    """The ranges of a consistency proof. `whole`: the old tree is all of this range, whose root is known already."""
    if first == end:
        if not whole:
            yield start, end
        return
    middle = start + _split(end - start)
    if first <= middle:
        yield from _growth(first, start, middle, whole=whole)
        yield middle, end
    else:
        yield from _growth(first, middle, end, whole=False)
        yield start, middle


def _perfect(start: int, end: int) -> list[Node]:
    """The perfect subtrees of a range that RFC 6962 cuts out of a tree, from the left."""
    found: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        found.append((level, start >> level))
        start += 1 << level
    return found
