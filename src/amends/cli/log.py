"""`amends log` and `amends witness`: how the log of all events stands, and witnessing somebody else's."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from amends.cli.ground import Data, run, settings_of, stop, with_house
from amends.settings import Settings

if TYPE_CHECKING:
    from amends.handle import Hinge

logs = App(name="log", help="The log of all events: how it stands (the default), whether everything fits.")
witness = App(name="witness", help="Witness somebody's log: cosign what grows, refuse what does not.")


@logs.default
@logs.command(name="status")
def log_status(*, data: Data = None) -> None:
    """Say how long the log is and what is published; compare with the signer and the witnesses. Exit 1 if lost."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.worker import recovery

        lines, sound = await recovery.status(hinge.db, settings.witnesses)
        print("\n".join(lines))
        if not sound:
            sys.exit(1)

    with_house(work, make=None, data=data)


@logs.command(name="verify")
def verify_log(*, data: Data = None) -> None:
    """Hash every event, leaf and tile again and name each place that does not fit. Writes nothing."""

    async def work(hinge: "Hinge", settings: Settings) -> None:
        from amends.store.log_check import Check

        check, wrong = Check(hinge.db), 0
        async for finding in check.findings():
            wrong += 1
            print(finding)
        waits = f", {check.waiting} wait for their leaf" if check.waiting else ""
        print(f"{check.events:,} events and {check.size:,} leaves checked{waits}; {wrong or 'none'} wrong.")
        if wrong:
            sys.exit(1)

    with_house(work, make=None, data=data)


@witness.default
def run_witness(
    *,
    log: Annotated[list[str], Parameter(help="Verifier key of a log (its GET /log/vkey); once for each log.")],
    key: Annotated[Path, Parameter(help="Key file, from `amends witness keygen`.")],
    state: Annotated[Path, Parameter(help="Folder for what was cosigned. Never lose it, never put an old one back.")],
    host: str = "127.0.0.1",
    port: int = 8430,
) -> None:
    """Answer POST /add-checkpoint (c2sp.org/tlog-witness) until told to stop. Needs no database."""
    from amends import server
    from amends.worker.witness import WitnessRefused, open_witness

    settings = settings_of(host=host, port=port)
    try:
        made = open_witness(log, key, state)
    except WitnessRefused as problem:
        stop(str(problem))
    run(lambda: server.stand_witness(made, settings))


@witness.command(name="keygen")
def make_witness_key(*, name: str, key: Annotated[Path, Parameter(help="File to make.")]) -> None:
    """Make a witness's key and print its verifier key, which the log's house puts into AMENDS_WITNESSES."""
    from amends.worker.witness import WitnessRefused, make_key

    try:
        print(make_key(name, key))
    except WitnessRefused as problem:
        stop(str(problem))
