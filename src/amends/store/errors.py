"""What can go wrong with the database, each as one readable line.

Ordinary refusals of an append (conflict, stale, duplicate) are values, see `rows.Outcome`; these are not ordinary.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

SECRET = re.compile(r"(?<=//)[^@/]*@|[?&]password=[^&]*|(?<=\s)password=\S+")
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the line of a backend that has said farewell and has not hung up yet
    ValueError,  # an address that is none
)
OVERTAXED = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,  # its disk or memory is full
    asyncpg.PostgresSystemError,  # its disk does not obey
    asyncpg.InterfaceError,
)


class DatabaseError(Exception):
    """Something is wrong with the database; `str()` is one line for a person."""


class DatabaseUnavailable(DatabaseError):
    """Nobody answers at the database's address, or it does not let us in."""


class UnsafeDatabase(DatabaseError):
    """The server's settings could lose what it has acknowledged, or let tenants see each other."""


class MigrationRefused(DatabaseError):
    """The schema cannot be brought up to date as it stands."""


class Busy(DatabaseError):
    """The database did not finish in time or the connection broke: whether the effect happened is not known.

    Asking again with the same idempotency key is always safe.
    """


class Recovering(DatabaseError):
    """The database is older than what was signed of it: it is read, and nothing is written."""


class BadCursor(ValueError):
    """A page cursor that this server did not give out."""


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turns a driver's error about time, locks or connections into `Busy`."""
    try:
        yield
    except ValueError:  # an argument the driver could not encode: the caller's mistake, not the database's
        raise
    except (*OVERTAXED, *UNREACHABLE) as problem:
        raise Busy(f"The database did not answer: {first_line(problem)}") from problem


def unreachable(url: str, problem: BaseException) -> DatabaseUnavailable:
    """What to tell when connecting to `url` failed, without its password."""
    place = SECRET.sub("", url)
    return DatabaseUnavailable(
        f"The database {place} cannot be reached: {first_line(problem)}. Check AMENDS_DATABASE_URL."
    )


def first_line(problem: BaseException) -> str:
    """The first line of an error's message, or its kind when it has none."""
    text = str(problem).strip()
    return text.splitlines()[0] if text else type(problem).__name__
