"""Migrations: once, in order, together or not at all, and never changed behind the database's back."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from msgspec import structs

from amends.store.errors import DatabaseUnavailable, MigrationRefused
from amends.store.migrate import Migration, migrate, shipped
from tests.plugins_database import Server


@pytest.fixture
async def empty(database_server: Server) -> AsyncIterator[str]:
    """The owner's address of a database with nothing in it."""
    await database_server.execute("CREATE DATABASE empty OWNER amends_owner TEMPLATE template0 ENCODING 'UTF8'")
    yield database_server.url("owner", "empty")
    await database_server.drop("empty")


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def extra(text: str, name: str = "9000_extra.sql") -> Migration:
    return Migration(name=name, text=text, sha256=f"{hash(text):x}")


async def test_they_are_applied_once(empty: str):
    names = [migration.name for migration in shipped()]
    assert await migrate(empty) == names
    assert await migrate(empty) == []
    assert await ask(empty, "SELECT count(*) FROM amends.migration") == len(names)


async def test_servers_that_start_at_once_share_the_work(empty: str):
    applied = await asyncio.gather(*(migrate(empty) for _ in range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, len(shipped())]


async def test_a_file_changed_after_it_was_applied_is_refused(empty: str):
    await migrate(empty)
    changed = shipped()
    changed[1] = structs.replace(changed[1], sha256="0" * 64)
    with pytest.raises(MigrationRefused, match=rf"Migration {changed[1].name} was changed after it was applied"):
        await migrate(empty, changed)


async def test_a_database_from_the_future_is_refused(empty: str):
    await migrate(empty, [*shipped(), extra("SELECT 1")])
    with pytest.raises(MigrationRefused, match=r"newer version of Amends: it has 9000_extra.sql"):
        await migrate(empty)


async def test_a_file_pushed_in_between_is_refused(empty: str):
    await migrate(empty)
    with pytest.raises(MigrationRefused, match=r"0000_before.sql sorts before"):
        await migrate(empty, [extra("SELECT 1", "0000_before.sql"), *shipped()])


async def test_a_file_that_fails_leaves_nothing_behind(empty: str):
    broken = extra("CREATE TABLE half (id integer); SELECT 1 / 0")
    with pytest.raises(MigrationRefused, match=r"9000_extra.sql failed: division by zero"):
        await migrate(empty, [*shipped(), broken])
    assert await ask(empty, "SELECT to_regclass('amends.half')") is None
    assert await ask(empty, "SELECT count(*) FROM amends.migration") == len(shipped())
    assert await migrate(empty, [*shipped(), extra("CREATE TABLE half (id integer)")]) == ["9000_extra.sql"]


async def test_a_user_without_the_right_is_told_what_to_run(database_server: Server, empty: str):
    with pytest.raises(MigrationRefused, match=r"GRANT CREATE ON DATABASE"):
        await migrate(database_server.url("app", "empty"))


async def test_a_database_that_is_not_there_is_one_line(database_server: Server):
    with pytest.raises(
        DatabaseUnavailable, match=r'cannot be reached: database "nowhere" does not exist\. Check AMENDS_DATABASE_URL'
    ):
        await migrate(database_server.url("owner", "nowhere"))
