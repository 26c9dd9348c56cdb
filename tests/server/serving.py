"""A real `amends serve` in a process of its own, spoken to over HTTP, and ended in every way a process can end."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

KEY = "operator-key-for-tests"
PATIENCE_SECONDS = 60
AMENDS = [sys.executable, "-m", "amends.cli"]


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without its own Amends settings."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    return plain | {"AMENDS_BOOTSTRAP_KEY": KEY, "AMENDS_LOG": "json"} | extra


def amends(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*AMENDS, *arguments], env=environment(**extra), capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )


class Serving:
    """A server on the embedded database of a folder, in a process group of its own like a terminal's."""

    def __init__(self, data: Path, *arguments: str, **extra: str) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [*AMENDS, "serve", "--port", "0", "--data", str(data), *arguments],
            env=environment(**extra), stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.logs: list[Mapping[str, Any]] = []
        self._up = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        came = self._up.wait(PATIENCE_SECONDS)
        said = [line for line in self.logs if line["event"] == "serving"]
        if not said:
            self.end(signal.SIGKILL)
            raise AssertionError(f"the server {'ended' if came else 'did not come up'}: {self.logs}")
        self.url = str(said[0]["url"])

    def client(self, token: str = KEY) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def end(self, number: int = signal.SIGTERM, *, group: bool = False) -> int:
        """Send the signal, to the whole group as a terminal does if so asked, and wait; answers the exit code."""
        if self.process.poll() is None:
            (os.killpg if group else os.kill)(self.process.pid, number)
        code = self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code

    def postmaster(self) -> int | None:
        """The process id of the embedded PostgreSQL, None when it does not run."""
        file = self.data / "postgres" / "postmaster.pid"
        return int(file.read_text().split()[0]) if file.exists() else None

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.logs.append(json.loads(line) if line.startswith("{") else {"event": line.strip()})
            if self.logs[-1]["event"] == "serving":
                self._up.set()
        self._up.set()


def token(client: httpx.Client, role: str, person: str) -> str:
    """A party token."""
    return str(ok(client.post("/v1/party-tokens", json={"role": role, "id": person})).json()["token"])


def ok(response: httpx.Response) -> httpx.Response:
    assert response.is_success, response.text
    return response
