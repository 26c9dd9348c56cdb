"""The project's own source, parsed once: what the architecture tests read.

Each test asks a pure question of one `Source`, so it can ask the same of a planted snippet and be seen
to fail.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON_FOLDERS = ("src", "tests", "benchmarks")
NOT_SOURCE = {"__pycache__", "node_modules"}


@dataclass(frozen=True)
class Source:
    """One text file: `path` is relative to the project root, with forward slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=self.path)

    @cached_property
    def names(self) -> dict[str, str]:
        """Local name → full dotted name, for every import anywhere in the file."""
        return dict(_bindings(self.tree))

    def full_name(self, node: ast.expr) -> str:
        """`moves.decide` → `amends.law.moves.decide`; the empty string for what is not a dotted name."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.full_name(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        return ""

    def imported(self) -> Iterator[tuple[int, str]]:
        """(line, full dotted name) of every import, `from a import b` as `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def is_under(self, *folders: str) -> bool:
        return any(self.path == folder or self.path.startswith(f"{folder}/") for folder in folders)


def planted(text: str, path: str = "src/amends/api/planted.py") -> Source:
    """A snippet as if it stood at `path`: how each rule shows that it can fail."""
    return Source(path, text)


def python_sources(*folders: str) -> list[Source]:
    """Every Python file under the folders (all of the project's when none is named)."""
    return [source for source in text_sources(*(folders or PYTHON_FOLDERS)) if source.path.endswith(".py")]


def text_sources(*folders: str) -> list[Source]:
    """Every text file under the folders, bytes that are not UTF-8 left out."""
    return [source for folder in folders for source in _read(folder)]


def complaints(rule: Callable[[Source], Iterable[str]], sources: Iterable[Source]) -> str:
    """All that `rule` finds, one complaint to a line: empty when the house is in order."""
    return "\n".join(complaint for source in sources for complaint in rule(source))


def must_hold(rule: Callable[[Source], Iterable[str]], sources: Iterable[Source]) -> None:
    """Fail with the complaints alone: each says what to do instead."""
    found = complaints(rule, sources)
    if found:
        pytest.fail(f"\n{found}", pytrace=False)


@cache
def _read(folder: str) -> list[Source]:
    found = []
    for path in sorted((ROOT / folder).rglob("*")):
        if not path.is_file() or NOT_SOURCE & set(path.parts):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found.append(Source(path.relative_to(ROOT).as_posix(), text))
    return found


def _bindings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
