"""Every text an event can hold is declared: personal and whose, or not personal and why."""

from collections.abc import Iterator

import msgspec
import msgspec.inspect as shapes
import pytest

from amends.law.actors import Actor
from amends.law.case import Evidence
from amends.law.events import EVENTS
from amends.proof.personal import (
    NEVER_PERSONAL,
    NEVER_PERSONAL_TYPES,
    NOT_PERSONAL,
    PERSONAL,
    author_of,
    subject_of,
)


def structs_in(kind: shapes.Type) -> Iterator[type]:
    match kind:
        case shapes.StructType():
            yield kind.cls
        case shapes.UnionType():
            for each in kind.types:
                yield from structs_in(each)
        case shapes.VarTupleType():
            yield from structs_in(kind.item_type)
        case shapes.DictType():
            raise AssertionError("a mapping in an event: proof/seal.py does not look into one")


def holds_text(kind: shapes.Type) -> bool:
    match kind:
        case shapes.StrType():
            return True
        case shapes.UnionType():
            return any(map(holds_text, kind.types))
        case shapes.VarTupleType():
            return holds_text(kind.item_type)
    return False


def fields(kind: type) -> tuple[shapes.Field, ...]:
    return shapes.type_info(kind).fields


def every_struct() -> set[type]:
    """All event types and all structs inside them."""
    found: set[type] = set()
    waiting = list(EVENTS.values())
    while waiting:
        kind = waiting.pop()
        if kind not in found:
            found.add(kind)
            waiting += [struct for field in fields(kind) for struct in structs_in(field.type)]
    return found


def undeclared(kinds: set[type]) -> set[str]:
    return {
        f"{kind.__name__}.{field.name}"
        for kind in kinds
        for field in fields(kind)
        if holds_text(field.type)
        and field.name not in PERSONAL.get(kind, {})
        and field.name not in NOT_PERSONAL.get(kind, {})
        and field.name not in NEVER_PERSONAL
        and kind.__name__ not in NEVER_PERSONAL_TYPES
    }


def test_every_text_is_declared():
    assert undeclared(every_struct()) == set()


def test_a_new_field_would_be_missed():
    class Sold(msgspec.Struct):
        to: str

    assert undeclared({Sold}) == {"Sold.to"}


def test_nothing_is_declared_twice_or_for_nothing():
    for kind, declared in [*PERSONAL.items(), *NOT_PERSONAL.items()]:
        assert set(declared) <= {field.name for field in fields(kind)}, kind
        assert not set(declared) & set(NEVER_PERSONAL), kind
    for kind in PERSONAL.keys() & NOT_PERSONAL.keys():
        assert not PERSONAL[kind].keys() & NOT_PERSONAL[kind].keys(), kind


@pytest.mark.parametrize("role", ["buyer", "seller", "carrier"])
def test_what_a_party_writes_is_its_own(role: str):
    assert author_of(Actor(role, "x")) == role


@pytest.mark.parametrize("role", ["adjudicator", "operator", "auditor", "clock"])
def test_what_the_house_writes_is_the_staffs(role: str):
    assert author_of(Actor(role, "x")) == "staff"


def test_only_the_houses_people_are_sealed_by_id():
    rule = PERSONAL[Actor]["id"]
    assert subject_of(rule, Actor("adjudicator", "dana"), "staff") == "staff"
    assert subject_of(rule, Actor("buyer", "alice"), "buyer") is None
    assert subject_of(rule, Actor("clock", "clock"), "staff") is None


def test_evidence_belongs_to_the_party_that_brought_it_whoever_filed_it():
    rule = PERSONAL[Evidence]["text"]
    assert subject_of(rule, type("E", (), {"party": "seller"}), "staff") == "seller"
