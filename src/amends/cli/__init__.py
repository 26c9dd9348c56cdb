"""The command line: `amends …`. It reads words, opens what a command needs, and prints; the work is done elsewhere.

Heavy rooms are imported inside the commands, so that `amends --help` answers at once. Exit codes: 0 done, 1 something
was found wrong, 2 it could not begin (one readable line on standard error).
"""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Group, Parameter

from amends import __version__
from amends.cli.ground import Data, Marketplace, note, run, settings_of, stop, table, time_of, with_house
from amends.cli.log import logs, witness
from amends.cli.staff import staff
from amends.settings import Settings

if TYPE_CHECKING:
    from amends.handle import Hinge

Role = Literal["operator", "adjudicator", "carrier", "auditor"]

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
erasures = App(name="erasures", help="Erasures of personal data: carry out what is left of them.")
for group in (logs, witness, erasures, keys, staff, policy, cases, imports, deadlines):
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

    settings = settings_of(host=host, port=port, workers=workers, data=data, sandbox=sandbox or None)
    run(lambda: server.serve(settings))


@app.command
def worker(*, workers: int | None = None, data: Data = None) -> None:
    """Run deadline workers alone."""
    from amends import server

    settings = settings_of(workers=workers, data=data)
    run(lambda: server.work(settings))


@keys.command(name="create")
def create_key(*, role: Role, name: str, marketplace: Marketplace = None, data: Data = None) -> None:
    """Make a key and print it once; only its hash is stored."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import keys as store

        row, secret = await store.create(hinge.db, settings.marketplace, role=role, name=name, at=hinge.clock())
        print(secret)
        note(
            f"{row.role} key {row.key_id} of {settings.marketplace}, named {row.name}. Keep it: it is not shown again."
        )

    if not re.fullmatch(r"[\x20-\x7e]{1,64}", name) or not name.strip():
        stop("--name: use 1 to 64 printable ASCII characters")
    with_house(work, make=True, marketplace=marketplace, data=data)


@keys.command(name="list")
def list_keys(*, marketplace: Marketplace = None, data: Data = None) -> None:
    """List the marketplace's keys, the ended ones too."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import keys as store

        rows = await store.list_keys(hinge.db, settings.marketplace)
        table(
            ["key", "role", "name", "made", "ended"],
            [[k.key_id, k.role, k.name, time_of(k.created_at), time_of(k.revoked_at)] for k in rows],
        )

    with_house(work, marketplace=marketplace, data=data)


@keys.command(name="revoke")
def revoke_key(key_id: str, *, marketplace: Marketplace = None, data: Data = None) -> None:
    """End a key at once."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import keys as store
        from amends.store.ids import parse_case_id as parse_id

        known = parse_id(key_id)
        if known is None or not await store.revoke(hinge.db, settings.marketplace, known, hinge.clock()):
            stop(f"{settings.marketplace} has no working key {key_id}; `amends keys list` shows them", 1)
        print(f"Key {known} works no more.")

    with_house(work, marketplace=marketplace, data=data)


@policy.command(name="check")
def check_policy(*files: Path) -> None:
    """Check policy files: shape, citations, gaps and overlaps of tables, values nothing reads."""
    from amends.store.policies import check_file

    if not files:
        stop("name at least one policy file, e.g. amends policy check my-policy.yaml")
    wrong = 0
    for file in files:
        if not file.is_file():
            stop(f"there is no file {file}")
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
        catalogue = Catalogue.open(settings_of().policies)
        found = catalogue.named(name)
        if found is None:
            stop(f"there is no policy {name}; there are {', '.join(each.name for each in catalogue.policies)}")
        print(show(found, clause))
    except PolicyFault as fault:
        stop(str(fault))
    except LookupError as unknown:
        stop(str(unknown.args[0]), 1)


@cases.command(name="run")
def run_cases(*paths: Path, url: str | None = None, key: str | None = None) -> None:
    """Play worked cases and report each: in memory, or with --url on a sandbox server over HTTP."""
    from amends.lab.runner import run_paths

    if not paths:
        stop("name at least one worked case or folder, e.g. amends cases run cases/")
    sys.exit(run_paths(paths, url, key, settings_of().policies))


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
        stop("name at least one file or folder of orders")
    settings = settings_of(marketplace=marketplace, data=data)
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

    with_house(work, make=None if marketplace is None else False, marketplace=marketplace, data=data)


@app.command
def scrub(
    *,
    after: Annotated[str | None, Parameter(help="Go on after this upload, as the last line of a stopped run.")] = None,
    dry_run: Annotated[bool, Parameter(negative="", help="Remove nothing.")] = False,
    marketplace: Annotated[str | None, Parameter(help="Only this one; otherwise every marketplace.")] = None,
    data: Data = None,
) -> None:
    """Read every stored file again and name what is damaged or missing; remove what belongs to nobody for a day."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.worker import scrub

        places = [settings.marketplace] if marketplace else None
        sys.exit(1 if await scrub.everything(hinge, places, after=after, dry_run=dry_run, note=note) else 0)

    if after is not None and (marketplace is None or not re.fullmatch(r"[0-9a-f-]{36}", after)):
        stop("--after: name an upload id, and its --marketplace")
    with_house(work, make=None if marketplace is None else False, marketplace=marketplace, data=data)


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
        table(
            ["case", "deadline", "due", "tries", "next try", "error"],
            [
                [d.case_id, d.deadline_id, time_of(d.due_at), str(d.attempts), _next_try(d), d.last_error or ""]
                for d in rows
            ],
        )
        sys.exit(1)

    with_house(work, marketplace=marketplace, data=data)


