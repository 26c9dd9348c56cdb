"""Opening the database: it is found or started, it is safe, and what is wrong is said in one line."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from amends.store import marketplaces
from amends.store.connect import Database, open_database
from amends.store.embedded import EmbeddedServer
from amends.store.errors import Busy, DatabaseError, DatabaseUnavailable, UnsafeDatabase
from tests.plugins_database import MARKETPLACE, Server


async def reopen(server: Server, database: Database) -> Database:
    name = await database.pool.fetchval("SELECT current_database()")
    return await open_database(
        server.url("owner", name), app_url=server.url("app", name), data_dir=Path("/nonexistent")
    )


async def test_connections_are_set_for_short_safe_work(database: Database):
    shown = {
        name: await database.pool.fetchval(f"SHOW {name}")
        for name in (
            "TimeZone",
            "lock_timeout",
            "statement_timeout",
            "idle_in_transaction_session_timeout",
            "transaction_isolation",
        )
    }
    assert list(shown.values()) == ["UTC", "2s", "5s", "10s", "read committed"]
    assert await database.pool.fetchval("SELECT current_user") == "amends_app"
    assert database.warnings == []


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
async def test_a_server_that_could_lose_what_it_acknowledged_is_refused(
    database_server: Server, database: Database, setting: str
):
    await database_server.execute(f"ALTER SYSTEM SET {setting} = off", "SELECT pg_reload_conf()")
    try:
        await until_off(database_server, setting)
        with pytest.raises(UnsafeDatabase, match=f"^PostgreSQL runs with {setting} = off and could lose"):
            await reopen(database_server, database)
    finally:
        await database_server.execute(f"ALTER SYSTEM RESET {setting}", "SELECT pg_reload_conf()")


async def until_off(server: Server, setting: str) -> None:
    """A reload reaches new connections a moment later."""
    for _ in range(200):
        connection = await asyncpg.connect(server.url("admin", "postgres"))
        try:
            if await connection.fetchval(f"SHOW {setting}") == "off":
                return
        finally:
            await connection.close()
        await asyncio.sleep(0.01)
    raise AssertionError(f"{setting} stayed on")


async def test_commits_that_do_not_wait_for_the_disk_are_refused(database_server: Server, database: Database):
    await database_server.execute("ALTER ROLE amends_app SET synchronous_commit = off")
    try:
        with pytest.raises(UnsafeDatabase, match="synchronous_commit = off"):
            await reopen(database_server, database)
    finally:
        await database_server.execute("ALTER ROLE amends_app RESET synchronous_commit")


async def test_an_application_role_above_row_level_security_is_refused(database_server: Server, database: Database):
    await database_server.execute("ALTER ROLE amends_app BYPASSRLS")
    try:
        with pytest.raises(UnsafeDatabase, match="not bound by row-level security"):
            await reopen(database_server, database)
    finally:
        await database_server.execute("ALTER ROLE amends_app NOBYPASSRLS")


async def test_with_one_address_the_pool_steps_down_from_the_owner(
    database_server: Server, database: Database, tmp_path: Path
):
    name = await database.pool.fetchval("SELECT current_database()")
    await database_server.execute("GRANT amends_app TO amends_owner")
    db = await open_database(database_server.url("owner", name), data_dir=tmp_path)
    try:
        assert await db.pool.fetchval("SELECT current_user || '/' || session_user") == "amends_app/amends_owner"
        await marketplaces.ensure(db, "m2")
    finally:
        await db.close()
        await database_server.execute("REVOKE amends_app FROM amends_owner")


async def test_an_owner_who_may_not_step_down_is_told_what_to_grant(
    database_server: Server, database: Database, tmp_path: Path
):
    name = await database.pool.fetchval("SELECT current_database()")
    with pytest.raises(UnsafeDatabase, match="GRANT amends_app TO that user"):
        await open_database(database_server.url("owner", name), data_dir=tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://amends:hush@127.0.0.1:1/amends",
        "postgresql://amends:hush@/amends?host=/nonexistent",
        "postgresql://amends:hush@name.invalid/amends",
    ],
)
async def test_a_database_nobody_answers_at_is_one_line_without_the_password(url: str):
    with pytest.raises(DatabaseUnavailable, match=r"cannot be reached") as refused:
        await open_database(url)
    assert "\n" not in str(refused.value)
    assert "hush" not in str(refused.value)
    with pytest.raises(DatabaseUnavailable, match=r"Check AMENDS_DATABASE_URL") as refused:
        await open_database(url, migrate_first=False)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("url", ["mysql://somewhere/amends", "not an address", "postgresql://host:port/amends"])
async def test_an_address_that_is_none_is_one_line(url: str):
    with pytest.raises(DatabaseUnavailable) as refused:
        await open_database(url)
    assert "\n" not in str(refused.value)


async def test_waiting_too_long_for_a_lock_is_busy(database: Database):
    async def update(patience: str) -> None:
        async with database.writing(MARKETPLACE) as other:
            await other.execute(f"SET LOCAL lock_timeout = '{patience}'")
            await other.execute("UPDATE marketplace SET sandbox = true")

    async with database.writing(MARKETPLACE) as one:
        await one.execute("UPDATE marketplace SET sandbox = true")
        with pytest.raises(Busy, match="lock timeout"):
            await update("20ms")
    await update("20ms")
    assert issubclass(Busy, DatabaseError)


async def test_a_connection_that_breaks_is_busy_and_the_next_one_works(database_server: Server, database: Database):
    async def break_it() -> None:
        async with database.writing(MARKETPLACE) as connection:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            await database_server.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
            await connection.fetchval("SELECT 1")

    with pytest.raises(Busy):
        await break_it()
    assert await marketplaces.get(database, MARKETPLACE) is not None


async def test_what_is_read_cannot_write(database: Database):
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with database.reading(MARKETPLACE) as connection:
            await connection.execute("UPDATE marketplace SET sandbox = true")


async def test_the_embedded_server_starts_twice_and_keeps_what_it_knew(short_dir: Path):
    data_dir = short_dir / "twice"
    first = await open_database(data_dir=data_dir)
    assert first.embedded
    await marketplaces.ensure(first, "kept")
    secret = await marketplaces.secret(first, "kept")
    await first.close()
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
    second = await open_database(data_dir=data_dir)
    assert await marketplaces.secret(second, "kept") == secret
    assert await second.pool.fetchval("SHOW data_checksums") == "on"
    await second.close()
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


async def test_two_who_share_the_embedded_server_do_not_stop_it_under_each_other(short_dir: Path):
    data_dir = short_dir / "shared"
    first, second = await asyncio.gather(EmbeddedServer.start(data_dir), EmbeddedServer.start(data_dir))
    await first.stop()
    connection = await asyncpg.connect(second.app_url)
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()
    await second.stop()
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


async def test_a_holder_that_was_killed_does_not_keep_the_server_alive(short_dir: Path):
    data_dir = short_dir / "killed"
    await (await EmbeddedServer.start(data_dir)).stop()
    (data_dir / "postgres" / ".handle_pids.json").write_text("[4194305]")  # beyond every process id
    await (await EmbeddedServer.start(data_dir)).stop()
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


async def test_a_data_directory_that_cannot_be_is_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnavailable, match=r"could not be started") as refused:
        await open_database(data_dir=tmp_path / "file")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("code", ["53100", "53200", "58030"], ids=["disk full", "memory full", "disk broken"])
async def test_a_server_without_room_is_busy_and_not_a_defect_of_ours(database: Database, code: str):
    with pytest.raises(Busy, match="no room here"):
        async with database.writing(MARKETPLACE) as connection:
            await connection.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no room here' USING ERRCODE = '{code}'; END $$")
