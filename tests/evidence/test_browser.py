"""Nothing that was sent in runs in a viewer's browser: hostile payloads opened in a real Chromium from a real server.

A page of our own on another port holds frames, images, objects, scripts and style sheets that all point at evidence
links; a canary counts who comes. The control is the same page with the payloads served as they pretend to be.
"""

import http.server
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.evidence.hostile import payloads
from tests.server.serving import Serving, ok, token

pytestmark = [pytest.mark.database, pytest.mark.slow]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip
LEAST = 30


class Site:
    """A web server of our own: pages by path, and a count of who came to the canary."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[bytes, str]] = {}
        self.came: list[str] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                if path == "/canary":
                    site.came.append(query)
                body, kind = site.pages.get(path, (b"", "text/plain"))
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("access-control-allow-origin", "*")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def site() -> Iterator[Site]:
    held = Site()
    thread = threading.Thread(target=held.server.serve_forever)
    thread.start()
    try:
        yield held
    finally:
        held.server.shutdown()
        held.server.server_close()
        thread.join()


def opened(address: str) -> str:
    """The page as Chromium sees it after all it wanted was fetched and run."""
    assert CHROMIUM
    with tempfile.TemporaryDirectory(prefix="amends-browser-") as profile:
        done = subprocess.run(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--virtual-time-budget=8000", "--dump-dom", address],
            capture_output=True, text=True, timeout=150,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout


def page(addresses: list[str]) -> bytes:
    """Every way a page has to open an address without a click."""
    ways = ('<iframe src="{0}"></iframe><object data="{0}"></object><embed src="{0}"><img src="{0}">'
            '<script src="{0}"></script><link rel="stylesheet" href="{0}"><video src="{0}"></video>')  # fmt: skip
    body = "".join(ways.format(address) for address in addresses)
    return f'<!doctype html><body>{body}<script>document.title = "the page ran"</script></body>'.encode()


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="amends-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_control_shows_that_the_canary_sings():
    with site() as ours:
        for number, (_, body, kind) in enumerate(payloads(f"{ours.address}/canary")):
            ours.pages[f"/p{number}"] = (body, kind)
        ours.pages["/page"] = (page([f"{ours.address}/p{n}" for n in range(len(ours.pages))]), "text/html")
        opened(f"{ours.address}/page")
        assert len(ours.came) >= 5, "served as they pretend to be, these payloads do run"


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_no_payload_served_by_us_runs(data: Path):
    with site() as ours:
        hostile = payloads(f"{ours.address}/canary")
        assert len(hostile) >= LEAST
        server = Serving(data, AMENDS_SCANNER="off")
        try:
            addresses, taken = served(server, hostile)
            ours.pages["/page"] = (page(addresses), "text/html")
            seen = opened(f"{ours.address}/page")
            with server.client() as operator:
                given = figures(ok(operator.get("/metrics")).text)
        finally:
            server.end()
    assert "the page ran" in seen
    assert taken >= LEAST, f"only {taken} payloads were taken in"
    assert given >= len(addresses), f"only {given} of {len(addresses)} addresses were opened and answered"
    assert ours.came == [], f"{len(ours.came)} requests to the canary"


def served(server: Serving, hostile: list[tuple[str, bytes, str]]) -> tuple[list[str], int]:
    """The payloads sent in by a buyer; links to all that is given out of those that were taken, and how many were."""
    with server.client() as operator:
        alice = {"Authorization": f"Bearer {token(operator, 'buyer', 'alice')}"}
        ids = []
        for name, body, kind in hostile:
            sent = operator.post("/v1/uploads", files={"file": (name, body, kind)}, headers=alice)
            assert sent.status_code in (201, 415, 422, 400), sent.text
            if sent.status_code == 201:
                ids.append(sent.json()["id"])
        until_checked(operator)
        return [link for one in ids for link in links(operator, alice, one)], len(ids)


def figures(metrics: str) -> int:
    """How many links were followed and answered with their bytes."""
    name = 'amends_http_answers_total{route="follow_link",status="'
    lines = [line for line in metrics.splitlines() if line.startswith((name + '200"', name + '206"'))]
    return int(sum(float(line.rpartition(" ")[2]) for line in lines))


def until_checked(operator: httpx.Client) -> None:
    for _ in range(600):
        if ok(operator.get("/health/ready")).json()["files_waiting"] == 0:
            return
        time.sleep(0.2)
    raise AssertionError("the files were never checked")


def links(client: httpx.Client, alice: dict[str, str], upload_id: str) -> Iterator[str]:
    for variant in ("original", "w160"):
        made = client.post(f"/v1/evidence/{upload_id}/links", json={"variant": variant}, headers=alice)
        if made.status_code == 201:
            yield server_address(client) + "/v1/" + made.json()["url"].partition("/v1/")[2]


def server_address(client: httpx.Client) -> str:
    return str(client.base_url).rstrip("/")
