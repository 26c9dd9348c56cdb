"""Cases and their events: the one read and the one write of the hinge, and the lists people look at.

Nothing here decides. An append says what it found (conflict, stale, duplicate, poisoned) and leaves it to the hinge.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

import asyncpg
from msgspec import Struct, structs

from amends.proof.seal import Unsealable, open_body, openings_of
from amends.store import cursors
from amends.store.append import append_alone, append_within, insist_on_order
from amends.store.connect import Connection, Database
from amends.store.errors import readable_errors
from amends.store.orders import with_persons
from amends.store.rows import (
    Append,
    CaseRead,
    CaseRow,
    EventRow,
    FeedRow,
    History,
    Outcome,
    Projection,
    StoredAnswer,
)
from amends.store.statements import load
from amends.store.vault import CaseKeys, Vault

SQL = load("cases")
PROJECTED = Projection.__struct_fields__
HISTORIES_AT_ONCE = 200

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True):
    """Some rows of a list; `next` is the cursor of the following page, None at the end."""

    rows: list[T]
    next: str | None


class CaseFilter(Struct, frozen=True, kw_only=True):
    """Which cases: every field given must be equal, instants are exclusive bounds."""

    stage: str | None = None
    closed_as: str | None = None
    reason: str | None = None
    scenario: str | None = None
    order_id: str | None = None
    claim_id: str | None = None
    buyer_id: str | None = None
    seller_id: str | None = None
    carrier_id: str | None = None
    assigned_to: str | None = None
    updated_after: datetime | None = None
    due_before: datetime | None = None


async def read_case(
    db: Database,
    marketplace: str,
    case_id: str,
    *,
    order_id: str | None = None,
    principal: str | None = None,
    key: str | None = None,
) -> CaseRead:
    """The case as it stands, or the order it would be opened from, and what `key` was answered before."""
    with readable_errors():
        [row] = await db.pool.fetch(SQL["read"], marketplace, case_id, order_id, principal, key)
    answered = None
    if row["fingerprint"] is not None:
        answered = StoredAnswer(fingerprint=row["fingerprint"], status=row["status"], answer=row["answer"])
    keys = CaseKeys(db.vault, marketplace, case_id, row["keys"], row["key_generation"] or 0)
    order = row["order_facts"]
    if order is not None:
        order = with_persons(db.vault, marketplace, str(order_id), order, row["order_persons"], row["order_keys"])
    return CaseRead(
        revision=row["revision"],
        state=None if row["state"] is None else keys.open_state(row["revision"], row["state"]),
        last_hash=row["last_hash"],
        last_at=row["last_at"],
        clock_at=row["clock_at"],
        now=row["read_at"],
        order=order,
        answered=answered,
        keys=keys,
    )


async def append_events(
    db: Database,
    marketplace: str,
    appends: Sequence[Append],
    *,
    connection: Connection | None = None,
    catching_up: bool = False,
) -> list[Outcome]:
    """Writes each case's batch whole or not at all, in one statement; one outcome per append, in their order.

    A case may appear once. `connection` is that of a claim, whose transaction then carries the writes.
    `catching_up` is for moving a standing sandbox clock: instants are then not compared with that clock.
    Raises `Busy` when the database did not finish in time.
    """
    if not appends:
        return []
    db.insist_on_writing()
    ordered = sorted(appends, key=attrgetter("case_id"))
    insist_on_order(ordered)
    with readable_errors():
        if connection is None:
            outcomes = await append_alone(db.pool, marketplace, ordered, catching_up)
        else:
            outcomes = await append_within(connection, marketplace, ordered, catching_up)
    by_case = {outcome.case_id: outcome for outcome in outcomes}
    return [by_case[append.case_id] for append in appends]


async def get_case(db: Database, marketplace: str, case_id: str) -> CaseRow | None:
    """One case, or None where this marketplace has no such case."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["get"], marketplace, case_id)
    return case_row(db.vault, row) if row else None


async def list_cases(
    db: Database, marketplace: str, filters: CaseFilter, *, limit: int = 50, after: str | None = None
) -> Page[CaseRow]:
    """The cases that fit, newest opened first; with `updated_after`, longest unchanged first.

    Raises `BadCursor` for a cursor of another list.
    """
    changing = filters.updated_after is not None
    column, kind = ("updated_at", "changed") if changing else ("opened_at", "opened")
    conditions, values = _conditions(filters)
    if after is not None:
        at, last = cursors.parts_of(after, kind, 2)
        values += [cursors.instant(at), cursors.case_of(last)]
        sign = ">" if changing else "<"
        conditions.append(f"({column}, case_id) {sign} (${len(values) + 1}, ${len(values) + 2})")
    order = f"{column}, case_id" if changing else f"{column} DESC, case_id DESC"
    statement = SQL["list"].replace("{conditions}", "".join(f" AND {each}" for each in conditions))
    async with db.reading(marketplace) as connection:
        found = await connection.fetch(statement.replace("{order}", order), marketplace, limit + 1, *values)
    rows = [case_row(db.vault, row) for row in found[:limit]]
    more = len(found) > limit
    last_at = cursors.micros(getattr(rows[-1].projection, column)) if more else 0
    return Page(rows=rows, next=cursors.cursor(kind, last_at, rows[-1].case_id) if more else None)


