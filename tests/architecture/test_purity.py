"""The law is pure: the same case, command, actor, instant and policy always give the same answer.

It imports the listed part of the standard library and msgspec, reads no clock and draws no lots.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, complaints, must_hold, planted, python_sources

LAW = "src/amends/law"
MAY_BE_IMPORTED = {
    "__future__",
    "abc",
    "amends.law",
    "bisect",
    "calendar",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "itertools",
    "math",
    "msgspec",
    "operator",
    "re",
    "string",
    "types",
    "typing",
    "zoneinfo",
}
NEVER_CALLED = {
    "datetime.date.today": "take the local date of the instant `at` from the policy's calendar",
    "datetime.datetime.now": "take the instant `at` that came with the command",
    "datetime.datetime.today": "take the instant `at` that came with the command",
    "datetime.datetime.utcnow": "take the instant `at` that came with the command",
    "breakpoint": "write a worked case that shows the question",
    "eval": "write the rule as a function, its values as policy",
    "exec": "write the rule as a function, its values as policy",
    "input": "put what is asked into the command",
    "open": "store/policies.py loads packs; the law receives them",
    "print": "say it in the event or the refusal",
    "__import__": "import it at the top, where this test can see it",
}


def law() -> list[Source]:
    return python_sources(LAW)


def test_there_is_a_law_to_look_at():
    assert len(law()) > 1


def test_the_law_imports_only_what_is_pure():
    must_hold(impure_imports, law())


def test_the_law_reads_no_clock_and_touches_nothing_outside():
    must_hold(impure_mentions, law())


@pytest.mark.parametrize(
    "snippet",
    [
        "import os",
        "import time",
        "import logging",
        "from random import choice",
        "from uuid import uuid4",
        "import asyncpg",
        "import yaml",
        "from amends.store import cases",
        "from amends.handle import handle",
        "def late():\n    import secrets",
        "from collections.abc import Mapping\nfrom pathlib import Path",
    ],
)
def test_an_impure_import_is_caught(snippet: str):
    assert complaints(impure_imports, [planted(snippet, f"{LAW}/planted.py")])


@pytest.mark.parametrize(
    "snippet",
    [
        "import datetime\nat = datetime.datetime.now(datetime.UTC)",
        "from datetime import datetime\nat = datetime.now()",
        "from datetime import datetime as instant\nread = instant.utcnow",
        "from datetime import date\nday = date.today()",
        "print('decided')",
        "text = open('policy.yaml').read()",
    ],
)
def test_an_impure_mention_is_caught(snippet: str):
    assert complaints(impure_mentions, [planted(snippet, f"{LAW}/planted.py")])


def test_pure_code_is_left_alone():
    pure = planted(
        "from collections.abc import Mapping\nfrom datetime import UTC, datetime\nimport msgspec\n"
        "from amends.law.money import Money\n"
        "def due(at: datetime, window): return window.end(at.astimezone(UTC))\n"
        "def still(case): return case.open\n",
        f"{LAW}/planted.py",
    )
    assert not complaints(impure_imports, [pure])
    assert not complaints(impure_mentions, [pure])


def impure_imports(source: Source) -> Iterator[str]:
    """Imports of anything but the allowed modules, their submodules and the law itself."""
    for line, name in source.imported():
        if not any(name == allowed or name.startswith(f"{allowed}.") for allowed in MAY_BE_IMPORTED):
            yield (
                f"{source.path}:{line}: imports {name}, which is not on the law's list; "
                "let a door or the store find it out and put the answer in the command or the policy"
            )


def impure_mentions(source: Source) -> Iterator[str]:
    """Clocks and the outside world, called or merely passed on."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            name = source.full_name(node)
            if name in NEVER_CALLED:
                yield f"{source.path}:{node.lineno}: mentions {name}; {NEVER_CALLED[name]}"
