"""The operator's figures: exact counts over a period, and for each of them the very cases it counts.

Every figure names a set of cases (`Set`), and the list of cases is asked with the same set: what a number says and
what its link shows are one statement. Nothing is estimated or kept; what takes longer than the database allows is an
error that says so (`Busy`), never a guess.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, get_args

import asyncpg
from msgspec import Struct

from amends.store.cases import case_row
from amends.store.connect import Connection, Database
from amends.store.rows import CaseRow
from amends.store.statements import load

SQL = load("figures")
Set = Literal[
    "open", "late", "opened", "closed", "decided", "automatic", "appealed", "overturned", "due_of", "silent", "borne"
]
SETS: tuple[Set, ...] = get_args(Set)
OF_A_PARTY: frozenset[Set] = frozenset({"due_of", "silent", "borne"})
"""Sets that need to be told whose."""
AT_PRESENT: frozenset[Set] = frozenset({"open", "late"})
"""Sets that know no period."""
SLICED_BY = {"reason": "reason", "pack": "pack", "carrier": "carrier_id"}
FEW = 10_000
"""Waiting events are counted no further than this."""


class Period(Struct, frozen=True):
    """From an instant on, and until before another."""

    since: datetime
    until: datetime


class Headline(Struct, frozen=True, kw_only=True):
    """Cases open and late now; of the period: opened, closed, and what was decided."""

    open: int
    late: int
    opened: int
    closed: int
    median_seconds: float | None
    decisions: int
    automatic: int
    appeals: int
    overturned: int


class Silence(Struct, frozen=True):
    """Of a party's duties that fell due, those it let pass."""

    party: str
    due: int
    silent: int


class Cost(Struct, frozen=True):
    """What one side bears of the money that moved, minor units; negative where it got more back."""

    bearer: str
    currency: str
    amount: int
    cases: int


class Slice(Struct, frozen=True):
    """Cases opened in the period under one label, in one currency."""

    label: str | None
    currency: str
    cases: int
    open: int
    refunded: int


class Step(Struct, frozen=True):
    """Cases opened and closed in the n-th step of the period."""

    n: int
    opened: int
    closed: int


class Figures(Struct, frozen=True):
    """The dashboard's figures, all of one instant; `before` are those of the period before."""

    now: Headline
    before: Headline
    silence: tuple[Silence, ...]
    cost: tuple[Cost, ...]
    flow: tuple[Step, ...]
    slices: Mapping[str, tuple[Slice, ...]]


class Wanted(Struct, frozen=True, kw_only=True):
    """Which cases to list: a set, whose (`party`), and further columns they must have."""

    of: Set
    period: Period
    party: str | None = None
    reason: str | None = None
    pack: str | None = None
    carrier: str | None = None
    stage: str | None = None


class Behind(Struct, frozen=True):
    """Events that have no leaf yet, up to FEW, and since when the first waits."""

    waiting: int
    since: datetime | None


class Edition(Struct, frozen=True):
    """An edition that cases run under, and how many."""

    pack: str
    edition: str
    cases: int
    open: int


class Ahead(Struct, frozen=True):
    """A clock that runs out next."""

    case_id: str
    deadline_id: str
    kind: str
    party: str | None
    due_at: datetime


async def figures(
    db: Database, marketplace: str, period: Period, before: Period, now: datetime, step_seconds: int
) -> Figures:
    """Everything the dashboard shows, read from one snapshot."""
    async with db.snapshot(marketplace) as connection:
        told = marketplace, period.since, period.until
        return Figures(
            await _headline(connection, marketplace, period, now),
            await _headline(connection, marketplace, before, now),
            tuple(Silence(**dict(row)) for row in await connection.fetch(_filled("silence"), *told)),
            tuple(Cost(**dict(row)) for row in await connection.fetch(SQL["cost"], *told)),
            tuple(Step(**dict(row)) for row in await connection.fetch(SQL["flow"], *told, step_seconds)),
            {
                name: tuple(Slice(**dict(row)) for row in await connection.fetch(_sliced(column), *told))
                for name, column in SLICED_BY.items()
            },
        )


