"""Event hashes: canonical like RFC 8785, chained, and broken by any change."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from amends.law.events import AnyEvent
from amends.proof.hashes import canonical, event_hash, first_break

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "data" / "conformance" / "jcs"
MOST = 2**53 - 1
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
LEAVES = st.none() | st.booleans() | st.integers(-MOST, MOST) | TEXTS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=30)
CASE = "0192f1c5-0000-8000-8000-000000000001"


@given(VALUES)
def test_sorted_json_is_rfc_8785_for_everything_an_event_can_hold(value: Any):
    assert canonical(value) == rfc8785.dumps(value)


def test_no_event_can_hold_a_float_or_keys_of_its_own():
    """Where sorted JSON and RFC 8785 part: how floats are printed, and the order of keys beyond the ASCII range."""
    kinds = set(_kinds(AnyEvent))
    assert str in kinds
    assert float not in kinds
    assert not any(getattr(kind, "__origin__", None) in (dict, list) for kind in kinds)


@pytest.mark.skipif(not VECTORS.exists(), reason=f"the published vectors are not at {VECTORS}")
@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_the_published_vectors(name: str):
    value = msgspec.json.decode((VECTORS / "input" / f"{name}.json").read_bytes())
    wanted = bytes.fromhex((VECTORS / "outhex" / f"{name}.txt").read_text())
    assert rfc8785.dumps(value) == wanted
    if name not in ("structures", "values", "weird"):  # these hold floats, or keys beyond the ASCII range
        assert canonical(value) == wanted


@given(VALUES, st.integers(1, 10**6), st.none() | st.binary(min_size=32, max_size=32))
def test_the_hash_is_that_of_the_canonical_envelope(event: Any, seq: int, prev: bytes | None):
    envelope = {"seq": seq, "prev": prev and prev.hex(), "event": event, "case": CASE}
    wanted = hashlib.sha256(rfc8785.dumps(envelope)).digest()
    assert event_hash(CASE, seq, prev, canonical(event)) == wanted


def test_instants_are_canonical_texts():
    assert canonical(datetime(2026, 3, 2, 3, tzinfo=UTC)) == b'"2026-03-02T03:00:00Z"'


class TestTheChain:
    def test_a_chain_holds_however_its_bodies_are_spaced(self):
        links = chain(b'{"b":1,"a":"x"}', b'{"c" : 2}', b"{}")
        assert first_break(CASE, links) is None

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_a_changed_body_breaks_it(self, place: int):
        links = chain(b'{"n":1}', b'{"n":2}', b'{"n":3}')
        seq, _, prev, digest = links[place]
        links[place] = (seq, b'{"n":9}', prev, digest)
        assert first_break(CASE, links) == place + 1

    def test_a_missing_event_breaks_it(self):
        links = chain(b'{"n":1}', b'{"n":2}', b'{"n":3}')
        assert first_break(CASE, links[:1] + links[2:]) == 2

    def test_events_that_changed_places_break_it(self):
        one, two, three = chain(b'{"n":1}', b'{"n":2}', b'{"n":3}')
        assert first_break(CASE, [one, three, two]) == 2

    def test_a_chain_of_another_case_does_not_hold(self):
        assert first_break("another", chain(b"{}")) == 1

    def test_a_body_rewritten_with_its_hash_breaks_the_next_link(self):
        links = chain(b'{"n":1}', b'{"n":2}')
        body = b'{"n":9}'
        links[0] = (1, body, None, event_hash(CASE, 1, None, body))
        assert first_break(CASE, links) == 2


def chain(*bodies: bytes) -> list[tuple[int, bytes, bytes | None, bytes]]:
    links: list[tuple[int, bytes, bytes | None, bytes]] = []
    prev: bytes | None = None
    for seq, body in enumerate(bodies, start=1):
        digest = event_hash(CASE, seq, prev, canonical(msgspec.json.decode(body)))
        links.append((seq, body, prev, digest))
        prev = digest
    return links


def _kinds(kind: Any, seen: set[Any] | None = None):
    """Every type that a type is made of."""
    seen = set() if seen is None else seen
    if kind in seen:
        return
    seen.add(kind)
    yield kind
    inner = list(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        inner += list(get_type_hints(kind).values())
    for each in inner:
        try:
            hash(each)
        except TypeError:
            continue
        yield from _kinds(each, seen)
