"""Receipts: what they bind, and that nothing else passes for one."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amends.proof import receipt

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes_raw()
AT = datetime(2026, 3, 2, 3, 0, 0, 123456, tzinfo=UTC)
CASE = "0192f1c5-0000-8000-8000-000000000001"
EVENT, SECRET = hashlib.sha256(b"event").digest(), b"s" * 32


def made(**changes: Any) -> receipt.Receipt:
    facts = {"case": CASE, "seq": 7, "event": EVENT, "at": AT, "salt": receipt.leaf_salt(SECRET, CASE, 7)} | changes
    return receipt.sign(KEY, "shop.example/log", **facts)


def test_a_receipt_is_what_it_says_and_the_same_every_time():
    assert receipt.verify(made(), PUBLIC)
    assert made() == made()
    assert made().at == AT


def test_anybody_can_check_one_with_sha256_canonical_json_and_ed25519_alone():
    said = msgspec.json.decode(msgspec.json.encode(made()))
    signature = receipt.decoded(said.pop("signature"))
    KEY.public_key().verify(signature, b"amends receipt v1\n" + rfc8785.dumps(said))
    entry = hashlib.sha256(b"amends leaf v1\n" + bytes.fromhex(said["salt"]) + bytes.fromhex(said["event"]))
    assert entry.hexdigest() == said["leaf"]
    assert said["at"] == "2026-03-02T03:00:00.123456Z"


@pytest.mark.parametrize("field", ["v", "case", "seq", "event", "at", "leaf", "salt", "origin", "key", "signature"])
def test_no_field_can_be_changed(field: str):
    said = msgspec.json.decode(msgspec.json.encode(made()))
    assert receipt.verify(said, PUBLIC)
    value = said[field]
    said[field] = value + 1 if isinstance(value, int) else ("0" if value[0] != "0" else "1") + value[1:]
    assert not receipt.verify(said, PUBLIC)


def test_a_field_more_or_less_is_no_receipt():
    said = msgspec.json.decode(msgspec.json.encode(made()))
    assert not receipt.verify(said | {"more": 1}, PUBLIC)
    for field in said:
        assert not receipt.verify({name: value for name, value in said.items() if name != field}, PUBLIC)


def test_another_key_did_not_sign_it():
    other = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32).public_key().public_bytes_raw()
    assert not receipt.verify(made(), other)


def test_a_receipt_of_an_upload_never_passes_for_one_of_an_event():
    upload = receipt.sign_upload(KEY, "shop.example/log", upload="u1", sha256="ab" * 32, at=AT)
    assert receipt.verify(upload, PUBLIC)
    said = msgspec.json.decode(msgspec.json.encode(upload))
    assert not receipt.verify({name: value for name, value in said.items() if name != "kind"}, PUBLIC)
    assert not receipt.verify(said | {"sha256": "cd" * 32}, PUBLIC)


def test_salts_differ_by_event_case_and_marketplace_and_are_hkdf_then_hmac():
    salts = {receipt.leaf_salt(secret, case, seq) for secret in (b"a" * 32, b"b" * 32) for case in (CASE, CASE[::-1])
             for seq in (1, 2, 256)}  # fmt: skip
    assert len(salts) == 12
    extracted = hmac.digest(bytes(32), SECRET, "sha256")
    salting = hmac.digest(extracted, b"amends leaf salts\x01", "sha256")
    wanted = hmac.digest(salting, CASE.encode() + (7).to_bytes(8, "big"), "sha256")[:16]
    assert receipt.leaf_salt(SECRET, CASE, 7) == wanted


def test_the_entry_tells_nothing_without_the_salt():
    assert receipt.leaf_entry(b"\x00" * 16, EVENT) != receipt.leaf_entry(b"\x01" * 16, EVENT)
