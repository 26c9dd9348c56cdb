"""The way in: finds or starts PostgreSQL, checks that it is safe, and hands out connections.

The application connects as a role that owns nothing. Every connection reads and writes inside one marketplace's
context, which row-level security demands; there is no way to obtain a connection without naming the marketplace.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import asyncpg
import msgspec

from amends.store.embedded import EmbeddedServer, default_data_dir
from amends.store.errors import UNREACHABLE, Recovering, UnsafeDatabase, first_line, readable_errors, unreachable
from amends.store.files import Files
from amends.store.migrate import APP_ROLE, SCHEMA, migrate
from amends.store.signing import DEFAULT_ORIGIN, Signer, open_signer
from amends.store.vault import Vault, open_vault

OLDEST_SERVER = 15
MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")
SETTINGS = {
    "search_path": SCHEMA,
    "TimeZone": "UTC",
    "application_name": "amends",
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "default_transaction_isolation": "read committed",
    "jit": "off",
}

Connection: TypeAlias = asyncpg.pool.PoolConnectionProxy
__all__ = ["Connection", "Database", "default_data_dir", "open_database"]


class Database:
    """A pool of connections in the application's role, the folder where files go, and the vault of the keys."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        data_dir: Path,
        files: Files,
        embedded: EmbeddedServer | None,
        warnings: list[str],
        vault: Vault,
        signer: Signer,
    ) -> None:
        self.pool = pool
        self.vault = vault
        self.signer = signer
        self.data_dir = data_dir
        self.files = files
        self.warnings = warnings
        self.recovery: str | None = None
        self._embedded = embedded

    @property
    def quarantine(self) -> Path:
        """The folder for bytes on their way in, which only we may read; on the disk of the files."""
        return self.data_dir / "quarantine"

    @property
    def embedded(self) -> bool:
        """Whether the server is our own."""
        return self._embedded is not None

    @asynccontextmanager
    async def reading(self, marketplace: str) -> AsyncIterator[Connection]:
        """A connection in a read-only transaction that sees this marketplace only."""
        async with self._within(marketplace, "BEGIN READ ONLY") as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self, marketplace: str) -> AsyncIterator[Connection]:
        """Like `reading`, and all statements see the same instant."""
        async with self._within(marketplace, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, marketplace: str) -> AsyncIterator[Connection]:
        """A connection in a transaction that sees and writes this marketplace only. Raises Recovering."""
        self.insist_on_writing()
        async with self._within(marketplace, "BEGIN") as connection:
            yield connection

    def insist_on_writing(self) -> None:
        """Raises Recovering while nothing may be written (`recovery` says why)."""
        if self.recovery is not None:
            raise Recovering(self.recovery)

    async def close(self) -> None:
        """Closes the connections and, where the server is our own, stops it."""
        await self.pool.close()
        if self._embedded is not None:
            await self._embedded.stop()

    @asynccontextmanager
    async def _within(self, marketplace: str, begin: str) -> AsyncIterator[Connection]:
        quoted = marketplace.replace("'", "''")
        with readable_errors():
            async with self.pool.acquire() as connection:
                await connection.execute(f"{begin}; SELECT set_config('amends.marketplace', '{quoted}', true)")
                try:
                    yield connection
                except BaseException:
                    if not connection.is_closed():
                        await connection.execute("ROLLBACK")
                    raise
                await connection.execute("COMMIT")


