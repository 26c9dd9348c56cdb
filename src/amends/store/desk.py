"""The adjudicators' desk as rows: what waits and for whom, who looks at a case, and how the queues are set.

Reading only: nothing here claims or decides, which are commands of the law. Work in hand is in desk_work.py.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct

from amends.store.cases import case_row
from amends.store.connect import Database
from amends.store.rows import CaseRow
from amends.store.statements import load

SQL = load("desk")
View = Literal["due", "unassigned", "mine", "appeals", "late", "open"]
Sort = Literal["due", "-due", "amount", "-amount", "opened", "-opened"]
PRESENT_FOR = timedelta(seconds=45)
"""Somebody looks at a case as long as their page said so this recently."""
ON_THE_DESK = (
    "(stage IN ('under_review', 'under_appeal') OR case_id IN (SELECT case_id FROM deadline "
    "WHERE marketplace_id = $1 AND state = 'open' AND party = 'adjudicator'))"
)
ORDERS: dict[Sort, str] = {
    "due": "desk_due_at NULLS LAST, case_id",
    "-due": "desk_due_at DESC NULLS LAST, case_id",
    "amount": "currency, paid - refunded, case_id",
    "-amount": "currency, paid - refunded DESC, case_id",
    "opened": "opened_at, case_id",
    "-opened": "opened_at DESC, case_id",
}


class Counts(Struct, frozen=True):
    """How much waits: on the desk, of that unassigned, one's own, appeals and late; and open cases in all."""

    due: int = 0
    unassigned: int = 0
    mine: int = 0
    appeals: int = 0
    late: int = 0
    all_open: int = 0


class Wanted(Struct, frozen=True, kw_only=True):
    """Which cases of the desk. `person` is who asks; `text` begins a case, order, line, buyer or seller id."""

    view: View = "due"
    person: str
    at: datetime
    reasons: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    within: timedelta | None = None
    least: int | None = None
    text: str = ""
    sort: Sort = "due"


class WorkRow(Struct, frozen=True):
    """One case with the clock that counts on the desk: the adjudicator's, or else whatever is next in the case."""

    row: CaseRow
    due_at: datetime | None
    kind: str | None


class Mark(Struct, frozen=True):
    """One case's clock on the strip of the next hours."""

    case_id: str
    due_at: datetime
    own: bool


class Present(Struct, frozen=True):
    """A member of staff who looks at a case."""

    staff_id: str
    name: str | None
    seen_at: datetime


async def counts(db: Database, marketplace: str, person: str, at: datetime) -> Counts:
    """How much waits, for this person at this instant."""
    async with db.reading(marketplace) as connection:
        [row] = await connection.fetch(SQL["counts"], marketplace, person, at)
    return Counts(**{name: row[name] for name in Counts.__struct_fields__})


async def work(
    db: Database, marketplace: str, wanted: Wanted, *, limit: int, offset: int = 0
) -> tuple[list[WorkRow], bool]:
    """Cases that fit, in the order asked for, and whether there are more after them."""
    conditions, values = _conditions(wanted)
    statement = SQL["work"].replace("{conditions}", "".join(f" AND {one}" for one in conditions))
    statement = statement.replace("{order}", ORDERS[wanted.sort])
    async with db.reading(marketplace) as connection:
        found = await connection.fetch(statement, marketplace, limit + 1, offset, *values)
    rows = [WorkRow(case_row(db.vault, row), row["desk_due_at"], row["desk_kind"]) for row in found[:limit]]
    return [one for one in rows if one.row.state], len(found) > limit


async def clocks(db: Database, marketplace: str, person: str, at: datetime, until: datetime) -> list[Mark]:
    """The desk's clocks that ran out or run out before `until`, soonest first; at most 500."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["clocks"], marketplace, person, at, until)
    return [Mark(str(row["case_id"]), row["due_at"], bool(row["own"])) for row in rows]


async def version(db: Database, marketplace: str) -> str:
    """A text that is another one once anything on the desk has changed."""
    async with db.reading(marketplace) as connection:
        return str(await connection.fetchval(SQL["version"], marketplace))


async def look_in(
    db: Database, marketplace: str, case_id: str, person: str, name: str | None, now: datetime
) -> list[Present]:
    """Note that somebody looks at a case (and at no other any more); everyone who does, oneself included."""
    since = now - PRESENT_FOR
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["look_away"], marketplace, since, person, case_id)
        await connection.execute(SQL["look_in"], marketplace, case_id, person, name, now)
        rows = await connection.fetch(SQL["present"], marketplace, case_id, since)
    return [Present(row["staff_id"], row["staff_name"], row["seen_at"]) for row in rows]


async def settings(db: Database, marketplace: str) -> dict[str, bool]:
    """By queue, whether the recommendation is shown only after one's own findings; a queue not set is not in it."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["settings"], marketplace)
    return {row["queue"]: row["findings_first"] for row in rows}


async def set_queue(db: Database, marketplace: str, queue: str, first: bool, by: str, at: datetime) -> None:
    """Set a queue: findings before the recommendation, or not."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["set"], marketplace, queue, first, by, at)


async def similar(
    db: Database, marketplace: str, row: CaseRow, least: int, most: int, *, limit: int = 20
) -> list[CaseRow]:
    """Decided cases of the same reason, pack and currency whose line cost between `least` and `most` minor units."""
    one = row.projection
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(
            SQL["similar"], marketplace, one.reason, one.pack, one.currency, row.case_id, least, most, limit
        )
    return [found for found in (case_row(db.vault, each) for each in rows) if found.state]


def _conditions(wanted: Wanted) -> tuple[list[str], list[Any]]:
    """SQL conditions and their values; $1, $2 and $3 are the marketplace, the limit and the offset."""
    values: list[Any] = []

    def value(given: object) -> str:
        values.append(given)
        return f"${len(values) + 3}"

    found = ["stage <> 'closed'" if wanted.view == "open" else ON_THE_DESK]
    match wanted.view:
        case "unassigned":
            found.append(f"(assigned_to IS NULL OR assigned_until <= {value(wanted.at)})")
        case "mine":
            found.append(f"assigned_to = {value(wanted.person)} AND assigned_until > {value(wanted.at)}")
        case "appeals":
            found.append("stage = 'under_appeal'")
        case "late":
            found.append(f"(desk_due_at IS NULL OR desk_due_at <= {value(wanted.at)})")
    lists: Sequence[tuple[str, tuple[str, ...]]] = (
        ("reason", wanted.reasons), ("stage", wanted.stages), ("pack", wanted.packs),
    )  # fmt: skip
    found += [f"{column}::text = ANY ({value(list(given))}::text[])" for column, given in lists if given]
    if wanted.within is not None:
        found.append(f"desk_due_at <= {value(wanted.at + wanted.within)}")
    if wanted.least is not None:
        found.append(f"paid - refunded >= {value(wanted.least)}")
    if wanted.text:
        begins = value(wanted.text.lower().replace("\\", "").replace("%", "").replace("_", "\\_") + "%")
        columns = ("case_id::text", "order_id", "line_id", "buyer_id", "seller_id", "coalesce(claim_id, '')")
        found.append("(" + " OR ".join(f"lower({column}) LIKE {begins}" for column in columns) + ")")
    return found, values
