"""The command line: `amends …`. It reads words, opens what a command needs, and prints; the work is done elsewhere.

Heavy rooms are imported inside the commands, so that `amends --help` answers at once. Exit codes: 0 done, 1 something
was found wrong, 2 it could not begin (one readable line on standard error).
"""

import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import msgspec
from cyclopts import App, Group, Parameter

from amends import __version__
from amends.settings import Settings, SettingsError, read, with_options

if TYPE_CHECKING:
    from amends.handle import Hinge

Role = Literal["operator", "adjudicator", "carrier", "auditor"]
Data = Annotated[Path | None, Parameter(help="Folder of the embedded database and of files (AMENDS_DATA).")]
Marketplace = Annotated[str | None, Parameter(help="Marketplace (AMENDS_MARKETPLACE; default: default).")]

WIDTH_OF_A_PIPE = 1000

app = App(
    name="amends",
    version=__version__,
    help="Amends: the after-sale dispute service of a marketplace.",
    help_format="plaintext",
    group_commands=Group("Commands"),
)
keys = App(name="keys", help="API keys of a marketplace.")
policy = App(name="policy", help="Policy packs: check a draft, read an edition.")
cases = App(name="cases", help="Worked cases.")
imports = App(name="import", help="Bring in data.")
deadlines = App(name="deadlines", help="Deadlines that could not fire: list them (the default), release one.")
for group in (keys, policy, cases, imports, deadlines):
    app.command(group)


@app.command
def serve(
    *,
    sandbox: Annotated[bool, Parameter(negative="", help="Give the marketplace a movable clock.")] = False,
    host: str | None = None,
    port: int | None = None,
    workers: Annotated[int | None, Parameter(help="Deadline workers in this process; 0 for none.")] = None,
    data: Data = None,
) -> None:
    """Run the API and the deadline workers until told to stop."""
    from amends import server

    settings = _settings(host=host, port=port, workers=workers, data=data, sandbox=sandbox or None)
    _run(lambda: server.serve(settings))


@app.command
def worker(*, workers: int | None = None, data: Data = None) -> None:
    """Run deadline workers alone."""
    from amends import server

    settings = _settings(workers=workers, data=data)
    _run(lambda: server.work(settings))


@keys.command(name="create")
def create_key(*, role: Role, name: str, marketplace: Marketplace = None, data: Data = None) -> None:
    """Make a key and print it once; only its hash is stored."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import keys as store

        row, secret = await store.create(hinge.db, settings.marketplace, role=role, name=name, at=hinge.clock())
        print(secret)
        _note(
            f"{row.role} key {row.key_id} of {settings.marketplace}, named {row.name}. Keep it: it is not shown again."
        )

    if not re.fullmatch(r"[\x20-\x7e]{1,64}", name) or not name.strip():
        _stop("--name: use 1 to 64 printable ASCII characters")
    _with_house(work, make=True, marketplace=marketplace, data=data)


@keys.command(name="list")
def list_keys(*, marketplace: Marketplace = None, data: Data = None) -> None:
    """List the marketplace's keys, the ended ones too."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import keys as store

        rows = await store.list_keys(hinge.db, settings.marketplace)
        _table(
            ["key", "role", "name", "made", "ended"],
            [[k.key_id, k.role, k.name, _time(k.created_at), _time(k.revoked_at)] for k in rows],
        )

    _with_house(work, marketplace=marketplace, data=data)


