"""Links: an address that shows one thing to one person for a minute, without a header.

What a link says is sealed (AES-256-GCM under a key derived from the marketplace's secret), so that an address in
somebody's log tells nothing and cannot be made up. A link gives no right: whoever follows it is treated as the person
it was made for, and what they may see is asked again at that moment. It dies with the key or token it was made with.
"""

import base64
import binascii
import hashlib
from datetime import timedelta

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amends.access.caller import Caller
from amends.access.credentials import TOKEN_PREFIX, claims_of
from amends.law.actors import Actor
from amends.proof.seal import Unsealable, open_bytes, seal_bytes

LASTS = timedelta(seconds=60)
CONTEXT = b"amends link v1"
LONGEST = 4096


class Link(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a link says: for whom, what, until when (Unix seconds). `key_hash` names the API key it was made with."""

    marketplace: str
    actor: Actor
    credential: str
    key_hash: bytes | None
    upload_id: str
    case_id: str | None
    variant: str
    page: int
    reason: str | None
    expires: int

    @property
    def caller(self) -> Caller:
        """The person the link was made for."""
        return Caller(self.marketplace, self.actor, self.credential)


def link_key(secret: bytes) -> bytes:
    """The key of a marketplace's links, from its secret."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"amends evidence links, first edition").derive(secret)


def write(link: Link, key: bytes) -> str:
    """The text that stands in the address: the marketplace, which names the key, and what is sealed."""
    sealed = seal_bytes(key, msgspec.msgpack.encode(link), CONTEXT)
    return f"{_base64(link.marketplace.encode())}.{_base64(sealed)}"


def marketplace_of(text: str) -> str | None:
    """Whose link this claims to be, before anything is believed of it."""
    if len(text) > LONGEST:
        return None
    try:
        found = _unbase64(text.partition(".")[0]).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return None
    return found if found and found.isprintable() else None


def read(text: str, key: bytes, now: float) -> Link | None:
    """What a link says, or None when it was not made here, or is over at `now` (Unix seconds)."""
    if len(text) > LONGEST:
        return None
    try:
        plain = open_bytes(key, _unbase64(text.partition(".")[2]), CONTEXT)
        link = msgspec.msgpack.decode(plain, type=Link)
    except (Unsealable, binascii.Error, UnicodeError, ValueError, msgspec.MsgspecError):
        return None
    return link if now < link.expires else None


def lasts_until(authorization: str | None, now: float) -> int:
    """When a link made now ends: after a minute, or with the party token it was made with."""
    expires = int(now + LASTS.total_seconds())
    secret = secret_in(authorization)
    claims = claims_of(secret) if secret and secret.startswith(TOKEN_PREFIX) else None
    return min(expires, claims.expires) if claims else expires


def key_hash_in(authorization: str | None) -> bytes | None:
    """The hash of the API key in the header, None when it holds a party token or nothing."""
    secret = secret_in(authorization)
    return hashlib.sha256(secret.encode()).digest() if secret and not secret.startswith(TOKEN_PREFIX) else None


def secret_in(authorization: str | None) -> str | None:
    """The credential in an `Authorization: Bearer …` header."""
    scheme, _, secret = (authorization or "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unbase64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
