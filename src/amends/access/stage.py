"""The way onto the stage of a sandbox: a link that opens once and lets its holder step into every role there.

Only for a marketplace that is a sandbox, where nobody's money or name is real. The link is made from the marketplace's
own secret like a party token, stored nowhere, and dead after a day or its first use. Real time counts here.
"""

import base64
import binascii
import hmac
import secrets
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amends.store import marketplaces, sessions
from amends.store.connect import Database

PREFIX = "stage_"
LASTS = timedelta(hours=24)
OPENED_BY = "stage"
"""How a session came about that was opened on the stage; no other way leads onto it."""


class _Claims(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    marketplace: str
    expires: int
    nonce: str


async def link(db: Database, marketplace: str, now: datetime) -> str | None:
    """A token that opens the stage once; None where the marketplace is no sandbox."""
    place = await marketplaces.get(db, marketplace)
    if place is None or not place.sandbox:
        return None
    claims = _Claims(marketplace, int((now + LASTS).timestamp()), secrets.token_urlsafe(12))
    payload = _base64(msgspec.json.encode(claims))
    return f"{PREFIX}{payload}.{_base64(await _signed(db, marketplace, payload))}"


async def read(db: Database, token: str, now: datetime) -> str | None:
    """The sandbox a token opens; None when it is no such token, over, or the marketplace is none."""
    payload, _, signature = token.removeprefix(PREFIX).partition(".")
    try:
        claims = msgspec.json.decode(_unbase64(payload), type=_Claims)
        given = _unbase64(signature)
    except (msgspec.MsgspecError, binascii.Error, UnicodeError, ValueError):
        return None
    if not token.startswith(PREFIX) or claims.expires <= now.timestamp() or not claims.marketplace.isprintable():
        return None
    place = await marketplaces.get(db, claims.marketplace)
    if place is None or not place.sandbox:
        return None
    right = hmac.compare_digest(given, await _signed(db, claims.marketplace, payload))
    return claims.marketplace if right else None


async def use(db: Database, token: str, now: datetime, agent: str | None = None) -> str | None:
    """Use a token: the token of a session on the stage. None when it opens nothing, or did before."""
    marketplace = await read(db, token, now)
    if marketplace is None or not await sessions.use_link(db, marketplace, token, now):
        return None
    opening = sessions.Opening(
        roles=("operator",), person_id="stage", person_name=None, opened_by=OPENED_BY, agent=agent
    )
    return await sessions.open_session(db, marketplace, opening, now)


async def _signed(db: Database, marketplace: str, payload: str) -> bytes:
    secret = await marketplaces.secret(db, marketplace)
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"amends sandbox stage, first edition").derive(secret)
    return hmac.digest(key, payload.encode(), "sha256")


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unbase64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
