"""Sealing: what is personal leaves an event before it is hashed, and returns only to whoever holds its opening. Pure.

In a sealed event each personal text stands as `sealed-` and a digest of (salt, text). Chain, log and case file rest
on sealed events, so they hold whether or not the texts can still be read. The texts are kept beside it, one
ciphertext for each subject under the case's key of that subject. Destroy the key, and text and salt are gone: salts
are made from the key too, so not even a guessed text can be confirmed.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import sha256
from os import urandom
from typing import Any, Protocol

import msgspec
import msgspec.inspect as shapes
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from amends.law.events import Event
from amends.proof.blob import Unsealable
from amends.proof.hashes import canonical
from amends.proof.personal import ORDER_PERSONS, PERSONAL, author_of, subject_of

SUBJECTS = ("buyer", "seller", "carrier", "staff", "state")
"""Whose a key is; its place here is the first byte of a stored key and of stored openings. Only ever added to."""
PREFIX = "sealed-"
SEALED = re.compile(r"sealed-[a-z2-7]{52}")
NONCE_BYTES = 12
_IN_BODY = re.compile(rb'"(sealed-[a-z2-7]{52})"')
_PAIRS = [a + b for a in "abcdefghijklmnopqrstuvwxyz234567" for b in "abcdefghijklmnopqrstuvwxyz234567"]
_SHIFTS = tuple(range(250, -1, -10))
_CODES = {subject: bytes([code]) for code, subject in enumerate(SUBJECTS)}
_decode_texts = msgspec.json.Decoder(list[str]).decode

__all__ = [
    "SUBJECTS", "Keys", "Opening", "Unsealable", "digest_of", "is_sealed", "open_body", "open_bytes", "open_order",
    "openings_of", "persons_in", "seal_bytes", "seal_event", "seal_order", "veiled",
]  # fmt: skip


class Opening(msgspec.Struct, frozen=True):
    """What one `digest` in a sealed event stood for: `value`, and the `salt` it was hashed with."""

    subject: str
    digest: str
    salt: str
    value: str


class Keys(Protocol):
    """Whatever knows the keys of a case by subject: a mapping, or the vault's own."""

    def get(self, subject: str, /) -> bytes | None:
        """The key, or None where there is none (any more)."""


