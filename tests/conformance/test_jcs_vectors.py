"""The vectors of RFC 8785 (canonical JSON).

What is claimed: events hold no floats and no keys outside ASCII, and for such values `canonical` is RFC 8785 (the
vectors `arrays`, `french` and `unicode` are of that kind). `structures`, `values` and `weird` hold floats or keys
beyond the Basic Multilingual Plane's order, which no event can (tests/proof walks every event type): for them the
`rfc8785` library is held to the vectors, since tests/proof judges `canonical` by that library on generated values.
"""

import json

import pytest
import rfc8785

from amends.proof.hashes import canonical
from tests.conformance.vectors import FOLDER, WHY

INPUTS = FOLDER / "jcs" / "input"
pytestmark = pytest.mark.skipif(not INPUTS.exists(), reason=WHY)
CLAIMED = ["arrays", "french", "unicode"]
NOT_CLAIMED = ["structures", "values", "weird"]


def vector(name: str) -> tuple[object, bytes]:
    """The value of a vector, and its canonical bytes."""
    wanted = bytes.fromhex((FOLDER / "jcs" / "outhex" / f"{name}.txt").read_text())
    return json.loads((INPUTS / f"{name}.json").read_text()), wanted


def test_every_published_vector_is_judged():
    assert sorted(path.stem for path in INPUTS.glob("*.json")) == sorted(CLAIMED + NOT_CLAIMED)


@pytest.mark.parametrize("name", CLAIMED)
def test_what_an_event_can_hold_is_written_as_published(name: str):
    value, wanted = vector(name)
    assert canonical(value) == wanted


@pytest.mark.parametrize("name", CLAIMED + NOT_CLAIMED)
def test_the_library_we_are_judged_by_writes_as_published(name: str):
    value, wanted = vector(name)
    assert rfc8785.dumps(value) == wanted


@pytest.mark.parametrize("name", CLAIMED + NOT_CLAIMED)
def test_the_two_forms_of_a_vector_agree(name: str):
    assert vector(name)[1].decode() == (FOLDER / "jcs" / "output" / f"{name}.json").read_text(encoding="utf-8")
