"""A folder for a server's data: short, because socket paths are."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="amends-"))
    yield folder
    pid_file = folder / "postgres" / "postmaster.pid"
    if pid_file.exists():  # a test that failed, or one that kills, leaves its own server behind
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
    shutil.rmtree(folder, ignore_errors=True)
