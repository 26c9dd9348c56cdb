"""Credentials: API keys, party tokens, and who is behind the `Authorization` header.

An API key is a random string the store keeps hashed; it speaks for a role and a name. A party token is made here and
stored nowhere: `party_<claims>.<signature>`, both base64url, signed with HMAC-SHA-256 under a key derived (HKDF) from
the marketplace's own secret, so a token of one marketplace is noise to another. What a token says is fixed until it
expires; shorten its life rather than hoping to revoke it. Real time counts here, also in a sandbox.

A link token (`link_…`) is made in the same way under a key of its own: it opens the portals once and is nothing to the
API, so that an address left in a browser's history lets nobody in.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
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
LINK_PREFIX = "link_"
TOKEN_ROLES = ("buyer", "seller", "carrier", "adjudicator")
KEY_TRUST_SECONDS = 1.0
"""How long a key just looked up is believed without asking again: a revoked key dies within it."""
MAX_REMEMBERED = 4096
OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1023}")
"""A path of this server and nothing else: printable ASCII, no backslash, never `//host`."""


class Claims(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a party token says: marketplace, role, id, name and expiry (Unix seconds)."""

    marketplace: str
    role: Literal["buyer", "seller", "carrier", "adjudicator"]
    id: str
    name: str | None
    expires: int


class LinkClaims(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a link token says: as a party token, and what makes it one of its kind."""

    marketplace: str
    role: Literal["buyer", "seller", "carrier", "adjudicator"]
    id: str
    name: str | None
    expires: int
    once: str


def link_claims(claims: Claims, expires: int) -> LinkClaims:
    """A link for the holder of a party token, which opens until `expires` (Unix seconds)."""
    return LinkClaims(claims.marketplace, claims.role, claims.id, claims.name, expires, secrets.token_urlsafe(16))


def is_own_path(path: str) -> bool:
    """Whether a path leads to this server and nowhere else."""
    return OWN_PATH.fullmatch(path) is not None


def link_key(secret: bytes) -> bytes:
    """The link-token key of a marketplace, from its secret."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"amends portal links, first edition").derive(secret)


def signing_key(secret: bytes) -> bytes:
    """The party-token key of a marketplace, from its secret."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"amends party tokens, first edition").derive(secret)


def mint(claims: Claims | LinkClaims, key: bytes) -> str:
    """A party token or a link token for the claims under the marketplace's key of that kind."""
    payload = _base64(msgspec.json.encode(claims))
    prefix = LINK_PREFIX if isinstance(claims, LinkClaims) else TOKEN_PREFIX
    return f"{prefix}{payload}.{_base64(_mac(payload, key))}"


def claims_of(token: str) -> Claims | None:
    """What a token claims, before anything is believed of it; None when it is not a token."""
    payload, _, _ = token.removeprefix(TOKEN_PREFIX).partition(".")
    try:
        return msgspec.json.decode(_unbase64(payload), type=Claims)
    except (msgspec.MsgspecError, binascii.Error, UnicodeError, ValueError):
        return None


def _claims_of_link(token: str) -> LinkClaims | None:
    payload, _, _ = token.removeprefix(LINK_PREFIX).partition(".")
    try:
        return msgspec.json.decode(_unbase64(payload), type=LinkClaims)
    except (msgspec.MsgspecError, binascii.Error, UnicodeError, ValueError):
        return None


def is_signed(token: str, key: bytes) -> bool:
    """Whether the token's signature is right under the key, compared in constant time."""
    payload, _, signature = token.removeprefix(TOKEN_PREFIX).removeprefix(LINK_PREFIX).partition(".")
    return hmac.compare_digest(_base64(_mac(payload, key)).encode(), signature.encode())


class Doorkeeper:
    """Tells who is behind an `Authorization` header. Keeps signing keys for good, API keys for a second."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._signing_keys: dict[str, tuple[bytes, bytes]] = {}
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

    async def mint(self, claims: Claims | LinkClaims) -> str:
        """A party token or a link token of the claims' marketplace, which must exist."""
        found = await self._keys_of(claims.marketplace)
        assert found is not None, "whoever asks for a token is of a marketplace that exists"
        return mint(claims, found[isinstance(claims, LinkClaims)])

    async def by_link(self, token: str, now: datetime | None = None) -> Caller | None:
        """Whom a link lets in, or None when it is not one or is over. That it opens once is kept by the store."""
        if token.startswith(TOKEN_PREFIX):
            return await self._by_token(token, now or datetime.now(UTC))
        claims = _claims_of_link(token) if token.startswith(LINK_PREFIX) else None
        if claims is None or claims.expires <= (now or datetime.now(UTC)).timestamp():
            return None
        found = await self._keys_of(claims.marketplace)
        if found is None or not is_signed(token, found[True]):
            return None
        return Caller(claims.marketplace, Actor(claims.role, claims.id, claims.name), "party_token")

    async def _by_token(self, token: str, now: datetime) -> Caller | None:
        claims = claims_of(token)
        if claims is None or claims.expires <= now.timestamp() or not claims.marketplace.isprintable():
            return None
        found = await self._keys_of(claims.marketplace)
        if found is None or not is_signed(token, found[False]):
            return None
        return Caller(claims.marketplace, Actor(claims.role, claims.id, claims.name), "party_token")

    async def _keys_of(self, marketplace: str) -> tuple[bytes, bytes] | None:
        """The keys of a marketplace's party tokens and of its links, None when there is no such marketplace."""
        if (found := self._signing_keys.get(marketplace)) is None:
            if await marketplaces.get(self._db, marketplace) is None:
                return None
            secret = await marketplaces.secret(self._db, marketplace)
            found = signing_key(secret), link_key(secret)
            self._signing_keys[marketplace] = found
        return found

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
