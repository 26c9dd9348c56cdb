"""Who did what, over all cases of a marketplace: the events without their contents, and the looks at originals.

For those who oversee. What anybody wrote stays with its case; here are only kind, person, instant and clauses.
"""

from datetime import datetime

from msgspec import Struct

from amends.store import cursors
from amends.store.connect import Database
from amends.store.statements import load

SQL = load("figures")


class Done(Struct, frozen=True):
    """One event: what kind, by whom, when, on which clauses. `cursor` continues after it."""

    case_id: str
    seq: int
    type: str
    at: datetime
    actor_role: str
    actor_id: str
    clauses: tuple[str, ...]
    cursor: str


class Looked(Struct, frozen=True):
    """One look of a member of staff at an original."""

    look_id: str
    upload_id: str
    case_id: str | None
    role: str
    who: str
    what: str
    at: datetime


class Sought(Struct, frozen=True, kw_only=True):
    """Which events: every field given must be equal; `before` is an exclusive bound."""

    type: str | None = None
    role: str | None = None
    who: str | None = None
    case_id: str | None = None
    before: datetime | None = None


async def done(
    db: Database, marketplace: str, sought: Sought, *, limit: int = 100, after: str | None = None
) -> list[Done]:
    """The events that fit, the latest first. Raises `BadCursor`, and `Busy` when the search takes too long."""
    start = _start(after) if after else (None, None, None)
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(
            SQL["events"], marketplace, sought.type, sought.role, sought.who, sought.case_id, sought.before, *start,
            limit,
        )  # fmt: skip
    return [
        Done(
            str(row["case_id"]), row["seq"], row["type"], row["at"], row["actor_role"], row["actor_id"],
            tuple(row["clauses"]), cursors.cursor("trail", row["tx"], str(row["case_id"]), row["seq"]),
        )
        for row in rows
    ]  # fmt: skip


async def looks(
    db: Database, marketplace: str, *, who: str | None = None, case_id: str | None = None, limit: int = 100,
    offset: int = 0,
) -> list[Looked]:  # fmt: skip
    """Looks at originals, the latest first."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["looks"], marketplace, who, case_id, limit, offset)
    ids = ("look_id", "upload_id", "case_id")
    return [Looked(**dict(row) | {name: str(row[name]) if row[name] else None for name in ids}) for row in rows]


def _start(after: str) -> tuple[str, str, int]:
    tx, case_id, seq = cursors.parts_of(after, "trail", 3)
    return str(cursors.number(tx)), cursors.case_of(case_id), cursors.number(seq)
