"""What a case file is written in: canonical JSON (RFC 8785), base64, signed notes and keys (C2SP), read strictly.

Each thing has one spelling; every other spelling of the same is refused.
"""

# ruff: noqa: UP006, UP035, UP045  # it must run on Python 3.9
from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from amends.proof.verifier.archive import Bytes, plain

MOST_TEXT_BYTES = 32 * 2**20
KINDS = (MARKETPLACE, WITNESS) = (1, 4)


class NotSound(Exception):
    """Something in the file is not as it must be; `str()` says what, in plain words."""


class Key(NamedTuple):
    """A public key: its name, the hash it is known by, and the 32 bytes of Ed25519. A witness's is of kind 4."""

    name: str
    hash: bytes
    raw: bytes
    kind: int


def canonical_json(value: Any) -> bytes:
    """Canonical JSON (RFC 8785) of texts, whole numbers, booleans, null, lists and objects with ASCII keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def read_json(text: Bytes) -> Any:
    """JSON without doubled keys, fractions or endless depth; NotSound otherwise."""

    def once(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key stands twice in one object")
        return found

    def whole(text: str) -> Any:
        raise ValueError(f"{plain(text)} is not a whole number")

    if len(text) > MOST_TEXT_BYTES:
        raise NotSound("is larger than this program reads")
    try:
        return json.loads(bytes(text).decode("utf-8"), object_pairs_hook=once, parse_float=whole, parse_constant=whole)
    except (ValueError, RecursionError) as fault:
        raise NotSound(f"is not JSON that can be read: {plain(fault)}") from None


def read_lines(text: Bytes, name: str) -> List[Dict[str, Any]]:
    """One canonical JSON object a line."""
    found = []
    if len(text) and bytes(text[-1:]) != b"\n":
        raise NotSound(f"{name}: the last line has no end")
    for number, line in enumerate(bytes(text).split(b"\n")[:-1], start=1):
        try:
            value = read_json(line)
            if not isinstance(value, dict) or canonical_json(value) != line:
                raise NotSound("is not one canonical JSON object")
        except (NotSound, UnicodeEncodeError, RecursionError) as fault:
            raise NotSound(f"{name}, line {number}: {fault}") from None
        found.append(value)
    return found


def read_base64(text: str, size: Optional[int] = None) -> bytes:
    """Base64 in its one canonical spelling."""
    try:
        found = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise NotSound("is not base64") from None
    if base64.b64encode(found).decode() != text or size not in (None, len(found)):
        raise NotSound("is not in the one way base64 of this length is written")
    return found


def read_key(text: str) -> Key:
    """A verifier key `name+hash+base64` (C2SP signed note; Ed25519, or a witness's). NotSound when it is none."""
    name, _, rest = text.strip().partition("+")
    known, _, packed = rest.partition("+")
    raw = read_base64(packed, 33)
    digest = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if not name or re.search(r"\s", name) or raw[0] not in KINDS or digest.hex() != known:
        raise NotSound("is not a verifier key: name+hash+base64")
    return Key(name, digest, raw[1:], raw[0])


def read_note(note: Bytes) -> Tuple[bytes, List[Tuple[str, bytes, bytes]]]:
    """A signed note: its text and each signature as (name, key hash, signature), in its one canonical spelling."""
    text, gap, signed = bytes(note).rpartition(b"\n\n")
    lines = signed.decode("utf-8", "replace").split("\n")
    if not gap or len(lines) < 2 or lines[-1] != "":
        raise NotSound("is not a signed note: a text, an empty line, signatures")
    found = []
    for line in lines[:-1]:
        dash, _, rest = line.partition(" ")
        name, _, packed = rest.partition(" ")
        if dash != "\u2014" or not name:
            raise NotSound("has a line among its signatures that is none")
        raw = read_base64(packed)
        if len(raw) < 5:
            raise NotSound("has a signature that is too short")
        found.append((name, raw[:4], raw[4:]))
    return text + b"\n", found


def signed_by(key: Key, signature: bytes, message: bytes) -> bool:
    """Whether this is the key's signature of the message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def insist_on_signature(key: Key, note: Bytes, what: str) -> bytes:
    """The text of a note that the key signed; NotSound names `what` otherwise."""
    text, signatures = read_note(note)
    own = [signature for name, known, signature in signatures if (name, known) == (key.name, key.hash)]
    if len(own) != 1 or not signed_by(key, own[0], text):
        raise NotSound(f"{what}: the signature is not that of the key {plain(key.name)} {key.hash.hex()}")
    return text


def is_cosigned(witness: Key, note: Bytes) -> bool:
    """Whether the witness cosigned the note (C2SP cosignature/v1)."""
    text, signatures = read_note(note)
    for name, known, signature in signatures:
        if (name, known) == (witness.name, witness.hash) and len(signature) == 72:
            said = b"cosignature/v1\ntime %d\n" % int.from_bytes(signature[:8], "big")
            return signed_by(witness, signature[8:], said + text)
    return False