def seal_bytes(key: bytes, plain: bytes, context: bytes) -> bytes:
    """AES-256-GCM: a random nonce of 12 bytes, then the ciphertext. `context` is authenticated, not stored."""
    nonce = urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def open_bytes(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """What `seal_bytes` sealed. Raises Unsealable for another key, another context or changed bytes."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        raise Unsealable("sealed bytes do not open with this key in this place") from None


def digest_of(salt: str, value: str) -> str:
    """What stands for a text in a sealed event: 59 characters."""
    number = int.from_bytes(sha256(canonical([salt, value])).digest(), "big") << 4
    return PREFIX + "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def is_sealed(text: str) -> bool:
    """Whether a text is what stands in place of one that has no opening (any more)."""
    return SEALED.fullmatch(text) is not None


def veiled(text: str, word: str) -> str:
    """The text with `word` (`[erased]`, `[dihapus]`) in place of whatever has no opening."""
    return SEALED.sub(word, text) if PREFIX in text else text


def open_body(sealed: bytes, openings: Iterable[Opening]) -> bytes:
    """The event's canonical JSON with the texts of these openings in their places; what has none stays sealed."""
    values = {opening.digest.encode(): opening.value for opening in openings}
    if not values:
        return sealed

    def put_back(match: re.Match[bytes]) -> bytes:
        value = values.get(match[1])
        return match[0] if value is None else canonical(value)

    return _IN_BODY.sub(put_back, sealed)


def seal_event(case_id: str, seq: int, event: Event, key_of: Callable[[str], bytes]) -> tuple[bytes, bytes]:
    """The sealed event's canonical JSON, and its openings as they are stored: sealed, subject after subject.

    `key_of` gives the case's key of a subject, making it where there is none; it is asked only for what is needed.
    """
    sealing = _Sealing(_event_place(case_id, seq), author_of(event.actor), key_of)
    body = canonical(sealing.struct(event))
    return body, sealing.openings()


def persons_in(facts: Any) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Where an order's decoded facts name a person: subject, the mapping and the field in it."""
    for subject, part, names in ORDER_PERSONS:
        within = facts.get(part) if isinstance(facts, dict) else None
        if isinstance(within, dict):
            yield from ((subject, within, name) for name in names if within.get(name) and type(within[name]) is str)


def seal_order(order_id: str, facts: Any, key_of: Callable[[str], bytes]) -> tuple[bytes, bytes]:
    """An order's decoded facts as canonical JSON with its persons sealed, and their openings; `facts` is changed.

    The same facts under the same keys always give the same JSON, so a change can be seen without opening anything.
    """
    sealing = _Sealing(_order_place(order_id), "buyer", key_of)
    for subject, within, name in list(persons_in(facts)):
        within[name] = sealing.text(subject, within[name])
    return canonical(facts), sealing.openings()


def open_order(order_id: str, facts: bytes, stored: bytes, keys: Keys) -> bytes:
    """The order's facts with its persons; whoever was erased has null in the place of each text."""
    return _IN_BODY.sub(b"null", open_body(facts, _openings(stored, _order_place(order_id), keys)))


def openings_of(stored: bytes, case_id: str, seq: int, keys: Keys) -> tuple[Opening, ...]:
    """The openings these keys still open. Those of a destroyed key, or of one made anew after it, stay away."""
    return _openings(stored, _event_place(case_id, seq), keys)


def _openings(stored: bytes, place: bytes, keys: Keys) -> tuple[Opening, ...]:
    found: list[Opening] = []
    for subject, sealed in _frames(stored):
        key = keys.get(subject)
        if key is None:
            continue
        try:
            values = _decode_texts(open_bytes(key, sealed, place + subject.encode()))
        except Unsealable:
            continue
        seed = _seed(key, place)
        salts = [_salt(seed, number) for number in range(len(values))]
        found += [
            Opening(subject, digest_of(salt, value), salt, value) for salt, value in zip(salts, values, strict=True)
        ]
    return tuple(found)


class _Sealing:
    """One event on its way: texts go out, digests come in."""

    def __init__(self, place: bytes, author: str, key_of: Callable[[str], bytes]) -> None:
        self.place, self.author, self.key_of = place, author, key_of
        self.values: dict[str, list[str]] = {}
        self.seeds: dict[str, bytes] = {}

    def struct(self, struct: Any) -> Any:
        """The struct with what is personal sealed; itself where nothing is."""
        changes: dict[str, Any] = {}
        kind: type = type(struct)
        for name, rule in plan_of(kind):
            value = getattr(struct, name)
            if not value:
                continue
            if rule is not None:
                subject = subject_of(rule, struct, self.author)
                if subject is None:
                    continue
                sealed: Any = (
                    self.text(subject, value)
                    if type(value) is str
                    else tuple([self.text(subject, each) for each in value])
                )
            elif type(value) is tuple:
                sealed = tuple([self.struct(each) for each in value])
            else:
                sealed = self.struct(value)
            if sealed is not value:
                changes[name] = sealed
        return replace(struct, **changes) if changes else struct

    def text(self, subject: str, value: str) -> str:
        values = self.values.get(subject)
        if values is None:
            values = self.values[subject] = []
            self.seeds[subject] = _seed(self.key_of(subject), self.place)
        digest = digest_of(_salt(self.seeds[subject], len(values)), value)
        values.append(value)
        return digest

    def openings(self) -> bytes:
        return b"".join([self._frame(subject, values) for subject, values in self.values.items()])

    def _frame(self, subject: str, values: list[str]) -> bytes:
        sealed = seal_bytes(self.key_of(subject), canonical(values), self.place + subject.encode())
        return _CODES[subject] + len(sealed).to_bytes(4, "big") + sealed


@cache
def plan_of(kind: type) -> tuple[tuple[str, str | None], ...]:
    """The fields of a struct that hold personal text (with the rule whose it is) or structs that do (None)."""
    declared = PERSONAL.get(kind, {})
    steps: list[tuple[str, str | None]] = []
    for field in shapes.type_info(kind).fields:  # type: ignore[attr-defined]  # structs have fields
        if field.name in declared:
            steps.append((field.name, declared[field.name]))
        elif any(plan_of(struct) for struct in _structs(field.type)):
            steps.append((field.name, None))
    return tuple(steps)


def _structs(kind: shapes.Type) -> Iterator[type]:
    """The structs a field may hold, alone or in a tuple."""
    match kind:
        case shapes.StructType():
            yield kind.cls
        case shapes.UnionType():
            for each in kind.types:
                yield from _structs(each)
        case shapes.VarTupleType():
            yield from _structs(kind.item_type)


def _frames(stored: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at < len(stored):
        length = int.from_bytes(stored[at + 1 : at + 5], "big")
        yield SUBJECTS[stored[at]], stored[at + 5 : at + 5 + length]
        at += 5 + length


def _event_place(case_id: str, seq: int) -> bytes:
    return b"%b|%d|" % (case_id.encode(), seq)


def _order_place(order_id: str) -> bytes:
    return b"order|%b|" % order_id.encode()


def _seed(key: bytes, place: bytes) -> bytes:
    return hmac.digest(key, b"amends salts v1\n" + place, "sha256")


def _salt(seed: bytes, number: int) -> str:
    """16 bytes as 22 characters: they tell nothing about the key or the other salts."""
    return urlsafe_b64encode(sha256(seed + number.to_bytes(4, "big")).digest()[:16]).decode()[:22]
