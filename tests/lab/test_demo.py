"""The demo plays on a server of its own over HTTP, tells its stories and leaves nothing running."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from amends.lab import book, demo
from amends.lab.remote import Server
from amends.lab.runner import play_in_memory, play_over_http
from amends.store.policies import installed

CASES = Path(__file__).resolve().parents[2] / "cases"
KEY = "a-key-for-tests-only"
TOLD = [
    "Thanksgiving Day and the weekend do not count",
    "Silence approves the request",
    "US-39",
    "Rp 200.000",
    "Somebody other than the first adjudicator",
    "27 stories played",
    "/docs",
    "OPERATOR=demo-",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_demo(port: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AMENDS_DATABASE_URL": "postgresql://nowhere/must-not-be-used"}
    command = [sys.executable, "-c", f"import sys; from amends.lab.demo import demo; sys.exit(demo({port}, once=True))"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=240)


@pytest.mark.database
def test_the_demo_tells_ten_stories_and_ends():
    port = free_port()
    done = run_demo(port)
    assert (done.returncode, done.stderr) == (0, "")
    titles = re.findall(r"^(\d+)\. ", done.stdout, re.MULTILINE)
    assert titles == [str(n) for n in range(1, demo.TOLD + 1)]
    for told in TOLD:
        assert told in " ".join(done.stdout.split())
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health/live")


def test_a_taken_port_is_said_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run_demo(taken.getsockname()[1])
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "is taken; choose another one: amends demo --port" in done.stderr


@pytest.fixture
def sandbox(short_dir: Path) -> Iterator[Server]:
    """A fresh sandbox server, spoken to as its operator."""
    port = free_port()
    place = Path(tempfile.mkdtemp(dir=short_dir))
    with demo._serving(port, place, KEY), Server(f"http://127.0.0.1:{port}", KEY) as server:
        yield server


@pytest.mark.database
def test_the_ready_made_commands_answer(sandbox: Server):
    demo.play(sandbox)
    tokens = {"OPERATOR": KEY} | {person.role.upper(): sandbox.mint(person) for person in demo.PEOPLE}
    case_id = demo._case_of(demo.OPEN_DISPUTE, sandbox)
    for line in demo.curls(sandbox.url, case_id):
        words = shlex.split(line)
        header = next(word for word in words if word.startswith("Authorization"))
        token = re.sub(r"\$(\w+)", lambda match: tokens[match[1]], header).partition(": ")[2]
        body = words[words.index("-d") + 1] if "-d" in words else None
        headers = {"Authorization": token, "Content-Type": "application/json"}
        answer = httpx.request("POST" if body else "GET", words[-1], headers=headers, content=body)
        assert answer.is_success, (line, answer.text)
        json.loads(answer.text)


@pytest.mark.database
@pytest.mark.slow
def test_the_whole_book_goes_over_http_as_it_goes_in_memory(sandbox: Server):
    read = [book.read(path, installed()) for path in book.files([CASES])]
    cases = [case for case in read if case.in_memory_only is None]
    assert len(cases) > 400
    over_http = play_over_http(cases, sandbox)
    assert [str(failure) for telling in over_http for failure in telling.failures] == []
    for case, telling in zip(cases, over_http, strict=True):
        _, market = play_in_memory(case, installed())
        assert sandbox.now is not None
        market.move(sandbox.now)
        shown = telling.market.shown()
        for key in ("stage", "closed_as", "revision", "refunded", "remedies", "deadlines", "recourse", "disputes"):
            told, erased = market.shown(), bool(shown.get("retention", {}).get("erased"))
            assert _kept(shown.get(key), told.get(key), erased) == told.get(key), (case.path, key)


def _kept(over_http: Any, in_memory: Any, erased: bool) -> Any:
    """What a server shows, with memory's words where it destroyed their keys: memory has no keys to destroy."""
    if erased and over_http == "[erased]" and isinstance(in_memory, str):
        return in_memory
    if isinstance(over_http, dict) and isinstance(in_memory, dict):
        return {name: _kept(value, in_memory.get(name), erased) for name, value in over_http.items()}
    if isinstance(over_http, list) and isinstance(in_memory, list) and len(over_http) == len(in_memory):
        return [_kept(one, other, erased) for one, other in zip(over_http, in_memory, strict=True)]
    return over_http
