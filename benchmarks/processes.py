"""Amends as processes of their own, as an operator runs it: started on the place's database, listened to, ended."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.place import Place

PATIENCE_SECONDS = 60
Said = dict[str, Any]


class Amends:
    """A running `amends …`. What it logs is handed to `heard`, line by line; errors are shown."""

    def __init__(self, process: asyncio.subprocess.Process, heard: Callable[[Said], None]) -> None:
        self._process, self._heard = process, heard
        self._words: list[Said] = []
        self._spoke = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def says(self, event: str, times: int = 1) -> Said:
        """Wait until it has logged an event so often; the last of them."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(said := [word for word in self._words if word["event"] == event]) < times:
                if self._reading.done():
                    raise SystemExit("\n".join(["it ended, saying:", *(word["event"] for word in self._words)]))
                self._spoke.clear()
                await self._spoke.wait()
        return said[-1]

    async def end(self) -> None:
        """Ask it to stop and wait until it has."""
        if self._process.returncode is None:
            self._process.terminate()
        await self._reading
        await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stderr is not None, "asked for as a pipe"
        async for line in self._process.stderr:
            word = json.loads(line) if line.startswith(b"{") else {"event": line.decode().rstrip(), "level": "raw"}
            if word["level"] == "error":
                sys.stderr.write(line.decode())
            if word["event"] != "deadlines_fired":
                self._words.append(word)
            self._heard(word)
            self._spoke.set()
        self._spoke.set()


@asynccontextmanager
async def amends(
    place: Place, *arguments: str, heard: Callable[[Said], None] = lambda _: None, **settings: str
) -> AsyncIterator[Amends]:
    """`amends ARGUMENTS` on the place's data, with these settings and none of the environment's, until the end."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "amends.cli", *arguments, "--data", str(place.folder),
        env=plain | {"AMENDS_LOG": "json"} | settings, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    running = Amends(process, heard)
    try:
        yield running
    finally:
        await running.end()
