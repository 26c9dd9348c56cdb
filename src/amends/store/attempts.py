"""What a browser has begun and not finished: a challenge, a way over to the organisation, a form that waits.

Over after ten minutes, and good for one success. What people who are known have begun is kept here, sealed under a
token that only the browser has (`begin`, `take`). What a stranger may begin is given to the browser whole, sealed under
a key of ours (`seal`, `unseal`), so that looking at a sign-in page writes nothing.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from amends.proof.blob import Unsealable
from amends.proof.seal import open_bytes, seal_bytes
from amends.store import marketplaces, sessions
from amends.store.connect import Database
from amends.store.statements import load

SQL = load("staff")
Kept = Literal["enrol", "step_up"]
Sealed = Literal["sign_in", "organisation"]
LASTS = timedelta(minutes=10)
TOKEN_BYTES = 32


async def begin(db: Database, marketplace: str, purpose: Kept, kept: Any, now: datetime) -> str:
    """Keep something until the browser comes back; the token it comes back with."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    sealed = seal_bytes(_key(token), msgspec.json.encode(kept), purpose.encode())
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["forget_attempts"], marketplace, now)
        await connection.execute(SQL["begin"], marketplace, _hash(token), purpose, sealed, now, now + LASTS)
    return token


async def take(db: Database, marketplace: str, purpose: Kept, token: str, now: datetime) -> Any:
    """What was kept, once; None for what is unknown, taken before or over."""
    async with db.writing(marketplace) as connection:
        row = await connection.fetchrow(SQL["take"], marketplace, _hash(token), purpose)
    if row is None or now >= row["expires_at"]:
        return None
    try:
        return msgspec.json.decode(open_bytes(_key(token), row["kept"], purpose.encode()))
    except Unsealable:
        return None


async def seal(db: Database, marketplace: str, purpose: Sealed, told: Any, now: datetime) -> str:
    """Something for the browser to bring back, which it can neither read nor change. Writes nothing."""
    body = msgspec.json.encode([secrets.token_urlsafe(16), (now + LASTS).timestamp(), told])
    return urlsafe_b64encode(seal_bytes(await _own_key(db, marketplace), body, purpose.encode())).decode()


async def unseal(db: Database, marketplace: str, purpose: Sealed, sealed: str, now: datetime) -> Any:
    """What was sealed; None for what is not ours, of another purpose, or over."""
    try:
        body = open_bytes(await _own_key(db, marketplace), urlsafe_b64decode(sealed), purpose.encode())
    except (Unsealable, ValueError, LookupError):
        return None
    _, ends, told = msgspec.json.decode(body)
    return told if now.timestamp() < ends else None


async def spend(db: Database, marketplace: str, sealed: str, now: datetime) -> bool:
    """Note that what was sealed has led to a success; False when it had already."""
    return await sessions.use_link(db, marketplace, sealed, now)


async def _own_key(db: Database, marketplace: str) -> bytes:
    return hmac.digest(await marketplaces.secret(db, marketplace), b"amends sealed attempts, first edition", "sha256")


def _key(token: str) -> bytes:
    return hashlib.sha256(b"amends attempt key, first edition\n" + token.encode()).digest()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
