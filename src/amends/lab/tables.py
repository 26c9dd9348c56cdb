"""Rows out of CSV and JSON Lines files, each with the line it began on; a row that cannot be read is one too.

Numbers of JSON Lines stay exact (`Decimal`), bytes that are no text mark their row, and nothing is guessed.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from amends.lab.lined_yaml import FileFault

JSON_LINES = (".jsonl", ".ndjson")
SURROGATE = re.compile("[\ud800-\udfff]")
LONGEST_FIELD = 1_000_000
DEEPEST = 32
"""Levels a JSON row may be nested; an order has four."""


class TableRow(msgspec.Struct, frozen=True):
    """One row: the file, the line it began on, its values by column, and why it cannot be read (None: it can)."""

    file: str
    line: int
    values: dict[str, Any]
    fault: str | None = None


def header(path: Path, encoding: str) -> list[str] | None:
    """The columns of a CSV file; None for JSON Lines, whose rows may differ. FileFault when it cannot be opened."""
    if path.suffix in JSON_LINES:
        return None
    with _opened(path, encoding) as file:
        try:
            columns = next(csv.reader(file, dialect=_dialect(path), strict=True), [])
        except (csv.Error, UnicodeError) as fault:
            kind = encoding if isinstance(fault, UnicodeError) else "CSV"
            raise FileFault(path, [(1, f"is not {kind}: {fault}")]) from None
    if twins := [name for name, times in Counter(columns).items() if times > 1 and name.strip()]:
        raise FileFault(path, [(1, f"has two columns named {', '.join(map(repr, twins))}; each needs its own name")])
    return columns


def openable(path: Path, encoding: str) -> None:
    """FileFault when a file cannot be opened."""
    _opened(path, encoding).close()


def rows(path: Path, encoding: str) -> Iterator[TableRow]:
    """Every row of a file in order."""
    with _opened(path, encoding) as file:
        last = 0
        try:
            for row in _json_lines(path, file) if path.suffix in JSON_LINES else _csv(path, file):
                last = row.line
                yield row
        except UnicodeError as fault:
            yield TableRow(path.name, last + 1, {}, f"is not {encoding} from here on: {fault}")


def _opened(path: Path, encoding: str) -> Any:
    try:
        return path.open(encoding=encoding, errors="surrogateescape", newline="")
    except OSError as fault:
        raise FileFault(path, [(1, f"cannot be read: {fault.strerror}")]) from None
    except LookupError:
        raise FileFault(path, [(1, f"there is no encoding {encoding!r}")]) from None


def _dialect(path: Path) -> type[csv.Dialect]:
    return csv.excel_tab if path.suffix == ".tsv" else csv.excel


def _csv(path: Path, file: Any) -> Iterator[TableRow]:
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(file, dialect=_dialect(path), strict=True)
    columns = next(reader, [])
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            lines = f" (lines {line} to {reader.line_num} were read as one row)" if reader.line_num > line else ""
            yield TableRow(path.name, line, {}, f"is not CSV: {fault}{lines}")
            continue
        if not cells:
            continue
        values: dict[str, Any] = dict(zip(columns, cells, strict=False))
        if len(cells) != len(columns):
            yield TableRow(path.name, line, values, f"has {len(cells)} fields; the header has {len(columns)}")
        else:
            yield TableRow(path.name, line, values, _undecoded(cells))


def _json_lines(path: Path, file: Any) -> Iterator[TableRow]:
    for number, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            values = _object(text)
        except ValueError as fault:
            yield TableRow(path.name, number, {"text": text.rstrip("\n")}, str(fault))
        else:
            yield TableRow(path.name, number, values, _undecoded([text]))


def _object(text: str) -> dict[str, Any]:
    """The JSON object a line holds; ValueError says what is wrong with it."""
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError as fault:
        raise ValueError(f"is not JSON: {fault}") from None
    if not isinstance(found, dict):
        raise ValueError("is not a JSON object")
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        if "\\u" in text and any(isinstance(one, str) and SURROGATE.search(one) for one in level):
            raise ValueError("holds half a character (a \\u escape without its other half)")
        inside = [one for one in level if isinstance(one, (dict, list))]
        if not inside:
            return found
        level = [part for one in inside for part in ((*one, *one.values()) if isinstance(one, dict) else one)]
    raise ValueError("is nested too deeply")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _undecoded(texts: list[str]) -> str | None:
    for text in texts:
        if not text.isascii() and SURROGATE.search(text):
            return "has bytes that are not text in the file's encoding (say `encoding:` in the mapping)"
    return None
