"""A passkey's other half, made of plain cryptography: signs what a page asks, or something that does not hold."""

import json
import secrets
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One device with one passkey, used in one place."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.rp_id = origin.partition("://")[2].partition(":")[0]
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.count = 0

    def create(self, options: dict[str, Any]) -> str:
        """A new passkey, as the browser's script sends it."""
        self.rp_id = options["rp"]["id"]
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        about = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self._data(PRESENT | VERIFIED | ATTESTED, self.rp_id) + about
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], self.origin)
        response = {"clientDataJSON": bytes_to_base64url(client), "attestationObject": bytes_to_base64url(attested)}
        return self._sent(response)

    def get(self, options: dict[str, Any], *, origin: str = "", rp_id: str = "", verified: bool = True,
            spoil: bool = False, kind: str = "webauthn.get") -> str:  # fmt: skip
        """The challenge, signed."""
        self.count += 1
        client = self._client(kind, options["challenge"], origin or self.origin)
        data = self._data(PRESENT | (VERIFIED if verified else 0), rp_id or self.rp_id)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        if spoil:
            signature = self.key.sign(b"something else", ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": bytes_to_base64url(client),
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(signature),
        }
        return self._sent(response)

    def _data(self, flags: int, rp_id: str) -> bytes:
        return sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()

    def _sent(self, response: dict[str, str]) -> str:
        name = bytes_to_base64url(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
