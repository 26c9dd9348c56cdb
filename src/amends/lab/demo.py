"""`amends demo`: a small marketplace on a sandbox server, played over the real HTTP interface and told in the terminal.

The stories are worked cases (`stories/*.yaml`), played together on one line of time by the same player that runs the
case book against a server. The server is a process of its own, started and stopped here.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import httpx
from rich.console import Console

from amends.lab import book
from amends.lab.book import WorkedCase
from amends.lab.remote import Server, ServerFault
from amends.lab.runner import RemoteMarket, Telling, play_over_http
from amends.lab.telling import Cast, told
from amends.law.actors import Actor
from amends.store.policies import installed

TOLD = 10
"""The first so many stories are told; the others are there to be looked at."""
ENDS_AT = datetime(2026, 1, 8, 4, 0, tzinfo=UTC)
"""Where the sandbox clock stands in the end: Thursday morning in Jakarta, Wednesday evening in California."""
STARTS_WITHIN_SECONDS = 60.0
STOPS_WITHIN_SECONDS = 20.0
WIDTH = 100
PEOPLE = (Actor("buyer", "jo", "Jo"), Actor("seller", "peak", "Peak Outdoor"), Actor("adjudicator", "Citra", "Citra"))
"""Whose tokens are printed: each has something to do when the demo ends."""
OPEN_DISPUTE = "PACK-1301"
"""The order of theirs whose seller still owes its evidence."""


def demo(port: int = 8420, once: bool = False, data_dir: Path | None = None) -> int:
    """Play, tell, print links and tokens, and keep serving until Ctrl-C (`once`: stop at once)."""
    console = Console(highlight=False, soft_wrap=True)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _interrupted)
    if _taken(port):
        print(f"port {port} is taken; choose another one: amends demo --port {port + 1}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="amends-demo-") as folder:
        place, key = data_dir or Path(folder), f"demo-{secrets.token_hex(12)}"
        console.print(f"Amends demo: a sandbox server on port {port}, embedded PostgreSQL in {place}")
        console.print("No virus scanner is asked (AMENDS_SCANNER=off): files are shown once they decode.")
        try:
            with _serving(port, place, key) as process, Server(f"http://127.0.0.1:{port}", key) as server:
                return _show(console, server, process, once)
        except ServerFault as fault:
            print(fault, file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            console.print("\nStopped.")
            return 0


def _show(console: Console, server: Server, process: subprocess.Popen[bytes], once: bool) -> int:
    if server.read("/v1/sandbox/clock")["standing"]:
        console.print("This folder has seen the demo already; it is served as it was left.")
    else:
        tellings = play(server)
        for number, telling in enumerate(tellings[:TOLD], start=1):
            console.print(story(number, telling, server))
        if failures := [str(failure) for telling in tellings for failure in telling.failures]:
            raise ServerFault("the demo did not go as written:\n" + "\n".join(failures))
        console.print(census(tellings))
    console.print(ways_in(server))
    if once:
        return 0
    console.print("\nServing until Ctrl-C.")
    process.wait()
    raise ServerFault(f"the server stopped by itself (exit code {process.returncode})")


def stories() -> list[WorkedCase]:
    """The demo's worked cases, in order."""
    folder = Path(str(files("amends.lab") / "stories"))
    return [book.read(path, installed()) for path in sorted(folder.glob("*.yaml"))]


def play(server: Server) -> list[Telling]:
    """Play all stories on a fresh sandbox and leave its clock at the end."""
    tellings = play_over_http(stories(), server)
    server.move(ENDS_AT)
    return tellings


def story(number: int, telling: Telling, server: Server) -> str:
    """One case told from its recorded history, with what was refused on the way."""
    case, market = telling.case, telling.market
    assert isinstance(market, RemoteMarket), "the demo plays over HTTP"
    cast = cast_of(case)
    events = server.read(f"/v1/cases/{market.case_id}/events")["items"] if market.case_id else []
    lines = [*told(events, cast), *_refusals(market, cast)]
    title = f"\n[bold]{number}. {case.title}[/bold]  ({case.policy}, times in {cast.city})"
    told_lines = [title, *_wrapped(case.note or "", 3), ""]
    for at, text in sorted(lines, key=lambda line: line[0]):
        told_lines += _wrapped(text, 21, f"   {cast.when(at)}  ")
    return "\n".join(told_lines)


