"""The adjudicators' queue. Picking is reading; taking a case is a command (`claim`) that the law decides."""

from datetime import datetime

from amends.store.cases import case_row
from amends.store.connect import Database
from amends.store.rows import CaseRow
from amends.store.statements import load

SQL = load("queue")


async def waiting(db: Database, marketplace: str, *, at: datetime, limit: int = 50) -> list[CaseRow]:
    """Cases under review or appeal that nobody holds at `at`: highest priority first, then the nearest deadline."""
    async with db.reading(marketplace) as connection:
        return [case_row(db.vault, row) for row in await connection.fetch(SQL["waiting"], marketplace, at, limit)]