async def events_of(db: Database, marketplace: str, case_id: str) -> list[EventRow]:
    """Every event of the case in the order they happened; empty when there is no such case."""
    async with db.reading(marketplace) as connection:
        return await events_within(db.vault, connection, marketplace, case_id)


async def events_within(vault: Vault, connection: Connection, marketplace: str, case_id: str) -> list[EventRow]:
    """`events_of` inside a transaction already open."""
    rows = await connection.fetch(SQL["events_of"], marketplace, case_id)
    return [_event_row(vault, marketplace, row) for row in rows]


async def feed(db: Database, marketplace: str, *, after: str | None = None, limit: int = 100) -> list[FeedRow]:
    """The marketplace's events after a cursor, none ever skipped: an event appears once nothing can precede it."""
    tx, case_id, seq = cursors.parts_of(after, "feed", 3) if after else ("0", cursors.FIRST_ID, "0")
    start = (str(cursors.number(tx)), cursors.case_of(case_id), cursors.number(seq))
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["feed"], marketplace, *start, limit)
    return [
        FeedRow(
            case_id=str(row["case_id"]),
            event=_event_row(db.vault, marketplace, row),
            cursor=cursors.cursor("feed", row["tx_text"], str(row["case_id"]), row["seq"]),
        )
        for row in rows
    ]


async def histories(db: Database, marketplace: str) -> AsyncIterator[History]:
    """Every case of the marketplace with all its events, by case id; each agrees with itself."""
    last = cursors.FIRST_ID
    while True:
        async with db.snapshot(marketplace) as connection:
            cases = await connection.fetch(SQL["page_by_id"], marketplace, last, HISTORIES_AT_ONCE)
            ids = [case["case_id"] for case in cases]
            events = await connection.fetch(SQL["events_of_many"], marketplace, ids)
        if not cases:
            return
        of_case: defaultdict[Any, list[EventRow]] = defaultdict(list)
        for event in events:
            of_case[event["case_id"]].append(_event_row(db.vault, marketplace, event))
        for case in cases:
            yield History(case=case_row(db.vault, case), events=of_case[case["case_id"]])
        last = str(ids[-1])


def case_row(vault: Vault, row: asyncpg.Record) -> CaseRow:
    """A row of the table `case`, read with its `keys`, as a struct."""
    case_id = str(row["case_id"])
    keys = CaseKeys(vault, row["marketplace_id"], case_id, row["keys"], row["key_generation"])
    return CaseRow(
        case_id=case_id,
        revision=row["revision"],
        state=opened_state(keys, row),
        last_hash=row["last_hash"],
        projection=Projection(**{name: row[name] for name in PROJECTED}),
    )


def opened_state(keys: CaseKeys, row: asyncpg.Record) -> bytes:
    """The state of a row. Empty, which no state is, where it does not open: one damaged case must not hide others."""
    try:
        return keys.open_state(row["revision"], row["state"])
    except Unsealable:
        return b""


def _event_row(vault: Vault, marketplace: str, row: asyncpg.Record) -> EventRow:
    case_id = str(row["case_id"])
    keys = CaseKeys(vault, marketplace, case_id, row["keys"])
    openings = openings_of(row["openings"], case_id, row["seq"], keys)
    return EventRow(
        seq=row["seq"],
        type=row["type"],
        at=row["at"],
        actor_role=row["actor_role"],
        actor_id=row["actor_id"],
        clauses=tuple(row["clauses"]),
        body=open_body(row["body"], openings),
        hash=row["hash"],
        prev_hash=row["prev_hash"],
        sealed=row["body"],
        stored_openings=row["openings"],
        openings=openings,
    )


def _conditions(filters: CaseFilter) -> tuple[list[str], list[Any]]:
    """SQL conditions and their values; $1 and $2 are the marketplace and the limit."""
    conditions: list[str] = []
    values: list[Any] = []
    for name, value in structs.asdict(filters).items():
        if value is None:
            continue
        values.append(value)
        column, sign = {"updated_after": ("updated_at", ">"), "due_before": ("next_due_at", "<")}.get(name, (name, "="))
        conditions.append(f"{column} {sign} ${len(values) + 2}")
    return conditions, values
