"""The database server's own clock, to be held against ours."""

from datetime import datetime

from amends.store.connect import Database
from amends.store.errors import readable_errors


async def database_now(db: Database) -> datetime:
    """What time it is for the database server."""
    with readable_errors():
        now: datetime = await db.pool.fetchval("SELECT clock_timestamp()")
    return now
