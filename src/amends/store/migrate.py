"""Brings the schema up to date: plain SQL files, applied in order, each in its own transaction.

Every applied file is recorded with its SHA-256; a file changed after it was applied is refused, since the database
would no longer be what the files say. An advisory lock lets two servers start at once.
Why no migration library: docs/decisions/0001-migrations.md.
"""

import hashlib
from importlib.resources import files

import asyncpg
from msgspec import Struct

from amends.store.errors import UNREACHABLE, MigrationRefused, first_line, unreachable

SCHEMA, APP_ROLE = "amends", "amends_app"
MIGRATION_LOCK = 0x616D656E6473  # "amends"
SETTINGS = {"search_path": SCHEMA, "TimeZone": "UTC", "application_name": "amends migrations"}


class Migration(Struct, frozen=True):
    """One file: its name, its text and the SHA-256 of that text."""

    name: str
    text: str
    sha256: str


def shipped() -> list[Migration]:
    """The migrations of this version, in the order they apply."""
    folder = files("amends.store").joinpath("migrations")
    return [
        Migration(name=file.name, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())
        for file in sorted(folder.iterdir(), key=lambda each: each.name)
        if file.name.endswith(".sql")
        for text in [file.read_text(encoding="utf-8")]
    ]


async def migrate(owner_url: str, migrations: list[Migration] | None = None) -> list[str]:
    """Applies what is missing and returns the names applied now.

    `owner_url` is a user who may create a schema in the database. Raises `MigrationRefused` when an applied file
    was changed, when the database is newer than this version, or when the user lacks a right.
    """
    try:
        connection = await asyncpg.connect(owner_url, server_settings=SETTINGS)
    except UNREACHABLE as problem:
        raise unreachable(owner_url, problem) from problem
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await _prepare(connection)
        return await _apply_missing(connection, shipped() if migrations is None else migrations)
    except asyncpg.InsufficientPrivilegeError as problem:
        user = await connection.fetchval("SELECT current_user")
        raise MigrationRefused(_missing_right(user, first_line(problem))) from problem
    finally:
        await connection.close()


async def _prepare(connection: asyncpg.Connection) -> None:
    """The schema, the application's role and the record of what was applied."""
    await connection.execute(f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
                CREATE ROLE {APP_ROLE} NOLOGIN;
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database's server was faster
        END $$;
        DO $$ BEGIN
            GRANT {APP_ROLE} TO CURRENT_USER;
        EXCEPTION WHEN insufficient_privilege THEN NULL; -- granted before, or not needed
        END $$;
        CREATE SCHEMA IF NOT EXISTS {SCHEMA};
        CREATE TABLE IF NOT EXISTS migration (
            name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
    """)


async def _apply_missing(connection: asyncpg.Connection, migrations: list[Migration]) -> list[str]:
    rows = await connection.fetch("SELECT name, sha256 FROM migration")
    applied = {row["name"]: row["sha256"] for row in rows}
    _refuse_changed(applied, migrations)
    missing = [migration for migration in migrations if migration.name not in applied]
    for migration in missing:
        await _apply(connection, migration)
    return [migration.name for migration in missing]


def _refuse_changed(applied: dict[str, str], migrations: list[Migration]) -> None:
    for migration in migrations:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationRefused(
                f"Migration {migration.name} was changed after it was applied to this database "
                f"(then {applied[migration.name][:12]}, now {migration.sha256[:12]}): restore the file "
                "and put the change into a new one."
            )
    unknown = sorted(applied.keys() - {migration.name for migration in migrations})
    if unknown:
        raise MigrationRefused(f"This database was made by a newer version of Amends: it has {', '.join(unknown)}.")
    last = max(applied, default="")
    for migration in migrations:
        if migration.name < last and migration.name not in applied:
            raise MigrationRefused(f"Migration {migration.name} sorts before {last}, which is already applied.")


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '5s'")
            await connection.execute(migration.text)
            await connection.execute(
                "INSERT INTO migration (name, sha256) VALUES ($1, $2)", migration.name, migration.sha256
            )
    except asyncpg.InsufficientPrivilegeError:
        raise
    except asyncpg.PostgresError as problem:
        raise MigrationRefused(f"Migration {migration.name} failed: {first_line(problem)}") from problem


def _missing_right(user: str, problem: str) -> str:
    return (
        f"The database user {user} may not set Amends up ({problem}). Run as an administrator: "
        f"CREATE ROLE {APP_ROLE} NOLOGIN; GRANT {APP_ROLE} TO {user}; GRANT CREATE ON DATABASE … TO {user};"
    )
