"""Sessions of the portals: opaque tokens, stored as hashes, ended at once when somebody signs out.

A session fixes marketplace, person and the roles they may take; no cookie says more than the token.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from amends.store.connect import Connection, Database
from amends.store.errors import readable_errors
from amends.store.statements import load

SQL = load("sessions")
TOKEN_BYTES = 32
LASTS = timedelta(hours=12)
IDLE = timedelta(hours=2)
"""A session ends after twelve hours, or two without a visit."""
LINKS_KEPT = timedelta(days=31)
"""No link lives longer than thirty days, so one used before that is over anyway."""
SEEN_EVERY = timedelta(minutes=1)
FRESH = timedelta(minutes=10)
"""How long it counts that somebody has shown again who they are."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One signed-in browser. `roles` may be taken in turn; `role` is the one in use."""

    token_hash: bytes
    marketplace_id: str
    role: str
    person_id: str
    person_name: str | None
    roles: tuple[str, ...]
    opened_by: str
    csrf: str
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime
    stepped_up_at: datetime | None
    agent: str | None = None

    @property
    def name(self) -> str:
        """What the session is called on a page: says nothing of its token."""
        return hashlib.sha256(b"name of " + self.token_hash).hexdigest()[:16]

    def stepped_up(self, now: datetime) -> bool:
        """Whether the person has shown who they are within the last ten minutes."""
        return self.stepped_up_at is not None and now - self.stepped_up_at < FRESH


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A session to be opened: whose, in which roles (the first is taken), by which way in, in what browser."""

    roles: tuple[str, ...]
    person_id: str
    person_name: str | None
    opened_by: str
    agent: str | None = None
    stepped_up: bool = False


async def open_session(db: Database, marketplace: str, opening: Opening, now: datetime) -> str:
    """A new session; its token, which is nowhere else."""
    async with db.writing(marketplace) as connection:
        return await open_in(connection, marketplace, opening, now)


async def open_in(connection: Connection, marketplace: str, opening: Opening, now: datetime) -> str:
    """A new session, in a transaction that is under way."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await connection.execute(
        SQL["open"], marketplace, _hash(token), opening.roles[0], opening.person_id, opening.person_name,
        list(opening.roles), opening.opened_by, secrets.token_urlsafe(TOKEN_BYTES), now, now + LASTS,
        now if opening.stepped_up else None, opening.agent,
    )  # fmt: skip
    return token


async def find(db: Database, token: str, now: datetime, *, visited: bool = True) -> Session | None:
    """The session of a token, of whichever marketplace; None when unknown, ended, expired or long idle.

    `visited` notes that somebody came, as opposed to a page that asks by itself.
    """
    row = await _open(db, _hash(token), now)
    if row is None:
        return None
    found = _session(row)
    if visited and now - found.seen_at >= SEEN_EVERY:
        async with db.writing(found.marketplace_id) as connection:
            await connection.execute(SQL["seen"], found.marketplace_id, found.token_hash, now)
    return found


async def stands(db: Database, session: Session, now: datetime) -> bool:
    """Whether a session that was found is open still, in the same role. To ask is no visit."""
    row = await _open(db, session.token_hash, now)
    return row is not None and row["role"] == session.role


async def step_up(db: Database, session: Session, now: datetime) -> None:
    """Note that the person has just shown again who they are."""
    async with db.writing(session.marketplace_id) as connection:
        await connection.execute(SQL["step_up"], session.marketplace_id, session.token_hash, now)


async def take_role(db: Database, session: Session, role: str) -> bool:
    """Use another of the session's roles; False when it is not one of them."""
    async with db.writing(session.marketplace_id) as connection:
        return bool(await connection.fetchval(SQL["take_role"], session.marketplace_id, session.token_hash, role))


async def end(db: Database, session: Session, now: datetime) -> None:
    """Sign out this browser."""
    async with db.writing(session.marketplace_id) as connection:
        await connection.execute(SQL["end"], session.marketplace_id, session.token_hash, now)


async def end_all(db: Database, marketplace: str, roles: Sequence[str], person_id: str, now: datetime) -> None:
    """Sign the person out everywhere."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["end_all"], marketplace, list(roles), person_id, now)


async def list_own(db: Database, session: Session, now: datetime) -> list[Session]:
    """The person's open sessions, the last seen first."""
    async with db.reading(session.marketplace_id) as connection:
        rows = await connection.fetch(
            SQL["list_own"], session.marketplace_id, list(session.roles), session.person_id, now, now - IDLE
        )
    return [_session(row) for row in rows]


async def end_other(db: Database, session: Session, name: str, now: datetime) -> None:
    """End one of the person's own sessions by its `name`."""
    for each in await list_own(db, session, now):
        if each.name == name:
            await end(db, each, now)


async def link_used(db: Database, marketplace: str, link: str) -> bool:
    """Whether a link that opens once has been used."""
    async with db.reading(marketplace) as connection:
        return bool(await connection.fetchval(SQL["link_used"], marketplace, _hash(link)))


async def use_link(db: Database, marketplace: str, link: str, now: datetime) -> bool:
    """Use a link that opens once; False when it was used before."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["forget_links"], marketplace, now - LINKS_KEPT)
        return bool(await connection.fetchval(SQL["use_link"], marketplace, _hash(link), now))


async def preferences(db: Database, marketplace: str, role: str, person_id: str) -> dict[str, Any]:
    """What the person chose: language, zone, theme, density, shortcuts."""
    async with db.reading(marketplace) as connection:
        chosen = await connection.fetchval(SQL["preferences"], marketplace, role, person_id)
    return dict(msgspec.json.decode(chosen)) if chosen else {}


async def prefer(db: Database, marketplace: str, role: str, person_id: str, chosen: Mapping[str, Any]) -> None:
    """Keep what the person chose."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["prefer"], marketplace, role, person_id, msgspec.json.encode(dict(chosen)))


async def _open(db: Database, token_hash: bytes, now: datetime) -> asyncpg.Record | None:
    with readable_errors():
        row = await db.pool.fetchrow(SQL["find"], token_hash)
    return None if row is None or now >= row["expires_at"] or now - row["seen_at"] >= IDLE else row


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _session(row: asyncpg.Record) -> Session:
    fields = {name: row[name] for name in Session.__struct_fields__}
    return Session(**fields | {"roles": tuple(row["roles"])})
