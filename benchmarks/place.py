"""Where the write path is measured: an embedded PostgreSQL in a folder of its own, gone afterwards, and a hinge."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from amends.handle import Hinge, utc_now
from amends.store import marketplaces
from amends.store.connect import Database, open_database
from amends.store.embedded import EmbeddedServer
from amends.store.policies import installed
from benchmarks import story

MARKETPLACE = "default"
MOST_CLIENTS = 16


@dataclass(slots=True)
class Place:
    """An open database with one marketplace, its addresses for the owner and the application, and the hinge on it."""

    folder: Path
    owner_url: str
    url: str
    db: Database
    hinge: Hinge
    postgres: str
    stocked: int = 0
    used: int = 0

    async def stock(self, count: int) -> None:
        """Have at least `count` unused orders."""
        missing = count - (self.stocked - self.used)
        if missing > 0:
            await story.stock(self.db, MARKETPLACE, missing, utc_now(), first=self.stocked + 1)
            self.stocked += missing

    def take(self) -> str:
        """The id of an order nobody asked about yet."""
        self.used += 1
        if self.used > self.stocked:
            raise SystemExit(f"the benchmark ran out of its {self.stocked} orders: stock more a second")
        return story.order_id(self.used)

    async def count(self, table: str) -> int:
        """How many rows of the marketplace a table holds."""
        async with self.db.reading(MARKETPLACE) as connection:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))


@asynccontextmanager
async def opened() -> AsyncIterator[Place]:
    """A fresh place; its server is stopped and its folder removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="amends-bench-"))
    try:
        server = await EmbeddedServer.start(folder)
        try:
            db = await open_database(
                server.owner_url, app_url=server.app_url, data_dir=folder, min_size=MOST_CLIENTS, max_size=MOST_CLIENTS
            )
            try:
                await marketplaces.ensure(db, MARKETPLACE)
                version = str(await db.pool.fetchval("SHOW server_version")).split()[0]
                yield Place(folder, server.owner_url, server.app_url, db, Hinge(db, installed()), version)
            finally:
                await db.close()
        finally:
            await server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
