"""The people of the staff: who they are, their invitations and passkeys. Nobody has a password.

An invitation is a link that opens once. Whoever ends is never let in again, under whatever they present, and their
sessions end with them: signing in locks the person's row against that.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import asyncpg
import msgspec

from amends.store import sessions
from amends.store.connect import Connection, Database
from amends.store.statements import load

SQL = load("staff")
Way = Literal["passkey", "organisation", "invitation"]
ROLES = ("adjudicator", "operator", "auditor")
INVITED_FOR = timedelta(hours=24)
TOKEN_BYTES = 32
LONGEST_ID = 40


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the staff. `passkeys` counts theirs, `invited_until` is when an unused invitation ends."""

    staff_id: str
    name: str
    email: str | None
    roles: tuple[str, ...]
    oidc_issuer: str | None
    oidc_subject: str | None
    made_at: datetime
    ended_at: datetime | None
    passkeys: int
    invited_until: datetime | None


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey: the public half, and how often its other half says it was used (0: it does not count)."""

    credential_id: bytes
    staff_id: str
    public_key: bytes
    sign_count: int
    label: str
    made_at: datetime
    used_at: datetime | None = None


class Ended(Exception):
    """The person has ended and is not let in again; a new one needs another id."""


def id_of(name: str) -> str:
    """The id a name suggests: lower-case letters and digits, e.g. `citra-dewi`; empty for names of other scripts."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_ID].rstrip("-")


async def people(db: Database, marketplace: str) -> list[Person]:
    """Everybody, by name, those who have ended last."""
    async with db.reading(marketplace) as connection:
        return [_person(row) for row in await connection.fetch(SQL["people"], marketplace, None)]


async def get(db: Database, marketplace: str, staff_id: str) -> Person | None:
    """One of the staff, ended or not."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["people"], marketplace, staff_id)
    return _person(row) if row else None


async def invite(
    db: Database, marketplace: str, *, staff_id: str, name: str, email: str | None, roles: Sequence[str], now: datetime
) -> str:
    """Make the person, or change them if they are there, and a link's token; earlier links open no more. Raises Ended.

    A change of roles ends the sessions that still have the old ones.
    """
    token = f"{marketplace}.{secrets.token_urlsafe(TOKEN_BYTES)}"
    async with db.writing(marketplace) as connection:
        if not await connection.fetchval(SQL["add"], marketplace, staff_id, name, email, list(roles), now):
            await _change(connection, marketplace, staff_id, name, email, roles, now)
        await connection.execute(SQL["void_invitations"], marketplace, staff_id, now)
        await connection.execute(SQL["add_invitation"], marketplace, _hash(token), staff_id, now, now + INVITED_FOR)
    return token


async def change(
    db: Database, marketplace: str, staff_id: str, *, name: str, email: str | None, roles: Sequence[str], now: datetime
) -> None:
    """Another name, address or other roles. Raises Ended."""
    async with db.writing(marketplace) as connection:
        await _change(connection, marketplace, staff_id, name, email, roles, now)


async def _change(
    connection: Connection,
    marketplace: str,
    staff_id: str,
    name: str,
    email: str | None,
    roles: Sequence[str],
    now: datetime,
) -> None:
    before = await connection.fetchrow(SQL["people"], marketplace, staff_id)
    if not await connection.fetchval(SQL["change"], marketplace, staff_id, name, email, list(roles)):
        raise Ended(staff_id)
    if before is not None and set(before["roles"]) != set(roles):
        await connection.execute(sessions.SQL["end_all"], marketplace, list(ROLES), staff_id, now)


async def end(db: Database, marketplace: str, staff_id: str, now: datetime) -> bool:
    """Let the person in no more, and end every session of theirs; False when there is no such person (any more)."""
    async with db.writing(marketplace) as connection:
        if not await connection.fetchval(SQL["end"], marketplace, staff_id, now):
            return False
        await connection.execute(SQL["void_invitations"], marketplace, staff_id, now)
        await connection.execute(sessions.SQL["end_all"], marketplace, list(ROLES), staff_id, now)
    return True


async def invited(db: Database, marketplace: str, token: str, now: datetime) -> Person | None:
    """Whom an invitation is for; looking uses nothing up."""
    async with db.reading(marketplace) as connection:
        staff_id = await connection.fetchval(SQL["invited"], marketplace, _hash(token), now)
    return await get(db, marketplace, staff_id) if staff_id else None


async def enter_invited(
    db: Database, marketplace: str, token: str, now: datetime, *, agent: str | None, passkey: Passkey | None = None,
    subject: tuple[str, str] | None = None,
) -> str | None:  # fmt: skip
    """Use an invitation: keep the passkey or the organisation's account if one comes along, and open a session.

    The session's token, or None where the invitation is over.
    """
    async with db.writing(marketplace) as connection:
        staff_id = await connection.fetchval(SQL["use_invitation"], marketplace, _hash(token), now)
        if staff_id is None:
            return None
        if passkey is not None:
            await _keep(connection, marketplace, staff_id, passkey)
        if subject is not None:
            await connection.execute(SQL["link"], marketplace, staff_id, *subject)
        way: Way = "passkey" if passkey else "organisation" if subject else "invitation"
        return await _enter(connection, marketplace, staff_id, way, now, agent)


async def enter(
    db: Database, marketplace: str, staff_id: str, way: Way, now: datetime, *, agent: str | None = None
) -> str | None:
    """A session for somebody who has shown who they are; None when they have ended."""
    async with db.writing(marketplace) as connection:
        return await _enter(connection, marketplace, staff_id, way, now, agent)


async def spend_invitation(db: Database, marketplace: str, staff_id: str, token: str, now: datetime) -> bool:
    """Use an invitation of this very person as a proof of who they are; False where it is not one."""
    if await invited(db, marketplace, token, now) is None:
        return False
    async with db.writing(marketplace) as connection:
        used = await connection.fetchval(SQL["use_invitation"], marketplace, _hash(token), now)
    return bool(used == staff_id)


async def by_subject(db: Database, marketplace: str, issuer: str, subject: str) -> Person | None:
    """The person an organisation's account belongs to."""
    async with db.reading(marketplace) as connection:
        staff_id = await connection.fetchval(SQL["by_subject"], marketplace, issuer, subject)
    return await get(db, marketplace, staff_id) if staff_id else None


