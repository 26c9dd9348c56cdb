"""Sudden death and old backups: no gap, no fork, and nothing written over what was lost.

AMENDS_LOG_KILLS says how many times the sequencer dies.
"""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from amends.proof.tlog import Checkpoint, Note
from amends.store import cases, log
from amends.store.connect import Database
from amends.store.log_check import Check
from amends.worker.cosigning import Witnesses
from amends.worker.sequencer import Sequencer
from amends.worker.witness import make_key, open_witness
from tests.cast import FILING, MARKET, order
from tests.log.growing import is_sound
from tests.log.witnessing import NAME, served
from tests.plugins_database import Server
from tests.server.serving import AMENDS, Serving, amends, environment, ok, token
from tests.store.samples import opening

pytestmark = [pytest.mark.database, pytest.mark.timeout(1800)]
KILLS = int(os.environ.get("AMENDS_LOG_KILLS", "12"))


async def test_a_sequencer_killed_at_any_moment_leaves_no_gap_and_no_fork(
    database: Database, database_server: Server, tmp_path: Path
):
    make_key(NAME, tmp_path / "witness.key")
    witness = open_witness([database.signer.vkey], tmp_path / "witness.key", tmp_path / "witness")
    name, chance, written = await database.pool.fetchval("SELECT current_database()"), random.Random(11), 0
    urls = database_server.url("owner", name), database_server.url("app", name)
    published: list[Checkpoint] = []
    async with served(witness) as address:
        for _ in range(KILLS):
            async with working(*urls, str(tmp_path), address.vkey, address.url) as process:
                before, delay, deadline = (await log.state(database)).size, chance.random() * 1.5, None
                while deadline is None or time.monotonic() < deadline:
                    events = chance.randint(1, 20)
                    await cases.append_events(database, MARKET, [opening(events=events)])
                    written += events
                    await asyncio.sleep(0.01)
                    if deadline is None and (await log.state(database)).size > before:
                        deadline = time.monotonic() + delay  # it has begun; now it dies at some moment
                process.send_signal(signal.SIGKILL)
                await process.wait()
            if note := await log.published(database):
                published.append(Checkpoint.parse(Note.parse(note).text))
        last = Sequencer(database, Witnesses((address,)))
        async with asyncio.timeout(60):  # the database may take a moment to notice a killed client
            while not await last.once() or (await log.state(database)).size < written:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert await is_sound(database) == written
    wrong = [line async for line in Check(database).findings()]
    assert [line for line in wrong if not line.startswith(MARKET)] == []  # these events' hashes are made up
    assert witness.seen(database.signer.origin).size == written
    sizes = [head.size for head in published]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 1, "it was always killed before it had published anything"


