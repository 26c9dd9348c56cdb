"""Receipts: what a party is handed for each accepted command and each upload, to hold against the house later.

A receipt names the event's hash, when, and the entry the log will hold for it, signed with Ed25519. The entry is a
salted commitment: whoever has only the log learns nothing, whoever has the receipt finds its leaf. Pure; the key and
the marketplace's secret are handed in.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

from amends.proof.hashes import canonical
from amends.proof.tlog import Malformed, Verifier, decoded, encoded, verifier_of

SAID = b"amends receipt v1\n"
LEAF = b"amends leaf v1\n"
SALTS = b"amends leaf salts"


class Receipt(Struct, frozen=True):
    """The house says: event `seq` of the case has this hash, was accepted `at`, and its log entry is `leaf`."""

    v: Literal[1]
    case: str
    seq: int
    event: str
    at: datetime
    leaf: str
    salt: str
    origin: str
    key: str
    signature: str


class UploadReceipt(Struct, frozen=True):
    """The house says: a file of this SHA-256 was announced or received `at`, the instant that counts."""

    v: Literal[1]
    kind: Literal["upload"]
    upload: str
    sha256: str
    at: datetime
    origin: str
    key: str
    signature: str


AnyReceipt = Receipt | UploadReceipt


def leaf_salt(secret: bytes, case_id: str, seq: int) -> bytes:
    """The 16 bytes that keep an event's leaf from being guessed, from the marketplace's secret."""
    return hmac.digest(_salting_key(secret), case_id.encode() + seq.to_bytes(8, "big"), "sha256")[:16]


def leaf_entry(salt: bytes, event_hash: bytes) -> bytes:
    """The 32 bytes the log holds for an event."""
    return sha256(LEAF + salt + event_hash).digest()


def sign(
    key: Ed25519PrivateKey, origin: str, *, case: str, seq: int, event: bytes, at: datetime, salt: bytes
) -> Receipt:
    """The receipt of an event. The same event always gets the same receipt."""
    facts: dict[str, Any] = {
        "v": 1,
        "case": case,
        "seq": seq,
        "event": event.hex(),
        "at": at,
        "leaf": leaf_entry(salt, event).hex(),
        "salt": salt.hex(),
        "origin": origin,
        "key": key_hash(key, origin),
    }
    return Receipt(**facts, signature=_signature(key, facts))


def sign_upload(key: Ed25519PrivateKey, origin: str, *, upload: str, sha256: str, at: datetime) -> UploadReceipt:
    """The receipt of an upload: its id, the SHA-256 of its bytes in hexadecimal, and the instant that counts."""
    facts: dict[str, Any] = {
        "v": 1,
        "kind": "upload",
        "upload": upload,
        "sha256": sha256,
        "at": at,
        "origin": origin,
        "key": key_hash(key, origin),
    }
    return UploadReceipt(**facts, signature=_signature(key, facts))


def verify(receipt: AnyReceipt | Mapping[str, Any], public_key: bytes) -> bool:
    """Whether the key (32 bytes) signed the receipt, and its leaf is that of its event."""
    said = dict(receipt) if isinstance(receipt, Mapping) else msgspec.to_builtins(receipt)
    try:
        signature = decoded(said.pop("signature"), 64)
        if said["key"] != Verifier(said["origin"], 1, public_key).key_id.hex():
            return False
        if "kind" not in said:
            entry = leaf_entry(bytes.fromhex(said["salt"]), bytes.fromhex(said["event"]))
            if entry.hex() != said["leaf"]:
                return False
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, SAID + canonical(said))
    except (InvalidSignature, Malformed, KeyError, TypeError, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def key_hash(key: Ed25519PrivateKey, origin: str) -> str:
    """The eight characters that tell which key of which log signed."""
    return verifier_of(origin, key).key_id.hex()


@lru_cache(maxsize=1024)
def _salting_key(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=SALTS).derive(secret)


def _signature(key: Ed25519PrivateKey, facts: dict[str, Any]) -> str:
    return encoded(key.sign(SAID + canonical(facts)))
