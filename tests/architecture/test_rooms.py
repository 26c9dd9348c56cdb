"""A file is a room: it says what it is for, it is small, and its name is the thing.

The limits are STYLE.md's: no function over 60 lines, no file over 500, no room named after nothing.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

import pytest

from tests.architecture.sources import Source, complaints, must_hold, planted, python_sources

LONGEST_FUNCTION_LINES = 60
LONGEST_FILE_LINES = 500
NAMES_OF_NOTHING = {
    "base",
    "common",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "service",
    "services",
    "util",
    "utils",
}


def test_every_room_says_what_it_is_for():
    must_hold(missing_docstring, python_sources())


def test_no_function_is_longer_than_sixty_lines():
    must_hold(long_functions, python_sources())


def test_no_file_is_longer_than_five_hundred_lines():
    must_hold(long_file, python_sources())


def test_no_room_is_named_after_nothing():
    must_hold(name_of_nothing, python_sources())


def test_every_folder_of_rooms_is_a_package():
    overlooked = folders_without_init(source.path for source in python_sources("src/amends"))
    assert not overlooked, f"the import contract overlooks these folders, add __init__.py: {overlooked}"


def test_a_folder_that_is_no_package_is_caught():
    assert folders_without_init(["a/__init__.py", "a/b/case.py"]) == ["a/b"]


def test_an_unexplained_room_is_caught():
    assert complaints(missing_docstring, [planted("x = 1\n")])
    assert not complaints(missing_docstring, [planted('"""The queue of cases waiting for a decision."""\n')])


@pytest.mark.parametrize(("lines", "caught"), [(60, False), (61, True)])
def test_a_long_function_is_caught(lines: int, caught: bool):
    body = "def f():\n" + "    x = 1\n" * (lines - 1)
    assert bool(complaints(long_functions, [planted(body)])) is caught
    assert bool(complaints(long_functions, [planted(body.replace("def", "async def"))])) is caught


@pytest.mark.parametrize(("lines", "caught"), [(500, False), (501, True)])
def test_a_long_file_is_caught(lines: int, caught: bool):
    assert bool(complaints(long_file, [planted("x = 1\n" * lines)])) is caught


@pytest.mark.parametrize(
    ("path", "caught"),
    [
        ("src/amends/api/utils.py", True),
        ("src/amends/common/money.py", True),
        ("src/amends/api/case_helpers.py", True),
        ("src/amends/store/database.py", False),
        ("src/amends/law/remedy.py", False),
    ],
)
def test_a_room_named_after_nothing_is_caught(path: str, caught: bool):
    assert bool(complaints(name_of_nothing, [planted("", path)])) is caught


def folders_without_init(paths: Iterable[str]) -> list[str]:
    """Folders that hold Python files and no `__init__.py`."""
    files = set(paths)
    folders = {str(PurePosixPath(path).parent) for path in files}
    return sorted(folder for folder in folders if f"{folder}/__init__.py" not in files)


def missing_docstring(source: Source) -> Iterator[str]:
    """A module without a docstring; empty `__init__.py` files are doorways, not rooms."""
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield f"{source.path}:1: has no docstring; say what this room is for and what never enters it"


def long_functions(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION_LINES:
                yield (
                    f"{source.path}:{node.lineno}: `{node.name}` has {lines} lines, "
                    f"{LONGEST_FUNCTION_LINES} are the limit; keep the branches, give each leaf a name"
                )


def long_file(source: Source) -> Iterator[str]:
    lines = source.text.count("\n")
    if lines > LONGEST_FILE_LINES:
        yield (
            f"{source.path}: has {lines} lines, {LONGEST_FILE_LINES} are the limit; "
            "find the two things in it and give each its own room"
        )


def name_of_nothing(source: Source) -> Iterator[str]:
    for part in PurePosixPath(source.path).with_suffix("").parts:
        empty = NAMES_OF_NOTHING & set(part.split("_"))
        if empty:
            yield f"{source.path}: `{part}` names nothing; name the room after the thing that lives in it"
