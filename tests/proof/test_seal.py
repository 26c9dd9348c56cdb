"""Sealing: what was decided comes back, the chain holds with and without it, and nothing personal stays in between."""

import re
from collections.abc import Iterator
from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.law.actors import Actor
from amends.law.events import AnyEvent, Event, MessagePosted
from amends.proof.hashes import canonical, event_hash, first_break
from amends.proof.personal import PERSONAL, author_of, subject_of
from amends.proof.seal import (
    SUBJECTS,
    Unsealable,
    digest_of,
    is_sealed,
    open_body,
    open_bytes,
    open_order,
    openings_of,
    seal_bytes,
    seal_event,
    seal_order,
    veiled,
)
from benchmarks.replay import BOOK, recorded
from tests.cast import ALICE, DANA, MONDAY

CASE = "00000000-0000-8000-8000-000000000001"
KEYS = {subject: bytes([number]) * 32 for number, subject in enumerate(SUBJECTS, start=1)}
decode = msgspec.json.Decoder(AnyEvent).decode


@cache
def histories() -> list[list[Event]]:
    """Every eighth worked case, event by event."""
    from amends.lab import book

    return [[decode(body) for body in one.bodies] for one in recorded(book.files([BOOK])[::8])]


def personal_texts(struct: object, author: str) -> Iterator[tuple[str, str]]:
    """What is declared personal in an event, found by walking it without the plan: (subject, text)."""
    if isinstance(struct, tuple):
        for each in struct:
            yield from personal_texts(each, author)
    if not isinstance(struct, msgspec.Struct):
        return
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        rule = PERSONAL.get(type(struct), {}).get(name)
        subject = rule and subject_of(rule, struct, author)
        if subject:
            yield from ((subject, text) for text in (value if isinstance(value, tuple) else (value,)) if text)
        elif not rule:
            yield from personal_texts(value, author)


def test_every_event_of_the_book_opens_to_what_was_decided_and_its_sealed_chain_holds():
    events = sealed_texts = 0
    for history in histories():
        links, last = [], None
        for seq, event in enumerate(history, start=1):
            sealed, stored = seal_event(CASE, seq, event, KEYS.__getitem__)
            openings = openings_of(stored, CASE, seq, KEYS)
            assert open_body(sealed, openings) == canonical(event)
            assert canonical(decode(sealed)) == sealed, "a sealed event is an event of the same type"
            expected = sorted(personal_texts(event, author_of(event.actor)))
            assert sorted((opening.subject, opening.value) for opening in openings) == expected
            digest = event_hash(CASE, seq, last, sealed)
            links.append((seq, sealed, last, digest))
            last, events, sealed_texts = digest, events + 1, sealed_texts + len(openings)
        assert first_break(CASE, links) is None
    assert events > 300
    assert sealed_texts > events / 2


def test_the_book_has_every_type_of_personal_text_somewhere():
    seen = {type(event) for history in histories() for event in history}
    assert len(seen) > 25


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_two_texts_come_back_and_neither_is_left_in_the_body(first: str, second: str):
    event = MessagePosted(at=MONDAY, actor=Actor("buyer", "alice", first), clauses=("US-1",), text=second, to="all")
    sealed, stored = seal_event(CASE, 3, event, KEYS.__getitem__)
    assert open_body(sealed, openings_of(stored, CASE, 3, KEYS)) == canonical(event)
    fields = msgspec.json.decode(sealed)
    assert is_sealed(fields["text"])
    assert is_sealed(fields["actor"]["name"])
    assert fields["text"] != fields["actor"]["name"], "the same text twice is salted twice"


def test_without_one_subjects_key_the_others_texts_stand():
    event = said_by(DANA, "Alice is right", name="Dana R.")
    sealed, stored = seal_event(CASE, 1, event, KEYS.__getitem__)
    left = {subject: key for subject, key in KEYS.items() if subject != "staff"}
    assert openings_of(stored, CASE, 1, left) == ()
    assert is_sealed(decode(sealed).text)
    assert openings_of(stored, CASE, 1, left | {"staff": bytes(32)}) == (), "nor with a key made anew"
    assert openings_of(stored, CASE, 2, KEYS) == (), "nor in another place"


def test_a_text_that_looks_sealed_is_a_text_like_others():
    pretended = digest_of("x" * 22, "nothing")
    event = said_by(ALICE, pretended)
    sealed, stored = seal_event(CASE, 1, event, KEYS.__getitem__)
    assert pretended not in sealed.decode()
    assert open_body(sealed, openings_of(stored, CASE, 1, KEYS)) == canonical(event)


def test_salts_differ_from_text_to_text_event_to_event_and_case_to_case():
    salts = {
        opening.salt
        for case in (CASE, CASE.replace("1", "2"))
        for seq in (1, 2, 3)
        for opening in openings_of(
            seal_event(case, seq, said_by(DANA, "yes", name="yes"), KEYS.__getitem__)[1], case, seq, KEYS
        )
    }
    assert len(salts) == 2 * 3 * 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", salt) for salt in salts)


def test_what_has_no_opening_is_shown_as_erased():
    text = digest_of("s" * 22, "yes")
    assert len(text) == 59
    assert veiled(text, "[erased]") == "[erased]"
    assert veiled(f"typing: {text}", "[dihapus]") == "typing: [dihapus]"
    assert veiled("sealed-lips", "[erased]") == "sealed-lips"
    assert not is_sealed(f" {text}")


@pytest.mark.parametrize("spoiled", ["key", "context", "bytes", "nothing left"])
def test_sealed_bytes_open_only_as_they_were_sealed(spoiled: str):
    sealed = seal_bytes(KEYS["buyer"], b"plain", b"here")
    assert open_bytes(KEYS["buyer"], sealed, b"here") == b"plain"
    key = KEYS["seller"] if spoiled == "key" else KEYS["buyer"]
    changed = {"bytes": sealed[:-1] + bytes([sealed[-1] ^ 1]), "nothing left": b""}.get(spoiled, sealed)
    with pytest.raises(Unsealable):
        open_bytes(key, changed, b"there" if spoiled == "context" else b"here")


ORDER = {"buyer": {"id": "alice", "name": "Alice A."}, "seller": {"id": "bob", "email": "bob@shop.example"},
         "fulfilment": {"carrier": "charlie", "tracking_number": "JX123"}, "lines": []}  # fmt: skip


def test_an_order_keeps_its_persons_apart():
    facts, stored = seal_order("O1", msgspec.json.decode(canonical(ORDER)), KEYS.__getitem__)
    assert not any(text in facts for text in (b"Alice", b"bob@", b"JX123"))
    assert open_order("O1", facts, stored, KEYS) == canonical(ORDER)
    again, _ = seal_order("O1", msgspec.json.decode(canonical(ORDER)), KEYS.__getitem__)
    assert again == facts, "the same order is recognised without being opened"
    without_alice = msgspec.json.decode(open_order("O1", facts, stored, {"seller": KEYS["seller"]}))
    assert without_alice["buyer"] == {"id": "alice", "name": None}
    assert without_alice["seller"]["email"] == "bob@shop.example"


def said_by(actor: Actor, text: str, name: str | None = None) -> MessagePosted:
    return MessagePosted(at=MONDAY, actor=Actor(actor.role, actor.id, name), clauses=("US-1",), text=text, to="all")
