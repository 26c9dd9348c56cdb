"""Sudden death while files come in: every acknowledged file is there bit for bit, every resumable one goes on.

AMENDS_KILLS says how many times a server dies while six people send files of 1 KiB to 5 MiB, three of them resumably.
"""

import base64
import hashlib
import os
import random
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.server.serving import Serving, amends, ok, token

pytestmark = [pytest.mark.database, pytest.mark.timeout(3600)]
KILLS = int(os.environ.get("AMENDS_KILLS", "10"))
PEOPLE = 6
SMALLEST, LARGEST = 1024, 5 * 1024 * 1024
PIECE = 256 * 1024
PLENTY = {"AMENDS_UPLOAD_FILES_A_DAY": "1000000", "AMENDS_UPLOAD_BYTES_A_DAY": str(10**12), "AMENDS_SCANNER": "off"}
TUS = {"Tus-Resumable": "1.0.0"}


class Sender:
    """One person's files: what was acknowledged, and the resumable upload that was cut off."""

    def __init__(self, number: int) -> None:
        self.chance = random.Random(number)
        self.resumes = number % 2 == 1
        self.acknowledged: dict[str, str] = {}
        self.unfinished: tuple[str, bytes] | None = None
        self.resumed = self.started = 0
        self.trouble: list[str] = []

    def send_until_death(self, serving: Serving, alice: str) -> None:
        """Send files one after the other until nobody answers any more."""
        try:
            with serving.client(alice) as client:
                while True:
                    self._resumably(client) if self.resumes else self._plainly(client)
        except httpx.TransportError:
            return
        except AssertionError as wrong:
            self.trouble.append(str(wrong))

    def finish(self, serving: Serving, alice: str) -> None:
        """Go on with what was cut off, to its end."""
        with serving.client(alice) as client:
            if self.unfinished is not None:
                self._go_on(client, *self.unfinished)

    def _data(self) -> bytes:
        size = int(SMALLEST * (LARGEST / SMALLEST) ** self.chance.random())
        return base64.encodebytes(self.chance.randbytes(size * 3 // 4))  # text in lines

    def _plainly(self, client: httpx.Client) -> None:
        data = self._data()
        self.started += 1
        answer = client.post("/v1/uploads", files={"file": ("a.txt", data)})
        if answer.status_code == 503:
            return
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert made["sha256"] == hashlib.sha256(data).hexdigest()
        self.acknowledged[made["id"]] = made["sha256"]

    def _resumably(self, client: httpx.Client) -> None:
        if self.unfinished is None:
            data = self._data()
            headers = TUS | {"Upload-Length": str(len(data)), "Upload-Metadata": metadata(data)}
            made = client.post("/v1/uploads/tus", headers=headers)
            if made.status_code == 503:
                return
            assert made.status_code == 201, made.text
            self.started += 1
            self.unfinished = (made.headers["location"], data)
        self._go_on(client, *self.unfinished)

    def _go_on(self, client: httpx.Client, where: str, data: bytes) -> None:
        asked = client.head(where, headers=TUS)
        while asked.status_code == 503:  # the database died before its server
            time.sleep(0.05)
            asked = client.head(where, headers=TUS)
        assert asked.status_code == 200, asked.status_code
        offset = int(asked.headers["upload-offset"])
        self.resumed += offset > 0
        while offset < len(data):
            headers = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            answer = client.patch(where, headers=headers, content=data[offset : offset + PIECE])
            if answer.status_code in (423, 503):  # the request that was cut off is not over yet
                time.sleep(0.05)
                continue
            assert answer.status_code == 204, answer.text
            offset = int(answer.headers["upload-offset"])
        self.acknowledged[where.rpartition("/")[2]] = hashlib.sha256(data).hexdigest()
        self.unfinished = None


def metadata(data: bytes) -> str:
    facts = {"filename": "a.txt", "filetype": "text/plain", "sha256": hashlib.sha256(data).hexdigest()}
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in facts.items())


def test_every_acknowledged_file_survives_every_kill_and_every_resumable_one_goes_on(
    data: Path, record_testsuite_property: Callable[[str, object], None]
):
    chance, senders = random.Random(5), [Sender(number) for number in range(PEOPLE)]
    for kill in range(KILLS):
        serving, alice = opened(data)
        for sender in senders:
            sender.finish(serving, alice)
        threads = [threading.Thread(target=sender.send_until_death, args=(serving, alice)) for sender in senders]
        for thread in threads:
            thread.start()
        time.sleep(0.3 + 1.5 * chance.random())
        if kill % 3 == 2 and (postmaster := serving.postmaster()):
            os.kill(postmaster, signal.SIGKILL)
        serving.end(signal.SIGKILL)
        for thread in threads:
            thread.join()
        assert [trouble for sender in senders for trouble in sender.trouble] == []
    nothing_is_lost(data, senders, lambda figures: record_testsuite_property("kills", figures))


def nothing_is_lost(data: Path, senders: list[Sender], report: Callable[[str], None]) -> None:
    serving, alice = opened(data)
    for sender in senders:
        sender.finish(serving, alice)
    acknowledged = {upload: digest for sender in senders for upload, digest in sender.acknowledged.items()}
    with serving.client(alice) as client:
        for upload, digest in acknowledged.items():
            content = ok(client.get(f"/v1/evidence/{upload}/original")).content
            assert hashlib.sha256(content).hexdigest() == digest, f"{upload} is not what was acknowledged"
    assert serving.end() == 0
    report(f"{KILLS} kills: {sum(s.started for s in senders)} files begun, {len(acknowledged)} acknowledged, all there")
    assert len(acknowledged) > 5 * KILLS
    assert sum(s.resumed for s in senders) > 0
    scrubbed = amends("scrub", "--data", str(data), **PLENTY)
    assert scrubbed.returncode == 0, scrubbed
    assert "none damaged or missing" in scrubbed.stdout
    assert int(re.findall(r"([\d,]+) files", scrubbed.stdout)[-1].replace(",", "")) >= len(acknowledged)


def test_a_server_that_commits_its_row_first_is_caught(data: Path) -> None:
    """Sabotage: with the bytes put in their place only after the row commits, a kill loses what was acknowledged."""
    (data / "sabotage").mkdir()
    (data / "sabotage" / "sitecustomize.py").write_text(SABOTAGE)
    there = os.pathsep.join(filter(None, [str(data / "sabotage"), os.environ.get("PYTHONPATH", "")]))
    serving, alice = opened(data, PYTHONPATH=there)
    with serving.client(alice) as client:
        made = ok(client.post("/v1/uploads", files={"file": ("a.txt", b"acknowledged too early")})).json()
    serving.end(signal.SIGKILL)
    scrubbed = amends("scrub", "--data", str(data), **PLENTY)
    assert scrubbed.returncode == 1, scrubbed
    assert f"upload {made['id']}: missing" in scrubbed.stdout


SABOTAGE = """
import asyncio
from amends.store.files import Files
put = Files.put
async def late(self, path, source):
    kept = source.with_suffix(".later")
    kept.write_bytes(source.read_bytes())
    async def do():
        await asyncio.sleep(3600)
        await put(self, path, kept)
    asyncio.create_task(do())
Files.put = late
"""


def opened(data: Path, **extra: str) -> tuple[Serving, str]:
    """A server on the folder, and Alice's token."""
    serving = Serving(data, **PLENTY, **extra)
    with serving.client() as operator:
        return serving, token(operator, "buyer", "alice")