@deadlines.command(name="release")
def release_deadline(case_id: str, deadline_id: str, *, marketplace: Marketplace = None, data: Data = None) -> None:
    """Let a deadline that was set aside try again at once."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store import deadlines as store
        from amends.store.ids import parse_case_id

        known = parse_case_id(case_id)
        if known is None or not await store.release(hinge.db, settings.marketplace, known, deadline_id):
            stop(f"{deadline_id} of case {case_id} is not in trouble; `amends deadlines list` shows what is", 1)
        print(f"{deadline_id} of case {known} fires at the next round.")

    with_house(work, marketplace=marketplace, data=data)


@erasures.command(name="apply")
def apply_erasures(*, data: Data = None) -> None:
    """Carry out erasures that are pending, or that the journal knows and a restored database does not."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.worker import privacy

        done = await privacy.catch_up(hinge.db)
        print(f"{done} erasures carried out." if done != 1 else "1 erasure carried out.")

    with_house(work, make=None, data=data)


@app.command
def casefile(
    case_id: str,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="The file to write; the verifier goes beside it.")],
    reader: Annotated[str, Parameter(name="--as", help="Whose file: role:id, e.g. buyer:alice.")] = "operator:amends",
    reason: Annotated[str | None, Parameter(help="Take originals along, and why (staff; recorded).")] = None,
    locale: Literal["en", "id"] | None = None,
    marketplace: Marketplace = None,
    data: Data = None,
) -> None:
    """Write the case file of a case, which anyone can check offline, and the program that checks it."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.api import saving
        from amends.worker import recovery

        if lost := await recovery.catch_up(hinge.db, settings):
            note(f"amends: nothing was put into the log: {lost}")
        try:
            paths = await saving.save(hinge, settings.marketplace, case_id, reader, output, locale, reason)
        except saving.NotSaved as problem:
            stop(str(problem), 1)
        print("\n".join(map(str, paths)))

    with_house(work, marketplace=marketplace, data=data)


@app.command
def verify(*arguments: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> None:
    """Check a case file offline, as verify_case_file.py does: FILE [--key KEY] [--witness KEY] [--json]."""
    from amends.proof.verifier.report import main as check

    sys.exit(check(list(arguments)))


@app.command
def openapi() -> None:
    """Print the OpenAPI document of the HTTP interface."""
    from amends.api.app import openapi as document

    sys.stdout.buffer.write(document())


@app.command
def version() -> None:
    """Print the version."""
    print(__version__)


def _next_try(deadline: object) -> str:
    from amends.store.rows import StoredDeadline

    assert isinstance(deadline, StoredDeadline)
    return "set aside" if deadline.state == "set_aside" else time_of(deadline.not_before)


def main() -> None:
    """The entry point of the `amends` command."""
    app()
