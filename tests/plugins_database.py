"""Real PostgreSQL for tests: one embedded server a session, a fresh database of it for each test.

`database` is an open `Database` with the marketplace `m1` in it. A folder that wants its tests run on PostgreSQL 15
as well overrides `database_server` with `every_server` (see tests/store/conftest.py).
"""

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path

import asyncpg
import pytest

from amends.store import marketplaces
from amends.store.connect import Database, open_database
from amends.store.embedded import EmbeddedServer
from amends.store.migrate import migrate
from amends.store.vault import KEY_FILE

MARKETPLACE = "m1"
VAULT_KEY = bytes(range(32))
BINARIES_15 = Path("/usr/lib/postgresql/15/bin")
TEMPLATE = "amends_template"
_numbers = itertools.count(1)


class Server:
    """A running server: `url(user, database)` with the users admin, owner and app."""

    def __init__(self, socket_dir: str, admin: str) -> None:
        self.socket_dir = socket_dir
        self.admin = admin

    def url(self, user: str, database: str) -> str:
        name = {"admin": self.admin, "owner": "amends_owner", "app": "amends_app"}[user]
        return f"postgresql://{name}@/{database}?host={self.socket_dir}"

    def prepare(self) -> "Server":
        """Roles and the migrated template database."""
        wait_for(self._prepare())
        return self

    async def execute(self, *statements: str, database: str = "postgres") -> None:
        """Runs statements as the administrator."""
        connection = await asyncpg.connect(self.url("admin", database))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def fresh(self) -> str:
        """The name of a new migrated database."""
        name = f"amends_{os.getpid()}_{next(_numbers)}"
        await self.execute(f"CREATE DATABASE {name} OWNER amends_owner TEMPLATE {TEMPLATE}")
        return name

    async def drop(self, name: str) -> None:
        await self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _prepare(self) -> None:
        for role in ("amends_owner", "amends_app"):
            await self.execute(
                f"DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            )
        await self.execute(f"CREATE DATABASE {TEMPLATE} OWNER amends_owner")
        await migrate(self.url("owner", TEMPLATE))


def wait_for(work: Coroutine[object, object, None]) -> None:
    """Runs a coroutine to its end in a thread of its own, whatever loop the test has."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if problems:
        raise problems[0]


@pytest.fixture(scope="session")
def short_dir() -> Iterator[Path]:
    """A folder with a short name that any user may enter: socket paths end at 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="amends-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def embedded_server(short_dir: Path) -> Iterator[Server]:
    """The embedded PostgreSQL 18."""
    held: list[EmbeddedServer] = []

    async def start() -> None:
        held.append(await EmbeddedServer.start(short_dir))

    wait_for(start())
    yield Server(held[0].owner_url.partition("host=")[2], "postgres").prepare()
    wait_for(held[0].stop())


@pytest.fixture(scope="session")
def server_15(short_dir: Path) -> Iterator[Server]:
    """PostgreSQL 15 of the operating system, where it is installed."""
    if not (BINARIES_15 / "initdb").exists():
        pytest.skip("PostgreSQL 15 is not installed")
    data, user = short_dir / "pg15", "nobody" if os.geteuid() == 0 else None
    data.mkdir()
    if user:
        shutil.chown(data, user)
    run_15("initdb", "-U", "postgres", "--auth=trust", "-k", "--no-sync", "-E", "UTF8", "-D", str(data), user=user)
    options = f"-c listen_addresses='' -c unix_socket_directories={data} -c max_connections=60"
    run_15("pg_ctl", "-w", "-D", str(data), "-l", str(data / "log"), "-o", options, "start", user=user)
    yield Server(str(data), "postgres").prepare()
    run_15("pg_ctl", "-w", "-m", "fast", "-D", str(data), "stop", user=user)


@pytest.fixture(scope="session", params=["embedded_server", "server_15"])
def every_server(request: pytest.FixtureRequest) -> Server:
    """Each supported server in turn."""
    server: Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture(scope="session")
def database_server(embedded_server: Server) -> Server:
    """The server `database` is made on."""
    return embedded_server


@pytest.fixture
async def database(database_server: Server, tmp_path: Path) -> AsyncIterator[Database]:
    """A fresh, migrated, open database with the marketplace `m1`, gone after the test."""
    name = await database_server.fresh()
    give_key(tmp_path)
    db = await open_database(
        database_server.url("owner", name),
        app_url=database_server.url("app", name),
        data_dir=tmp_path,
        migrate_first=False,
    )
    await marketplaces.ensure(db, MARKETPLACE)
    yield db
    await db.close()
    await database_server.drop(name)


def give_key(data_dir: Path) -> None:
    """Every test's database has the same vault key, so that rows can be made before it is open."""
    folder = data_dir / "keys"
    folder.mkdir(parents=True)
    (folder / KEY_FILE).write_text(VAULT_KEY.hex())


def run_15(program: str, *arguments: str, user: str | None) -> None:
    subprocess.run([str(BINARIES_15 / program), *arguments], user=user, check=True, stdout=subprocess.DEVNULL, cwd="/")
