"""The ledger as it is read: postings in order, and balances, which are sums and never a stored number."""

from datetime import datetime

import asyncpg
from msgspec import Struct

from amends.store import cursors
from amends.store.connect import Database
from amends.store.rows import Balance, LedgerEntry
from amends.store.statements import load

SQL = load("ledger")


async def entries(
    db: Database,
    marketplace: str,
    *,
    account: str | None = None,
    case_id: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[LedgerEntry]:
    """Postings by instant, optionally of one account or one case; each carries the cursor that continues after it."""
    start = _start(after)
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["entries"], marketplace, account, case_id, *start, limit)
    return [_entry(row) for row in rows]


class Lines(Struct, frozen=True, kw_only=True):
    """Which postings: within a period, of an account, a case, a role (the first part of accounts), a purpose."""

    since: datetime
    until: datetime
    account: str | None = None
    case_id: str | None = None
    role: str | None = None
    purpose: str | None = None


async def lines(
    db: Database, marketplace: str, wanted: Lines, *, after: str | None = None, limit: int = 100
) -> tuple[list[LedgerEntry], dict[str, int]]:
    """Postings by instant, and what the same ones before them came to, by currency. Raises `BadCursor`."""
    start = (wanted.since, cursors.FIRST_ID, "", -1) if after is None else _start(after)
    asked = (marketplace, wanted.until, wanted.account, wanted.case_id, wanted.role, wanted.purpose, *start)
    async with db.snapshot(marketplace) as connection:
        rows = await connection.fetch(SQL["lines"], *asked, limit)
        forward = {row["currency"]: row["amount"] for row in await connection.fetch(SQL["forward"], *asked)}
    return [_entry(row) for row in rows], forward


async def balances(db: Database, marketplace: str, *, account: str | None = None) -> list[Balance]:
    """The sum of each account in each currency; all of a currency together are zero."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["balances"], marketplace, account)
    return [Balance(account=row["account"], currency=row["currency"], amount=int(row["amount"])) for row in rows]


async def unbalanced(db: Database, marketplace: str) -> list[str]:
    """Journals that do not sum to zero, as `case journal currency amount`. The database refuses them: always empty."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["unbalanced"], marketplace)
    return [f"{row['case_id']} {row['journal_id']} {row['currency']} {row['amount']}" for row in rows]


def _start(after: str | None) -> tuple[datetime, str, str, int]:
    if after is None:
        return cursors.BEGINNING_OF_TIME, cursors.FIRST_ID, "", -1
    at, case_id, journal_id, ordinal = cursors.parts_of(after, "ledger", 4)
    return cursors.instant(at), cursors.case_of(case_id), journal_id, cursors.number(ordinal)


def _entry(row: asyncpg.Record) -> LedgerEntry:
    case_id = str(row["case_id"])
    return LedgerEntry(
        case_id=case_id,
        journal_id=row["journal_id"],
        ordinal=row["ordinal"],
        account=row["account"],
        currency=row["currency"],
        amount=row["amount"],
        seq=row["seq"],
        purpose=row["purpose"],
        at=row["at"],
        cursor=cursors.cursor("ledger", cursors.micros(row["at"]), case_id, row["journal_id"], row["ordinal"]),
    )
