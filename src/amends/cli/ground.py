"""What every command stands on: settings and the opened house below it, tables, notes and stops above."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import msgspec
from cyclopts import Parameter

from amends.settings import Settings, SettingsError, read, with_options

if TYPE_CHECKING:
    from amends.handle import Hinge

Data = Annotated[Path | None, Parameter(help="Folder of the embedded database and of files (AMENDS_DATA).")]
Marketplace = Annotated[str | None, Parameter(help="Marketplace (AMENDS_MARKETPLACE; default: default).")]

WIDTH_OF_A_PIPE = 1000


def settings_of(**options: object) -> Settings:
    """The environment's settings with the options given on the command line in their place."""
    try:
        return with_options(read(), **options)
    except SettingsError as problem:
        stop(str(problem))


def with_house(
    work: "Callable[[Hinge, Settings], Awaitable[None]]", *, make: bool | None = False, **options: object
) -> None:
    """Open the house, do the work, close the house. Only with `make` is a marketplace made that is not there."""
    from amends import server

    settings = settings_of(**options)
    server.speak(msgspec.structs.replace(settings, log_level="warning"))

    async def inside() -> None:
        async with server.opened(settings, make=make) as hinge:
            await work(hinge, settings)

    run(inside)


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run a piece of the house; what prevents it is one line on standard error."""
    from amends import server
    from amends.store.errors import DatabaseError

    try:
        server.run(work)
    except (server.StartRefused, DatabaseError) as problem:
        stop(str(problem))


def table(headings: list[str], rows: list[list[str]]) -> None:
    """A plain table: long cells are folded on a terminal, never cut; a pipe gets whole lines."""
    from rich.console import Console
    from rich.table import Table

    made = Table(box=None, pad_edge=False)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*row)
    Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE).print(made)


def time_of(at: object) -> str:
    """An instant in a table (UTC), or a dash."""
    return f"{at:%Y-%m-%d %H:%M:%SZ}" if at else "–"


def note(text: str) -> None:
    """Something for the person, beside what the command prints."""
    print(text, file=sys.stderr)


def stop(why: str, code: int = 2) -> NoReturn:
    """End with one readable line."""
    note(f"amends: {why}")
    sys.exit(code)