async def cases(
    db: Database, marketplace: str, wanted: Wanted, now: datetime, *, limit: int, offset: int = 0
) -> tuple[list[CaseRow], int]:
    """The cases of a figure, newest first, and how many there are in all."""
    columns = {"reason": wanted.reason, "pack": wanted.pack, "carrier_id": wanted.carrier, "stage": wanted.stage}
    asked = {column: value for column, value in columns.items() if value}
    conditions = "".join(f" AND c.{column} = ${n}" for n, column in enumerate(asked, start=8))
    statement = SQL["cases"].replace("{members}", _filled(wanted.of)).replace("{conditions}", conditions)
    values = marketplace, wanted.period.since, wanted.period.until, now, wanted.party, limit, offset, *asked.values()
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(statement, *values)
    found = [case_row(db.vault, row) for row in rows]
    return [one for one in found if one.state], rows[0]["counted"] if rows else 0


async def narrowings(db: Database, marketplace: str) -> dict[str, list[str]]:
    """What the list can be narrowed to: reasons, packs and carriers that cases have."""
    found: dict[str, list[str]] = {"reason": [], "pack": [], "carrier": []}
    async with db.reading(marketplace) as connection:
        for row in await connection.fetch(SQL["filters"], marketplace):
            found[row["kind"]].append(row["value"])
    return found


async def behind(db: Database, marketplace: str) -> Behind:
    """How far the log is behind the events."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["behind"], marketplace, FEW)
    assert row is not None, "a count always answers"
    return Behind(row["waiting"], row["since"])


async def witnesses(db: Database, marketplace: str) -> dict[str, tuple[int, datetime]]:
    """What each witness, by its key, last cosigned and when."""
    async with db.reading(marketplace) as connection:
        return {row["vkey"]: (row["size"], row["seen_at"]) for row in await connection.fetch(SQL["witnesses"])}


async def editions(db: Database, marketplace: str) -> list[Edition]:
    """The editions that cases run under."""
    async with db.reading(marketplace) as connection:
        return [Edition(**dict(row)) for row in await connection.fetch(SQL["editions"], marketplace)]


async def editions_of(db: Database, marketplace: str, role: str, person: str) -> set[str]:
    """The editions a buyer's or seller's own cases run under, as `PACK@EDITION`."""
    whose = (person if role == "buyer" else None, person if role == "seller" else None)
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["own_editions"], marketplace, *whose)
    return {f"{row['pack']}@{row['edition']}" for row in rows}


async def ahead(db: Database, marketplace: str, limit: int) -> list[Ahead]:
    """The clocks that run out next, soonest first."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["ahead"], marketplace, limit)
    return [Ahead(**dict(row) | {"case_id": str(row["case_id"])}) for row in rows]


async def happened(db: Database, marketplace: str, after: datetime, limit: int) -> list[str]:
    """The cases in which something happened after an instant, the latest first."""
    async with db.reading(marketplace) as connection:
        return [str(row["case_id"]) for row in await connection.fetch(SQL["happened"], marketplace, after, limit)]


async def notices(db: Database, marketplace: str) -> dict[str, tuple[int, datetime]]:
    """Notices in the outbox by state: how many, and since when the oldest."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["notices"], marketplace)
    return {row["state"]: (row["n"], row["since"]) for row in rows}


async def _headline(connection: Connection, marketplace: str, period: Period, now: datetime) -> Headline:
    row: asyncpg.Record | None = await connection.fetchrow(
        _filled("headline"), marketplace, period.since, period.until, now
    )
    assert row is not None, "counts always answer"
    return Headline(**{name: row[name] for name in Headline.__struct_fields__})


def _filled(name: str) -> str:
    """A statement with the sets it names put in their places; all of them are our own texts."""
    statement = SQL[name]
    for inner in ("late", "closed", "duties"):
        statement = statement.replace(f"{{{inner}}}", SQL[inner])
    return statement


def _sliced(column: str) -> str:
    return SQL["slices"].replace("{column}", column)
