"""Rows out of CSV and JSON Lines files, each with the line it began on; a row that cannot be read is one too.

Numbers of JSON Lines stay exact (`Decimal`), bytes that are no text mark their row, and nothing is guessed.
"""

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from amends.lab.lined_yaml import FileFault

JSON_LINES = (".jsonl", ".ndjson")
SURROGATES = range(0xDC80, 0xDD00)
LONGEST_FIELD = 1_000_000


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
        return next(csv.reader(file, dialect=_dialect(path)), [])


def rows(path: Path, encoding: str) -> Iterator[TableRow]:
    """Every row of a file in order."""
    with _opened(path, encoding) as file:
        yield from _json_lines(path, file) if path.suffix in JSON_LINES else _csv(path, file)


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
    reader = csv.reader(file, dialect=_dialect(path))
    columns = next(reader, [])
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            yield TableRow(path.name, line, {}, f"is not CSV: {fault}")
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
            values = json.loads(text, parse_float=Decimal)
        except ValueError as fault:
            yield TableRow(path.name, number, {"text": text.rstrip("\n")}, f"is not JSON: {fault}")
            continue
        if not isinstance(values, dict):
            yield TableRow(path.name, number, {"text": text.rstrip("\n")}, "is not a JSON object")
        else:
            yield TableRow(path.name, number, values, _undecoded([text]))


def _undecoded(texts: list[str]) -> str | None:
    for text in texts:
        if any(ord(letter) in SURROGATES for letter in text if letter > "\x7f"):
            return "has bytes that are not text in the file's encoding (say `encoding:` in the mapping)"
    return None