def _refusals(market: RemoteMarket, cast: Cast) -> Iterator[tuple[datetime, str]]:
    for at, actor, refused in market.refused:
        who = cast.name(actor.role, actor.id)
        clauses = f" [{', '.join(refused.clauses[:4])}]" if refused.clauses else ""
        yield at, f"{who[:1].upper()}{who[1:]} is told no. {refused.facts.get('says', refused.code)}{clauses}"


def cast_of(case: WorkedCase) -> Cast:
    """Who is who in a story."""
    order, policy = case.order, installed().named(case.policy)
    assert policy is not None, "the story was read with the installed packs"
    return Cast(order.buyer.name or order.buyer.id, order.seller.name or order.seller.id,
                order.fulfilment.carrier or "the courier", policy.pack.zone, order.currency)  # fmt: skip


def census(tellings: Sequence[Telling]) -> str:
    """How many cases stand where, all stories counted."""
    stages: dict[str, int] = {}
    for telling in tellings:
        stage = str(telling.market.shown()["stage"]).replace("_", " ")
        stages[stage] = stages.get(stage, 0) + 1
    counted = ", ".join(f"{count} {stage}" for stage, count in sorted(stages.items()))
    return f"\n[bold]{len(tellings)} stories played[/bold], {TOLD} of them told. They stand: {counted}."


def ways_in(server: Server) -> str:
    """Links, tokens and commands to look further."""
    url = server.url
    lines = [
        "",
        "[bold]Start here[/bold]  be anybody in the marketplace and move its clock; the link opens once",
        f"   {server.stage()}",
        "",
        "[bold]Look further[/bold]",
        f"   documents  {url}/docs",
        f"   OpenAPI    {url}/openapi.json",
        "",
    ]
    lines.append(f"   OPERATOR={server.key}")
    lines += [f"   {person.role.upper()}={server.mint(person)}" for person in PEOPLE]
    buyer, seller, adjudicator = (person.name for person in PEOPLE)
    lines += [
        "",
        f"   {buyer} disputes what {seller} sent, {adjudicator} decides. With the lines above in your shell, try:",
        "",
    ]
    lines += [f"   {line}" for line in curls(url, _case_of(OPEN_DISPUTE, server))]
    return "\n".join(lines)


def curls(url: str, case_id: str) -> list[str]:
    """Commands to paste: the list, one case, what a command would do, doing it, the desk's queue, two days later."""
    material = '{"items": [{"type": "photo_of_packing", "text": "Green, as ordered"}], "last": true}'
    preview = '{"command": "submit_evidence", ' + material[1:]

    def call(who: str, path: str, body: str | None = None) -> str:
        sent = f" -H 'Content-Type: application/json' -d '{body}'" if body else ""
        return f"curl -s -H \"Authorization: Bearer ${who}\"{sent} '{url}{path}'"

    return [
        call("OPERATOR", "/v1/cases?limit=30"),
        call("SELLER", f"/v1/cases/{case_id}"),
        call("SELLER", f"/v1/cases/{case_id}/preview", preview),
        call("SELLER", f"/v1/cases/{case_id}/submit-evidence", material),
        call("ADJUDICATOR", "/v1/queue"),
        call("OPERATOR", "/v1/sandbox/clock", '{"advance": "PT48H"}'),
    ]


def _case_of(order_id: str, server: Server) -> str:
    return str(server.read(f"/v1/cases?order_id={order_id}")["items"][0]["id"])


def _wrapped(text: str, indent: int, first: str | None = None) -> list[str]:
    """Text at a reading width; square brackets are no markup."""
    lines = textwrap.wrap(text, WIDTH, initial_indent=first or " " * indent, subsequent_indent=" " * indent)
    return [line.replace("[", "\\[") for line in lines]


@contextmanager
def _serving(port: int, place: Path, key: str) -> Iterator[subprocess.Popen[bytes]]:
    """A sandbox server as a child in a session of its own; ended, and waited for, at the end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    environment |= {"AMENDS_BOOTSTRAP_KEY": key, "AMENDS_LOG_LEVEL": "warning", "AMENDS_SCANNER": "off"}
    command = [sys.executable, "-m", "amends.cli", "serve", "--sandbox", "--port", str(port), "--data", str(place)]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        _wait_until_ready(process, f"http://127.0.0.1:{port}/health/ready")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ServerFault(f"the server did not start (exit code {process.returncode})")
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise ServerFault(f"the server was not ready within {STARTS_WITHIN_SECONDS:.0f} seconds")


def _interrupted(*_: object) -> None:
    """Ctrl-C and a plain `kill` end the demo alike, also where the shell has Ctrl-C ignored."""
    raise KeyboardInterrupt


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