@asynccontextmanager
async def working(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A sequencer in a process of its own, at work."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.log.killed", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"working\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class TestRestore:
    """A real server, a real witness process, and a copy of yesterday's database put back."""

    def test_with_the_keys_of_yesterday_too_the_witness_knows(self, data: Path, tmp_path: Path):
        with shop(data, tmp_path) as (settings, copy):
            copy.restore("postgres", "keys", "files")
            self._only_reads(data, settings, copy.cases, "the witness witness.example/w1 has cosigned 4 leaves")

    def test_with_the_database_alone_the_signer_knows(self, data: Path, tmp_path: Path):
        with shop(data, tmp_path) as (settings, copy):
            copy.restore("postgres")
            without = {"AMENDS_LOG": settings["AMENDS_LOG"]}
            self._only_reads(data, without, copy.cases, "the signer: the log has 2 leaves, but 4 were signed before")

    def _only_reads(self, data: Path, settings: dict[str, str], case_ids: list[str], says: str) -> None:
        serving = Serving(data, **settings)
        with serving.client() as operator:
            ready = operator.get("/health/ready")
            assert (ready.status_code, ready.json()["code"]) == (503, "recovery")
            assert says in ready.json()["detail"]
            assert "leaves 2 to 3 of the log are lost here" in ready.json()["detail"]
            assert ok(operator.get(f"/v1/cases/{case_ids[0]}")).json()["id"] == case_ids[0]
            assert operator.get(f"/v1/cases/{case_ids[2]}").status_code == 404
            refused = operator.put("/v1/orders/O9", json=facts())
            assert (refused.status_code, refused.json()["code"]) == (503, "recovery")
            head = Checkpoint.parse(Note.parse(ok(operator.get("/log/checkpoint")).text).text)
            assert head.size == 2
        assert serving.end() == 0
        assert any(line["event"] == "recovery" and line["held"] == 2 and line["known"] == 4 for line in serving.logs)
        status = amends("log", "status", "--data", str(data), **settings)
        assert status.returncode == 1, status
        assert "leaves 2 to 3 of the log are lost here" in status.stdout

    def test_a_copy_of_today_is_served_and_written(self, data: Path, tmp_path: Path):
        with shop(data, tmp_path) as (settings, _):
            serving = Serving(data, **settings)
            with serving.client() as operator:
                assert ok(operator.get("/health/ready")).status_code == 200
                filed(operator, serving, 9)
                published(operator, 5)
            assert serving.end() == 0
            status = amends("log", "status", "--data", str(data), **settings)
            assert (status.returncode, "leaves       5" in status.stdout) == (0, True), status
            verified = amends("log", "verify", "--data", str(data))
            assert (verified.returncode, verified.stdout) == (0, "5 events and 5 leaves checked; none wrong.\n")


class Copy:
    """Yesterday's data, and the cases of yesterday and today."""

    def __init__(self, data: Path, folder: Path) -> None:
        self._data, self._folder = data, folder
        self.cases: list[str] = []

    def make(self) -> None:
        subprocess.run(["cp", "-a", self._data, self._folder], check=True)  # owners and all

    def restore(self, *parts: str) -> None:
        for part in parts:
            shutil.rmtree(self._data / part)
            subprocess.run(["cp", "-a", self._folder / part, self._data / part], check=True)


@contextmanager
def shop(data: Path, tmp_path: Path) -> Iterator[tuple[dict[str, str], Copy]]:
    """Two cases, a copy of everything, two cases more, all witnessed; then the server is stopped."""
    first = Serving(data)
    with first.client() as operator:
        vkey = ok(operator.get("/log/vkey")).text.strip()
    assert first.end() == 0
    with witnessing(vkey, tmp_path) as witness:
        settings, copy = {"AMENDS_WITNESSES": witness, "AMENDS_LOG": "json"}, Copy(data, tmp_path / "copy")
        for numbers in ((1, 2), (3, 4)):
            serving = Serving(data, **settings)
            with serving.client() as operator:
                copy.cases += [filed(operator, serving, number) for number in numbers]
                published(operator, max(numbers))
            assert serving.end() == 0
            if numbers == (1, 2):
                copy.make()
        yield settings, copy


@contextmanager
def witnessing(vkey: str, folder: Path) -> Iterator[str]:
    """A witness in a process of its own, as `AMENDS_WITNESSES` names it."""
    made = amends("witness", "keygen", "--name", NAME, "--key", str(folder / "w.key"))
    assert made.returncode == 0, made
    process = subprocess.Popen(
        [*AMENDS, "witness", "--log", vkey, "--key", str(folder / "w.key"), "--state", str(folder / "w"),
         "--port", "0"],
        env=environment(), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    said: Any = msgspec.json.decode(process.stderr.readline())
    assert said["event"] == "witnessing"
    try:
        yield f"{made.stdout.strip()}@{said['url']}"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        process.stderr.close()


def facts() -> Any:
    return msgspec.to_builtins(order("US", datetime.now(UTC) - timedelta(days=1)))


def filed(operator: httpx.Client, serving: Serving, number: int) -> str:
    """Alice's request about order `number`; the case's id."""
    ok(operator.put(f"/v1/orders/O{number}", json=facts()))
    with serving.client(token(operator, "buyer", "alice")) as client:
        answer = ok(client.post("/v1/cases", json={"order_id": f"O{number}", "line_id": "1", **FILING}))
    return str(answer.json()["id"])


def published(operator: httpx.Client, size: int) -> None:
    """Wait until the published checkpoint covers `size` leaves; it must carry the witness's cosignature."""
    for _ in range(200):
        response = operator.get("/log/checkpoint")
        if response.status_code == 200:
            note = Note.parse(response.text)
            if Checkpoint.parse(note.text).size == size:
                assert NAME in {each.name for each in note.signatures}
                return
        time.sleep(0.1)
    raise AssertionError(f"the checkpoint never covered {size} leaves: {response.text}")
