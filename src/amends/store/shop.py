"""A shop's cases as rows: what waits for the seller, by its clock, and how the shop has done. Reading only.

What counts as the seller's own clock is said by the caller (kinds of deadlines); this room knows no law.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from amends.store.cases import case_row
from amends.store.connect import Database
from amends.store.desk import Mark
from amends.store.rows import CaseRow
from amends.store.statements import load

SQL = load("shop")
Tab = Literal["answer", "waiting", "decided", "appeal", "all"]
Of = Literal["missed", "decided", "lost", "appealed", "overturned", "refunded", "late", "in_time", "answered"]
SEARCHED = 500
"""Of so many of the newest cases the caller may read what is not in a column, such as a tracking number."""

HAS_DECISION = "EXISTS (SELECT FROM event e WHERE e.case_id = {0}.case_id AND e.type = 'decided')"
FRAGMENTS: dict[Of, str] = {
    "missed": (
        "EXISTS (SELECT FROM deadline d WHERE d.case_id = {0}.case_id AND d.party = 'seller' AND d.state = 'fired' "
        "AND (d.kind IN ('seller_answer', 'requested_evidence', 'remedy', 'return_inspection') "
        "OR (d.kind = 'seller_evidence' AND NOT EXISTS (SELECT FROM event e WHERE e.case_id = {0}.case_id "
        "AND e.actor_role = 'seller' AND (e.type IN ('evidence_submitted', 'evidence_declined') "
        "OR (e.type = 'request_rejected' AND json_array_length(e.body -> 'evidence') > 0))))))"
    ),
    "decided": HAS_DECISION,
    "lost": (
        "EXISTS (SELECT FROM event e WHERE e.case_id = {0}.case_id AND e.type = 'decided' "
        "AND e.body #>> '{{decision,outcome}}' IN ('buyer_favour', 'split'))"
    ),
    "appealed": "EXISTS (SELECT FROM event e WHERE e.case_id = {0}.case_id AND e.type = 'appeal_lodged')",
    "overturned": (
        "EXISTS (SELECT FROM event e WHERE e.case_id = {0}.case_id AND e.type = 'appeal_decided' "
        "AND e.body #>> '{{appeal,result}}' = 'changed')"
    ),
    "refunded": "refunded > 0",
    "late": (
        "EXISTS (SELECT FROM deadline d WHERE d.case_id = {0}.case_id AND d.party = 'seller' "
        "AND d.kind = 'seller_answer' AND d.state = 'fired')"
    ),
    "in_time": (
        "EXISTS (SELECT FROM deadline d WHERE d.case_id = {0}.case_id AND d.party = 'seller' "
        "AND d.kind = 'seller_answer' AND d.state = 'ended')"
    ),
    "answered": (
        "EXISTS (SELECT FROM deadline d WHERE d.case_id = {0}.case_id AND d.party = 'seller' "
        "AND d.kind = 'seller_answer' AND d.state IN ('fired', 'ended'))"
    ),
}
"""What a number of the shop's performance counts; `{0}` is the table the case is a row of."""
TABS: dict[Tab, str] = {
    "answer": "own_due_at IS NOT NULL",
    "waiting": "own_due_at IS NULL AND NOT decided AND stage NOT IN ('closed', 'withdrawn')",
    "decided": "decided",
    "appeal": (
        "EXISTS (SELECT FROM deadline d WHERE d.case_id = c.case_id AND d.state = 'open' AND d.party = 'seller' "
        "AND d.kind = ANY ({appeals}::text[]) AND d.due_at > {at})"
    ),
    "all": "true",
}


class Clocks(Struct, frozen=True):
    """Which kinds of deadlines the seller answers, and which are its time to appeal."""

    own: tuple[str, ...]
    appeals: tuple[str, ...]


class Counts(Struct, frozen=True):
    """How many cases stand under each tab."""

    every: int = 0
    answer: int = 0
    waiting: int = 0
    decided: int = 0
    appeal: int = 0


class Wanted(Struct, frozen=True, kw_only=True):
    """Which cases of a shop. `text` begins a case, order, line or claim id; `ids` are cases found by other means."""

    seller: str
    at: datetime
    tab: Tab = "answer"
    text: str = ""
    ids: tuple[str, ...] = ()
    reason: str = ""
    of: Of | None = None
    since: datetime | None = None


class ShopRow(Struct, frozen=True):
    """One case with the seller's own clock, if one runs, and the next clock of all."""

    row: CaseRow
    own_due_at: datetime | None
    own_kind: str | None
    any_due_at: datetime | None


class Performance(Struct, frozen=True):
    """How a shop has done in the cases opened since an instant; each number counts cases, but for the answers."""

    cases: int
    answers: int
    in_time: int
    missed: int
    decided: int
    lost: int
    appealed: int
    overturned: int
    refunded: int


