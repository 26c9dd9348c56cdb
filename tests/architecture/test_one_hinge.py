"""There is one way to change a case: `handle.py` asks the law and appends what it answered.

The tests parse the source, so a second write path fails here before it can do harm anywhere.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, complaints, must_hold, planted, python_sources

HINGE = "src/amends/handle.py"
MAY_ASK_THE_LAW = (HINGE, "src/amends/law", "src/amends/lab")
MAY_APPEND = (HINGE, "src/amends/store")
MAY_SPEAK_SQL = ("src/amends/store",)

ASK_INSTEAD = "send the command through amends.handle (`handle` to do it, `would` to ask what it would do)"
APPEND_INSTEAD = "only amends.handle appends events: send it a command and let the law decide"
SQL_INSTEAD = "name the question as a function in src/amends/store and keep its SQL there"

SQL = re.compile(
    r"^\s*(select\s.+\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|call\s+\w+\(|with\s+\w+\s+as\s*\()"
    r"|\bappend_events\s*\(",
    re.IGNORECASE | re.DOTALL,
)


def test_only_the_hinge_and_the_lab_ask_the_law_to_decide():
    must_hold(second_deciders, python_sources("src"))


def test_only_the_hinge_appends_events():
    must_hold(second_appenders, python_sources("src"))


def test_only_the_store_speaks_sql():
    must_hold(sql_outside_the_store, python_sources("src"))


@pytest.mark.parametrize(
    "snippet",
    [
        "from amends.law.moves import decide",
        "from amends.law import decide as judge",
        "from amends.law import moves\nmoves.decide(case, command, actor, at, policy)",
        "import amends.law.moves\nevents = amends.law.moves.decide(case, command, actor, at, policy)",
        "from amends.law import moves as table\nquietly = table.decide",
    ],
)
def test_a_door_that_decides_is_caught(snippet: str):
    assert ASK_INSTEAD in complaints(second_deciders, [planted(snippet)])


@pytest.mark.parametrize(
    "snippet",
    [
        "from amends.store.cases import append_events",
        "from amends.store import cases\nawait cases.append_events(connection, batch)",
        "async def f(store):\n    await store.append_events(batch)",
    ],
)
def test_a_door_or_a_lab_that_appends_is_caught(snippet: str):
    assert APPEND_INSTEAD in complaints(second_appenders, [planted(snippet)])
    assert APPEND_INSTEAD in complaints(second_appenders, [planted(snippet, "src/amends/lab/planted.py")])


@pytest.mark.parametrize(
    "snippet",
    [
        "await connection.execute('insert into event (case_id) values ($1)', case_id)",
        "rows = await connection.fetch('''\n  SELECT seq\n  FROM event''')",
        "await connection.fetch('select * from append_events($1)', batch)",
        "import asyncpg",
        "from asyncpg import Connection",
    ],
)
def test_a_door_that_speaks_sql_is_caught(snippet: str):
    assert SQL_INSTEAD in complaints(sql_outside_the_store, [planted(snippet)])


def test_what_only_looks_like_it_is_left_alone():
    innocent = planted(
        "from amends.law.commands import Decide\n"
        "entries = []\nentries.append(Decide())\n"
        "label = 'Select a reason from the list'\n"
        "advice.decide(entries)\n"
    )
    assert not complaints(second_deciders, [innocent])
    assert not complaints(second_appenders, [innocent])


def second_deciders(source: Source) -> Iterator[str]:
    """Every mention of the law's `decide` where only questions to the hinge are allowed."""
    if source.is_under(*MAY_ASK_THE_LAW):
        return
    for line, name in _mentions(source):
        if name.startswith("amends.law") and name.endswith(".decide"):
            yield f"{source.path}:{line}: asks the law to decide; {ASK_INSTEAD}"


def second_appenders(source: Source) -> Iterator[str]:
    """Every mention of the store's `append_events` outside the store and the hinge."""
    if source.is_under(*MAY_APPEND):
        return
    for line, name in _mentions(source):
        if name.rpartition(".")[2] == "append_events":
            yield f"{source.path}:{line}: appends events; {APPEND_INSTEAD}"


def sql_outside_the_store(source: Source) -> Iterator[str]:
    """Every SQL statement and every use of the database driver outside the store."""
    if source.is_under(*MAY_SPEAK_SQL):
        return
    for line, name in source.imported():
        if name.partition(".")[0] == "asyncpg":
            yield f"{source.path}:{line}: imports the database driver; {SQL_INSTEAD}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            yield f"{source.path}:{node.lineno}: speaks SQL; {SQL_INSTEAD}"


def _mentions(source: Source) -> Iterator[tuple[int, str]]:
    yield from source.imported()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, source.full_name(node) or node.attr
