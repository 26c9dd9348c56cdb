"""A backend that says farewell on an idle connection: whoever comes next is told to ask again, never of a defect."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from amends.store import keys, marketplaces
from amends.store.connect import Database, open_database
from amends.store.errors import Busy
from tests.plugins_database import MARKETPLACE, Server

FAREWELL = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0"


class Between:
    """Stands between a pool and its server, and can put a server's last words into every line without closing it."""

    def __init__(self, server: Server) -> None:
        self.behind = f"{server.socket_dir}/.s.PGSQL.5432"
        self.towards: list[asyncio.StreamWriter] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self.behind)
        self.towards.append(writer)
        self.tasks += [
            asyncio.create_task(self.pass_on(reader, server_writer)),
            asyncio.create_task(self.pass_on(server_reader, writer)),
        ]

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        finally:
            writer.close()
            await writer.wait_closed()

    async def say_farewell(self) -> None:
        for writer in self.lines():
            writer.write(b"E" + struct.pack("!i", 4 + len(FAREWELL)) + FAREWELL)
            await writer.drain()
        await asyncio.sleep(0.05)  # until the driver has read it

    async def hang_up(self) -> None:
        for writer in self.lines():
            writer.close()
        await asyncio.sleep(0.05)

    def lines(self) -> list[asyncio.StreamWriter]:
        return [line for line in self.towards if not line.is_closing()]


@asynccontextmanager
async def through(between: Between, server: Server, name: str, folder: Path, data_dir: Path) -> AsyncIterator[Database]:
    """A pool whose lines all run through `between`."""
    listening = await asyncio.start_unix_server(between.take, folder / ".s.PGSQL.5432")
    try:
        app_url = f"postgresql://amends_app@/{name}?host={folder}"
        db = await open_database(server.url("owner", name), app_url=app_url, data_dir=data_dir, max_size=2)
        try:
            yield db
        finally:
            await asyncio.wait_for(db.close(), 5)
    finally:
        listening.close()
        await listening.wait_closed()
        await asyncio.gather(*between.tasks)


async def test_after_a_farewell_the_answer_is_busy_and_then_all_is_well_again(
    database_server: Server, database: Database, short_dir: Path
):
    name = await database.pool.fetchval("SELECT current_database()")
    folder = short_dir / name
    folder.mkdir()
    between = Between(database_server)
    async with through(between, database_server, name, folder, database.data_dir) as db:
        for asks in (
            lambda: marketplaces.get(db, MARKETPLACE),
            lambda: marketplaces.all_ids(db),
            lambda: keys.find(db, "no-such-secret"),
        ):
            await asks()
            await between.say_farewell()
            with pytest.raises(Busy):
                await asks()
            await between.hang_up()
            await asks()