async def open_database(
    url: str | None = None,
    *,
    data_dir: Path | None = None,
    app_url: str | None = None,
    min_size: int = 1,
    max_size: int = 10,
    migrate_first: bool = True,
    keys_dir: Path | None = None,
    files: Files | None = None,
    log_origin: str | None = None,
    new_log_origin: str = DEFAULT_ORIGIN,
) -> Database:
    """Opens the database at `url`, or the embedded one under `data_dir` when there is no `url`.

    `url` names the owner of the tables: migrations run as it, everything else in the role `amends_app`, through
    `app_url` where the owner's credentials should stay out of the server. Raises a `DatabaseError` with one
    readable line when nobody answers, when the schema cannot be brought up to date, when the server is unsafe or when
    the vault key in `keys_dir` (unset: `keys` under `data_dir`) is not the one the data were sealed with. `files` is
    where files lie (unset: `files` under `data_dir`). `log_origin` is the name the log must have, `new_log_origin` the
    one a new log gets otherwise.
    """
    folder = data_dir or default_data_dir()
    embedded = await EmbeddedServer.start(folder) if url is None else None
    try:
        owner_url = embedded.owner_url if embedded else str(url)
        if migrate_first:
            await migrate(owner_url)
        pool = await _connect(embedded.app_url if embedded else app_url or owner_url, min_size, max_size)
        try:
            warnings = await _check(pool, ours=embedded is not None)
            async with pool.acquire() as connection:
                vault = await open_vault(connection, keys_dir or folder / "keys")
                signer = await open_signer(connection, keys_dir or folder / "keys", log_origin, new_log_origin)
        except BaseException:
            await pool.close()
            raise
    except BaseException:
        if embedded is not None:
            await embedded.stop()
        raise
    return Database(pool, folder, files or Files.folder(folder / "files"), embedded, warnings, vault, signer)


async def _connect(url: str, min_size: int, max_size: int) -> asyncpg.Pool:
    settings = SETTINGS | {"role": APP_ROLE}
    try:
        return await asyncpg.create_pool(
            url, min_size=min_size, max_size=max_size, server_settings=settings, init=_speak_json, reset=_keep
        )
    except asyncpg.InsufficientPrivilegeError as problem:
        raise UnsafeDatabase(
            f"The database user may not become {APP_ROLE} ({first_line(problem)}): GRANT {APP_ROLE} TO that user."
        ) from problem
    except UNREACHABLE as problem:
        raise unreachable(url, problem) from problem


async def _speak_json(connection: asyncpg.Connection) -> None:
    """JSON is bytes both ways: whoever knows the type decodes it, and bytes of the wire can pass straight through."""
    await connection.set_type_codec("json", schema="pg_catalog", encoder=_to_json, decoder=bytes, format="binary")


def _to_json(value: object) -> bytes:
    return value if isinstance(value, bytes) else msgspec.json.encode(value)


async def _keep(connection: asyncpg.Connection) -> None:
    """Every setting is local to its transaction, so only one cut short needs undoing; the pool's reset costs a trip."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


async def _check(pool: asyncpg.Pool, *, ours: bool) -> list[str]:
    """Refuses a server that could lose or leak; returns what is worth a warning."""
    async with pool.acquire() as connection:
        shown = {name: await connection.fetchval(f"SHOW {name}") for name in (*MUST_BE_ON, "data_checksums")}
        major = connection.get_server_version().major
        role = await connection.fetchrow(
            "SELECT rolname, rolsuper OR rolbypassrls AS unbound FROM pg_roles WHERE rolname = current_user"
        )
        encoding = await connection.fetchval("SHOW server_encoding")
    if major < OLDEST_SERVER:
        raise UnsafeDatabase(f"PostgreSQL {major} is too old: Amends needs {OLDEST_SERVER} or later.")
    for name in MUST_BE_ON:
        if shown[name] == "off":
            raise UnsafeDatabase(
                f"PostgreSQL runs with {name} = off and could lose what it acknowledged: set {name} = on."
            )
    if encoding != "UTF8":
        raise UnsafeDatabase(f"The database's encoding is {encoding}: Amends needs UTF8.")
    if role is None or role["unbound"]:
        raise UnsafeDatabase("The application's database role is not bound by row-level security.")
    if shown["data_checksums"] == "off":
        complaint = "PostgreSQL runs without data checksums: silent corruption would go unnoticed."
        if ours:
            raise UnsafeDatabase(complaint)
        return [complaint]
    return []
