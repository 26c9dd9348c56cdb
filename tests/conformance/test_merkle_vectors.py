"""Proofs published by transparency-dev/merkle, good and tampered: accepted and refused exactly as they say.

The folders `inclusion` and `consistency` are RFC 6962. The `subtree…` folders are about subtrees `[start, end)` of a
later draft (merkle tree certificates), which this house does not have: those that begin at leaf 0 are RFC 6962 again
and are judged here; for the others the tests below say what remains unclaimed.
"""

from pathlib import Path

import pytest

from amends.proof.merkle import verify_consistency, verify_inclusion
from tests.conformance.vectors import WHY, named, proof, raw, read, those_of

pytestmark = pytest.mark.skipif(not those_of("merkle", "inclusion"), reason=WHY)
SUBTREES = ("subtreeinclusion", "subtreeconsistency")


def from_leaf_0(name: str) -> list[Path]:
    """The vectors about subtrees that are whole trees of RFC 6962, not empty."""
    return [path for path in those_of("merkle", name) if (said := read(path))["start"] == 0 and
            (name == "subtreeinclusion" or said["end"] > 0)]  # fmt: skip


@pytest.mark.parametrize("path", those_of("merkle", "inclusion"), ids=named)
def test_inclusion(path: Path):
    vector = read(path)
    good = verify_inclusion(
        vector["leafIdx"], vector["treeSize"], raw(vector["leafHash"]), proof(vector), raw(vector["root"])
    )
    assert good is not vector["wantErr"], vector["desc"]


@pytest.mark.parametrize("path", those_of("merkle", "consistency"), ids=named)
def test_consistency(path: Path):
    vector = read(path)
    good = verify_consistency(
        vector["size1"], vector["size2"], raw(vector["root1"]), raw(vector["root2"]), proof(vector)
    )
    assert good is not vector["wantErr"], vector["desc"]


def test_there_are_as_many_as_were_published():
    counts = {name: len(those_of("merkle", name)) for name in ("inclusion", "consistency")}
    assert counts == {"inclusion": 98, "consistency": 98}
    refused = sum(read(path)["wantErr"] for name in counts for path in those_of("merkle", name))
    assert 0 < refused < 196


@pytest.mark.parametrize("path", from_leaf_0("subtreeinclusion"), ids=named)
def test_a_subtree_that_begins_at_leaf_0_is_a_tree(path: Path):
    vector = read(path)
    good = verify_inclusion(
        vector["leafIdx"], vector["end"], raw(vector["leafHash"]), proof(vector), raw(vector["root"])
    )
    assert good is not vector["wantErr"], vector["desc"]


@pytest.mark.parametrize("path", from_leaf_0("subtreeconsistency"), ids=named)
def test_a_subtree_that_begins_at_leaf_0_is_an_earlier_tree(path: Path):
    vector = read(path)
    good = verify_consistency(vector["end"], vector["size"], raw(vector["root1"]), raw(vector["root2"]), proof(vector))
    assert good is not vector["wantErr"], vector["desc"]


def test_what_is_not_claimed_of_subtrees_is_counted():
    """103 of 204 and 27 of 118 are about subtrees that begin later, or are empty: no function here is for them."""
    left = {name: len(those_of("merkle", name)) - len(from_leaf_0(name)) for name in SUBTREES}
    assert left == {"subtreeinclusion": 103, "subtreeconsistency": 27}
