"""`amends serve` from outside: it comes up, it ends cleanly, and it says in one line why it cannot begin."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.cast import FILING, order
from tests.server.serving import AMENDS, Serving, amends, environment, ok, token

pytestmark = pytest.mark.database
STREAMS_END_WITHIN_SECONDS = 10
"""Half of what a server waits for a request that does not end; PostgreSQL's own end is in it."""


def test_it_serves_fires_deadlines_and_ends_cleanly_on_sigterm(data: Path):
    serving = Serving(data, "--sandbox")
    with serving.client() as client:
        assert ok(client.get("/health/ready")).status_code == 200
        assert "amends_deadlines_frozen 0.0" in ok(client.get("/metrics")).text
        assert ok(client.post("/v1/sandbox/clock", json={"advance": "PT48H"})).json()["fired"] == 0
    assert serving.end(signal.SIGTERM) == 0
    assert serving.postmaster() is None
    events = [line["event"] for line in serving.logs]
    assert events.count("deadline_worker_started") == events.count("deadline_worker_stopped") == 2
    assert events[-1] == "stopped"


def test_ctrl_c_in_a_terminal_ends_it_as_cleanly(data: Path):
    serving = Serving(data)
    assert serving.end(signal.SIGINT, group=True) == 0
    assert serving.postmaster() is None


def test_requests_in_flight_are_answered_before_it_ends(data: Path):
    serving = Serving(data, "--sandbox")
    with serving.client() as client, ThreadPoolExecutor(8) as people:

        def put(number: int) -> int | None:
            try:
                return client.put(f"/v1/orders/O{number}", json=plain_order()).status_code
            except httpx.TransportError:
                return None

        sent = [people.submit(put, number) for number in range(200)]
        sent[20].result()
        assert serving.end(signal.SIGTERM) == 0
        answers = [each.result() for each in sent]
    stored = sum(answer == 201 for answer in answers)
    assert 0 < stored < 200
    assert set(answers) <= {201, None}
    again = Serving(data)
    with again.client() as client:
        found = [client.get(f"/v1/orders/O{number}").status_code for number in range(200)]
    again.end()
    assert all(there == 200 for there, answer in zip(found, answers, strict=True) if answer == 201)


def test_pages_that_listen_do_not_hold_up_the_end(data: Path):
    serving = Serving(data, "--sandbox")
    with serving.client() as client, contextlib.ExitStack() as open_streams:
        ok(client.put("/v1/orders/O1", json=plain_order()))
        alice = {"Authorization": f"Bearer {token(client, 'buyer', 'alice')}"}
        case = ok(client.post("/v1/cases", json=filing("O1"), headers=alice)).json()["id"]
        for role, person, path in (("buyer", "alice", f"/cases/{case}/live"), ("adjudicator", "dana", "/desk/live")):
            heard = open_streams.enter_context(listening(serving, token(client, role, person), path))
            assert next(heard) == "retry: 3000"
        began = time.monotonic()
        assert serving.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < STREAMS_END_WITHIN_SECONDS


def test_a_second_server_joins_the_same_database(data: Path):
    first, second = Serving(data), Serving(data)
    with first.client() as client:
        ok(client.put("/v1/orders/O1", json=plain_order()))
    assert first.end() == 0
    with second.client() as client:
        assert client.get("/v1/orders/O1").status_code == 200
    assert second.end() == 0
    assert second.postmaster() is None


def test_a_party_sees_the_case_it_opened(data: Path):
    serving = Serving(data)
    with serving.client() as operator:
        ok(operator.put("/v1/orders/O1", json=plain_order()))
        alice = token(operator, "buyer", "alice")
    with serving.client(alice) as client:
        filed = ok(client.post("/v1/cases", json=filing("O1"))).json()
        assert ok(client.get(f"/v1/cases/{filed['id']}")).json()["stage"] == "awaiting_seller"
    serving.end()


class TestCannotBegin:
    """Exit code 2 and one line."""

    def test_the_port_is_taken(self, data: Path):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            assert refused("serve", "--port", str(port), "--data", str(data)).startswith(f"amends: Port {port} on ")

    def test_a_setting_is_wrong(self):
        line = refused("serve", AMENDS_WORKERS="many")
        assert line == "amends: AMENDS_WORKERS is 'many', which cannot be used: it must be a whole number from 0 to 64"

    def test_the_database_cannot_be_reached(self):
        line = refused("serve", "--port", "0", AMENDS_DATABASE_URL="postgresql://amends:secret@127.0.0.1:1/amends")
        assert "cannot be reached" in line
        assert "secret" not in line

    def test_a_market_is_given_a_pack_that_is_not_there(self, data: Path):
        line = refused("serve", "--port", "0", "--data", str(data), AMENDS_MARKETS="US=no-such-pack")
        assert "AMENDS_MARKETS gives US the pack 'no-such-pack'" in line

    def test_a_policy_is_not_sound(self, data: Path, tmp_path: Path):
        (tmp_path / "mine.yaml").write_text("pack: mine\n")
        line = refused("serve", "--port", "0", "--data", str(data), AMENDS_POLICIES=str(tmp_path / "mine.yaml"))
        assert "mine.yaml:1: " in line


def refused(*arguments: str, **extra: str) -> str:
    """The line that a command which cannot begin leaves on standard error."""
    done = amends(*arguments, **extra)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return [line for line in done.stderr.splitlines() if line][-1]


class TestWorkerAlone:
    def test_it_works_until_told_to_stop(self, data: Path):
        process = subprocess.Popen(
            [*AMENDS, "worker", "--data", str(data)], env=environment(), stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "deadline_worker_started" in line:
                break
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        process.stderr.close()
        assert process.wait(30) == 0
        assert "deadline_worker_stopped" in rest


def test_help_reaches_for_nothing_heavy():
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "amends.cli", "--help"], capture_output=True, text=True
    )
    assert loaded.returncode == 0
    heavy = {"litestar", "asyncpg", "uvicorn", "holidays", "structlog", "httpx"}
    imported = set(re.findall(r"\|\s+([\w.]+)$", loaded.stderr, re.MULTILINE))
    assert not heavy & imported


@contextlib.contextmanager
def listening(serving: Serving, link: str, path: str) -> Iterator[Iterator[str]]:
    """The lines of a page's stream, for whom a link lets in."""
    with httpx.Client(base_url=serving.url, timeout=30) as browser:
        assert browser.post("/enter", data={"t": link}).status_code == 303
        with browser.stream("GET", path) as answer:
            assert answer.status_code == 200
            yield answer.iter_lines()


def plain_order() -> dict[str, object]:
    """An order delivered yesterday."""
    made: dict[str, object] = msgspec.to_builtins(order("US", datetime.now(UTC) - timedelta(days=1)))
    return made


def filing(order_id: str) -> dict[str, object]:
    return {"order_id": order_id, "line_id": "1", **FILING}
