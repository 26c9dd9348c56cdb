"""The tree against RFC 6962 written down naively, for every size up to 300."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.proof import merkle
from amends.proof.edge import Edge
from tests.log import trees

ENTRIES = [index.to_bytes(2, "big") * 16 for index in range(300)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
ROOTS = [trees.root(ENTRIES[:size]) for size in range(301)]


def node(place: merkle.Node) -> bytes:
    level, index = place
    return trees.root(ENTRIES[index << level : (index + 1) << level])


def test_every_root_is_that_of_the_rfc():
    edge = Edge()
    for size, root in enumerate(ROOTS):
        assert merkle.root_of(LEAVES[:size]) == root == edge.root()
        assert merkle.root_of_peaks(edge.frontier()) == root
        assert edge.frontier() == [node(each) for each in merkle.peaks(size)]
        edge.grow(LEAVES[size : size + 1])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 255, 256, 257, 300])
def test_every_inclusion_proof_is_that_of_the_rfc_and_holds(size: int):
    for index in range(size):
        made = merkle.prove(merkle.inclusion_plan(index, size), node)
        assert made == trees.path(index, ENTRIES[:size])
        assert merkle.verify_inclusion(index, size, LEAVES[index], made, ROOTS[size])


@pytest.mark.parametrize("second", [1, 2, 3, 7, 8, 9, 255, 256, 257, 300])
def test_every_consistency_proof_is_that_of_the_rfc_and_holds(second: int):
    for first in range(1, second + 1):
        made = merkle.prove(merkle.consistency_plan(first, second), node)
        assert made == trees.proof(first, ENTRIES[:second])
        assert merkle.verify_consistency(first, second, ROOTS[first], ROOTS[second], made)


@given(st.data())
def test_a_proof_holds_for_nothing_else(data: st.DataObject):
    size = data.draw(st.integers(2, 300))
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    made = merkle.prove(merkle.inclusion_plan(index, size), node)
    if other != index:
        assert not merkle.verify_inclusion(other, size, LEAVES[index], made, ROOTS[size])
        assert not merkle.verify_inclusion(index, size, LEAVES[other], made, ROOTS[size])
    assert not merkle.verify_inclusion(index, size, LEAVES[index], made, ROOTS[size - 1])
    assert not merkle.verify_inclusion(index, size, LEAVES[index], [*made, made[-1]], ROOTS[size])
    assert not merkle.verify_inclusion(index, size, LEAVES[index], made[:-1], ROOTS[size])
    place = data.draw(st.integers(0, len(made) - 1))
    bent = [*made[:place], bytes(32), *made[place + 1 :]]
    assert not merkle.verify_inclusion(index, size, LEAVES[index], bent, ROOTS[size])


@given(st.data())
def test_a_consistency_proof_holds_for_nothing_else(data: st.DataObject):
    second = data.draw(st.integers(3, 300))
    first = data.draw(st.integers(1, second - 1))
    made = merkle.prove(merkle.consistency_plan(first, second), node)
    fork = trees.root([*ENTRIES[: first - 1], b"other", *ENTRIES[first:second]])
    assert not merkle.verify_consistency(first, second, ROOTS[first], fork, made)
    assert not merkle.verify_consistency(first, second, ROOTS[first - 1], ROOTS[second], made)
    assert not merkle.verify_consistency(first, second, ROOTS[first], ROOTS[second], made[:-1])
    assert not merkle.verify_consistency(first, second, ROOTS[first], ROOTS[second], [*made, bytes(32)])
    assert not merkle.verify_consistency(0, second, ROOTS[0], ROOTS[second], made)


def test_the_edge_gives_each_tile_once_however_it_grows():
    leaves = [merkle.leaf_hash(index.to_bytes(4, "big")) for index in range(70_000)]
    at_once, step_by_step = Edge(), Edge()
    whole = at_once.grow(leaves)
    chance, parts, at = random.Random(3), [], 0
    while at < len(leaves):
        width = chance.randint(1, 700)
        parts += step_by_step.grow(leaves[at : at + width])
        at += width
    assert sorted(parts, key=lambda tile: (tile.level, tile.index)) == sorted(
        whole, key=lambda tile: (tile.level, tile.index)
    )
    assert step_by_step.root() == at_once.root() == merkle.root_of(leaves)
    assert [(tile.level, tile.index, len(tile.hashes)) for tile in at_once.partial()] == [
        (0, 273, 112),
        (1, 1, 17),
        (2, 0, 1),
    ]  # the example of c2sp.org/tlog-tiles
    assert len([tile for tile in whole if tile.level == 0]) == 273
    assert [(tile.index, len(tile.hashes)) for tile in whole if tile.level == 1] == [(0, 256)]


def test_an_edge_of_another_size_is_refused():
    with pytest.raises(ValueError, match="not the edge"):
        Edge(3, [[bytes(32)]])
