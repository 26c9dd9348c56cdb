"""Credentials: API keys, party tokens, and who is behind the `Authorization` header.

An API key is a random string the store keeps hashed; it speaks for a role and a name. A party token is made here and
stored nowhere: `party_<claims>.<signature>`, both base64url, signed with HMAC-SHA-256 under a key derived (HKDF) from
the marketplace's own secret, so a token of one marketplace is noise to another. What a token says is fixed until it
expires; shorten its life rather than hoping to revoke it. Real time counts here, also in a sandbox.
"""

import base64
import binascii
import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import Literal, cast

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amends.access.caller import Caller
from amends.law.actors import Actor, Role
from amends.store import keys, marketplaces
from amends.store.connect import Database
from amends.store.rows import KeyRow

TOKEN_PREFIX = "party_"
TOKEN_ROLES = ("buyer", "seller", "carrier", "adjudicator")
KEY_TRUST_SECONDS = 1.0
"""How long a key just looked up is believed without asking again: a revoked key dies within it."""
MAX_REMEMBERED = 4096


class Claims(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a party token says: marketplace, role, id, name and expiry (Unix seconds)."""

    marketplace: str
    role: Literal["buyer", "seller", "carrier", "adjudicator"]
    id: str
    name: str | None
    expires: int


def signing_key(secret: bytes) -> bytes:
    """The party-token key of a marketplace, from its secret."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"amends party tokens, first edition").derive(secret)


def mint(claims: Claims, key: bytes) -> str:
    """A party token for the claims under the marketplace's signing key."""
    payload = _base64(msgspec.json.encode(claims))
    return f"{TOKEN_PREFIX}{payload}.{_base64(_mac(payload, key))}"


def claims_of(token: str) -> Claims | None:
    """What a token claims, before anything is believed of it; None when it is not a token."""
    payload, _, _ = token.removeprefix(TOKEN_PREFIX).partition(".")
    try:
        return msgspec.json.decode(_unbase64(payload), type=Claims)
    except (msgspec.MsgspecError, binascii.Error, UnicodeError, ValueError):
        return None


def is_signed(token: str, key: bytes) -> bool:
    """Whether the token's signature is right under the key, compared in constant time."""
    payload, _, signature = token.removeprefix(TOKEN_PREFIX).partition(".")
    return hmac.compare_digest(_base64(_mac(payload, key)).encode(), signature.encode())


class Doorkeeper:
    """Tells who is behind an `Authorization` header. Keeps signing keys for good, API keys for a second."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._signing_keys: dict[str, bytes] = {}
        self._remembered: dict[bytes, tuple[float, Caller]] = {}

    async def who(self, authorization: str | None, now: datetime | None = None) -> Caller | None:
        """The caller behind `Bearer …`, or None when there is no good credential. `now` is real time."""
        scheme, _, secret = (authorization or "").partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret or not secret.isascii():
            return None
        if secret.startswith(TOKEN_PREFIX):
            return await self._by_token(secret, now or datetime.now(UTC))
        return await self._by_key(secret)

    async def mint(self, claims: Claims) -> str:
        """A party token of the claims' marketplace, which must exist."""
        key = await self._signing_key(claims.marketplace)
        assert key is not None, "whoever asks for a token is of a marketplace that exists"
        return mint(claims, key)

    async def _by_token(self, token: str, now: datetime) -> Caller | None:
        claims = claims_of(token)
        if claims is None or claims.expires <= now.timestamp():
            return None
        key = await self._signing_key(claims.marketplace)
        if key is None or not is_signed(token, key):
            return None
        return Caller(claims.marketplace, Actor(claims.role, claims.id, claims.name), "party_token")

    async def _signing_key(self, marketplace: str) -> bytes | None:
        """The signing key of a marketplace, None when there is no such marketplace."""
        if (key := self._signing_keys.get(marketplace)) is None:
            if await marketplaces.get(self._db, marketplace) is None:
                return None
            key = signing_key(await marketplaces.secret(self._db, marketplace))
            self._signing_keys[marketplace] = key
        return key

    async def _by_key(self, secret: str) -> Caller | None:
        digest = hashlib.sha256(secret.encode()).digest()
        now = time.monotonic()
        if (known := self._remembered.get(digest)) is not None and now < known[0]:
            return known[1]
        row = await keys.find(self._db, secret)
        if row is None:
            self._remembered.pop(digest, None)
            return None
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        caller = caller_of(row)
        self._remembered[digest] = (now + KEY_TRUST_SECONDS, caller)
        return caller


def caller_of(row: KeyRow) -> Caller:
    """The caller an API key stands for; its name is its identity."""
    return Caller(row.marketplace_id, Actor(cast(Role, row.role), row.name, row.name), "api_key")


def _mac(payload: str, key: bytes) -> bytes:
    return hmac.digest(key, payload.encode(), "sha256")


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unbase64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