async def adopt(
    db: Database, marketplace: str, *, issuer: str, subject: str, name: str, email: str | None, roles: Sequence[str],
    now: datetime,
) -> str:  # fmt: skip
    """Somebody the organisation vouches for and nobody invited: made on the spot. Their id."""
    hashed = hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:8]
    staff_id = f"{id_of(name)[: LONGEST_ID - 9] or 'staff'}-{hashed}"
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["add"], marketplace, staff_id, name, email, list(roles), now)
        await connection.execute(SQL["link"], marketplace, staff_id, issuer, subject)
    return staff_id


async def add_passkey(db: Database, marketplace: str, staff_id: str, passkey: Passkey) -> None:
    """One more passkey of a person."""
    async with db.writing(marketplace) as connection:
        await _keep(connection, marketplace, staff_id, passkey)


async def passkeys_of(db: Database, marketplace: str, staff_id: str) -> list[Passkey]:
    """A person's passkeys, oldest first."""
    async with db.reading(marketplace) as connection:
        return [_passkey(row) for row in await connection.fetch(SQL["passkeys_of"], marketplace, staff_id)]


async def passkey(db: Database, marketplace: str, credential_id: bytes) -> Passkey | None:
    """The passkey of an id."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["passkey"], marketplace, credential_id)
    return _passkey(row) if row else None


async def used_passkey(db: Database, marketplace: str, credential_id: bytes, sign_count: int, now: datetime) -> bool:
    """Note that a passkey was used; False when it was used as often before, so that there are two of it."""
    async with db.writing(marketplace) as connection:
        return bool(await connection.fetchval(SQL["used_passkey"], marketplace, credential_id, sign_count, now))


async def remove_passkey(db: Database, marketplace: str, staff_id: str, credential_id: bytes) -> bool:
    """Take a passkey away; False where the person has none of that id."""
    async with db.writing(marketplace) as connection:
        return bool(await connection.fetchval(SQL["remove_passkey"], marketplace, staff_id, credential_id))


async def _enter(
    connection: Connection, marketplace: str, staff_id: str, way: Way, now: datetime, agent: str | None
) -> str | None:
    person = await connection.fetchrow(SQL["lock_working"], marketplace, staff_id)
    if person is None:
        return None
    opening = sessions.Opening(
        roles=tuple(person["roles"]), person_id=staff_id, person_name=person["name"], opened_by=way, agent=agent,
        stepped_up=True,
    )  # fmt: skip
    return await sessions.open_in(connection, marketplace, opening, now)


async def _keep(connection: Connection, marketplace: str, staff_id: str, key: Passkey) -> None:
    await connection.execute(
        SQL["add_passkey"], marketplace, key.credential_id, staff_id, key.public_key, key.sign_count, key.label,
        key.made_at,
    )  # fmt: skip


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _person(row: asyncpg.Record) -> Person:
    fields = {name: row[name] for name in Person.__struct_fields__}
    return Person(**fields | {"roles": tuple(row["roles"])})


def _passkey(row: asyncpg.Record) -> Passkey:
    return Passkey(**{name: row[name] for name in Passkey.__struct_fields__})