class ReasonRow(Struct, frozen=True):
    """A reason of buyers: its cases, those with money back, those lost in whole or in part."""

    reason: str
    cases: int
    refunded: int
    lost: int


class CostRow(Struct, frozen=True):
    """Money of one currency in minor units: what buyers got back, and what of it the shop carried."""

    currency: str
    refunded: int
    carried: int


async def counts(db: Database, marketplace: str, seller: str, clocks: Clocks, at: datetime) -> Counts:
    """How many of the seller's cases stand under each tab."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["counts"], marketplace, seller, clocks.own, clocks.appeals, at)
    assert row is not None, "an aggregate always has its row"
    return Counts(**{name: row[name] for name in Counts.__struct_fields__})


async def listed(
    db: Database, marketplace: str, clocks: Clocks, wanted: Wanted, *, limit: int, offset: int = 0
) -> tuple[list[ShopRow], bool]:
    """Cases that fit, the soonest clock first, and whether there are more after them."""
    conditions, values = _conditions(clocks, wanted)
    statement = SQL["list"].replace("{conditions}", "".join(f" AND {one}" for one in conditions))
    async with db.reading(marketplace) as connection:
        found = await connection.fetch(
            statement, marketplace, wanted.seller, clocks.own, limit + 1, offset, *values
        )  # fmt: skip
    rows = [
        ShopRow(case_row(db.vault, row), row["own_due_at"], row["own_kind"], row["any_due_at"]) for row in found[:limit]
    ]
    return [one for one in rows if one.row.state], len(found) > limit


async def marks(db: Database, marketplace: str, seller: str, clocks: Clocks, until: datetime) -> list[Mark]:
    """The seller's own clocks that run out before `until`, soonest first, one a case; at most 500."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["clocks"], marketplace, seller, clocks.own, until)
    return [Mark(str(row["case_id"]), row["due_at"], False) for row in rows]


async def drafted(db: Database, marketplace: str, seller: str, ids: Sequence[str]) -> dict[str, bool]:
    """Which of these cases the seller has a draft in that was neither sent nor refused, and if one sends itself."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["drafted"], marketplace, seller, list(ids))
    return {str(row["case_id"]): bool(row["files_itself"]) for row in rows}


async def newest(db: Database, marketplace: str, seller: str) -> list[CaseRow]:
    """The newest of the seller's cases, to be searched by what stands in no column."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["newest"], marketplace, seller, SEARCHED)
    return [found for found in (case_row(db.vault, row) for row in rows) if found.state]


async def performance(
    db: Database, marketplace: str, seller: str, since: datetime
) -> tuple[Performance, list[ReasonRow], list[CostRow]]:
    """How the shop has done in cases opened since then: numbers, by reason, and money by currency."""
    statement = SQL["performance"]
    for name in ("missed", "decided", "lost", "appealed", "overturned"):
        statement = statement.replace("{" + name + "}", FRAGMENTS[name].format("mine"))
    reasons = SQL["reasons"].replace("{lost}", FRAGMENTS["lost"].format("c"))
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(statement, marketplace, seller, since)
        by_reason = await connection.fetch(reasons, marketplace, seller, since)
        cost = await connection.fetch(SQL["cost"], marketplace, seller, since)
    assert row is not None, "a row of subqueries is always there"
    return (
        Performance(**{name: row[name] for name in Performance.__struct_fields__}),
        [ReasonRow(**{name: one[name] for name in ReasonRow.__struct_fields__}) for one in by_reason],
        [CostRow(one["currency"], int(one["refunded"]), int(one["carried"])) for one in cost],
    )


def _conditions(clocks: Clocks, wanted: Wanted) -> tuple[list[str], list[Any]]:
    """SQL conditions and their values; $1 to $5 are the marketplace, seller, own clocks, limit and offset."""
    values: list[Any] = []

    def value(given: object) -> str:
        values.append(given)
        return f"${len(values) + 5}"

    tab = TABS[wanted.tab]
    if wanted.tab == "appeal":
        tab = tab.format(appeals=value(clocks.appeals), at=value(wanted.at))
    found = [tab]
    if wanted.reason:
        found.append(f"reason = {value(wanted.reason)}")
    if wanted.of is not None:
        found.append(FRAGMENTS[wanted.of].format("c"))
    if wanted.since is not None:
        found.append(f"opened_at >= {value(wanted.since)}")
    if wanted.text:
        found.append(_text(wanted.text, wanted.ids, value))
    return found, values


def _text(text: str, ids: Sequence[str], value: Any) -> str:
    begins = value(text.lower().replace("\\", "").replace("%", "").replace("_", "\\_") + "%")
    columns = ("case_id::text", "order_id", "line_id", "coalesce(claim_id, '')")
    either = [f"lower({column}) LIKE {begins}" for column in columns]
    if ids:
        either.append(f"case_id = ANY ({value(list(ids))}::uuid[])")
    return "(" + " OR ".join(either) + ")"