@keys.command(name="revoke")
def revoke_key(key_id: str, *, marketplace: Marketplace = None, data: Data = None) -> None:
    """End a key at once."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import keys as store
        from amends.store.ids import parse_case_id as parse_id

        known = parse_id(key_id)
        if known is None or not await store.revoke(hinge.db, settings.marketplace, known, hinge.clock()):
            _stop(f"{settings.marketplace} has no working key {key_id}; `amends keys list` shows them", 1)
        print(f"Key {known} works no more.")

    _with_house(work, marketplace=marketplace, data=data)


@policy.command(name="check")
def check_policy(*files: Path) -> None:
    """Check policy files: shape, citations, gaps and overlaps of tables, values nothing reads."""
    from amends.store.policies import check_file

    if not files:
        _stop("name at least one policy file, e.g. amends policy check my-policy.yaml")
    wrong = 0
    for file in files:
        if not file.is_file():
            _stop(f"there is no file {file}")
        findings = check_file(file)
        wrong += len(findings)
        for finding in findings:
            print(f"{file}:{finding.line}: {finding.message}")
        if not findings:
            print(f"{file}: sound")
    sys.exit(1 if wrong else 0)


@policy.command(name="show")
def show_policy(name: str, clause: str | None = None) -> None:
    """Print an edition (PACK@EDITION), or one of its clauses or readings."""
    from amends.store.policies import Catalogue, PolicyFault, show

    try:
        catalogue = Catalogue.open(_settings().policies)
        found = catalogue.named(name)
        if found is None:
            _stop(f"there is no policy {name}; there are {', '.join(each.name for each in catalogue.policies)}")
        print(show(found, clause))
    except PolicyFault as fault:
        _stop(str(fault))
    except LookupError as unknown:
        _stop(str(unknown.args[0]), 1)


@cases.command(name="run")
def run_cases(*paths: Path, url: str | None = None, key: str | None = None) -> None:
    """Play worked cases and report each: in memory, or with --url on a sandbox server over HTTP."""
    from amends.lab.runner import run_paths

    if not paths:
        _stop("name at least one worked case or folder, e.g. amends cases run cases/")
    sys.exit(run_paths(paths, url, key, _settings().policies))


@imports.command(name="orders")
def import_orders(
    *files: Path,
    mapping: Path | None = None,
    market: str | None = None,
    rejects: Path | None = None,
    marketplace: Marketplace = None,
    data: Data = None,
) -> None:
    """Bring in orders from CSV or JSON Lines with a mapping file; bad rows go to --rejects."""
    from amends.lab.orders import import_orders as bring_in

    if not files:
        _stop("name at least one file or folder of orders")
    settings = _settings(marketplace=marketplace, data=data)
    sys.exit(
        bring_in(
            files,
            mapping,
            database_url=settings.database_url,
            data_dir=settings.data,
            marketplace=settings.marketplace,
            market=market,
            rejects=rejects,
        )
    )


@app.command
def simulate(
    *,
    orders: Annotated[list[Path], Parameter(consume_multiple=True)],
    policy: Annotated[str, Parameter(help="PACK@EDITION")],
    mapping: Path | None = None,
    seed: int = 1,
    cases: int | None = None,
    report: Path | None = None,
    data: Data = None,
) -> None:
    """Let buyers, sellers and adjudicators play real orders to the end, and report what happened."""
    from amends.lab.simulate import simulate as play

    sys.exit(play(orders, mapping, policy, seed, cases, data_dir=data, report=report))


@app.command
def demo(*, port: int = 8420, once: bool = False, data: Data = None) -> None:
    """Play a small marketplace on a sandbox server, tell its stories, and keep serving it."""
    from amends.lab.demo import demo as play

    sys.exit(play(port, once, data))


@app.command
def rebuild(
    *,
    check: Annotated[bool, Parameter(negative="", help="Compare only; nothing else exists.")] = True,
    marketplace: Annotated[str | None, Parameter(help="Only this one; otherwise every marketplace.")] = None,
    data: Data = None,
) -> None:
    """Fold the events of every case and compare with all that is stored. Writes nothing."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import marketplaces, rebuild

        places = [settings.marketplace] if marketplace else await marketplaces.all_ids(hinge.db)
        told = differing = 0
        for place in places:
            async for case_id, differences in rebuild.check(hinge.db, place):
                told += 1
                differing += bool(differences)
                for found in differences:
                    print(f"{place} {case_id}: {found.what}: stored {found.stored}, folded {found.folded}")
        print(f"{told:,} cases folded; {differing or 'none'} differ{'s' if differing == 1 else ''}.")
        if differing:
            sys.exit(1)

    _with_house(work, make=None if marketplace is None else False, marketplace=marketplace, data=data)


@deadlines.default
@deadlines.command(name="list")
def list_deadlines(*, marketplace: Marketplace = None, data: Data = None) -> None:
    """List deadlines that failed to fire, with their errors; exit 1 when there are any."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import deadlines as store

        rows = await store.list_set_aside(hinge.db, settings.marketplace)
        if not rows:
            print("No deadline is in trouble.")
            return
        _table(
            ["case", "deadline", "due", "tries", "next try", "error"],
            [
                [d.case_id, d.deadline_id, _time(d.due_at), str(d.attempts), _next_try(d), d.last_error or ""]
                for d in rows
            ],
        )
        sys.exit(1)

    _with_house(work, marketplace=marketplace, data=data)


@deadlines.command(name="release")
def release_deadline(case_id: str, deadline_id: str, *, marketplace: Marketplace = None, data: Data = None) -> None:
    """Let a deadline that was set aside try again at once."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import deadlines as store
        from amends.store.ids import parse_case_id

        known = parse_case_id(case_id)
        if known is None or not await store.release(hinge.db, settings.marketplace, known, deadline_id):
            _stop(f"{deadline_id} of case {case_id} is not in trouble; `amends deadlines list` shows what is", 1)
        print(f"{deadline_id} of case {known} fires at the next round.")

    _with_house(work, marketplace=marketplace, data=data)


@app.command
def openapi() -> None:
    """Print the OpenAPI document of the HTTP interface."""
    from amends.api.app import openapi as document

    sys.stdout.buffer.write(document())


@app.command
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """The entry point of the `amends` command."""
    app()


def _settings(**options: object) -> Settings:
    """The environment's settings with the options given on the command line in their place."""
    try:
        return with_options(read(), **options)
    except SettingsError as problem:
        _stop(str(problem))


def _with_house(
    work: "Callable[[Hinge, Settings], Awaitable[None]]", *, make: bool | None = False, **options: object
) -> None:
    """Open the house, do the work, close the house. Only with `make` is a marketplace made that is not there."""
    from amends import server

    settings = _settings(**options)
    server.speak(msgspec.structs.replace(settings, log_level="warning"))

    async def inside() -> None:
        async with server.opened(settings, make=make) as hinge:
            await work(hinge, settings)

    _run(inside)


def _run(work: Callable[[], Awaitable[None]]) -> None:
    from amends import server
    from amends.store.errors import DatabaseError

    try:
        server.run(work)
    except (server.StartRefused, DatabaseError) as problem:
        _stop(str(problem))


def _table(headings: list[str], rows: list[list[str]]) -> None:
    """A plain table: long cells are folded on a terminal, never cut; a pipe gets whole lines."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE).print(table)


def _next_try(deadline: object) -> str:
    from amends.store.rows import StoredDeadline

    assert isinstance(deadline, StoredDeadline)
    return "set aside" if deadline.state == "set_aside" else _time(deadline.not_before)


def _time(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}" if at else "–"


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def _stop(why: str, code: int = 2) -> NoReturn:
    _note(f"amends: {why}")
    sys.exit(code)


if __name__ == "__main__":
    main()
