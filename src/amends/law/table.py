"""Decision tables: rows of conditions to a result, decided with a full trace of why each row did or did not apply.

A row's `when` names columns and the values it accepts; a column it leaves out accepts anything. A table is compiled
once into one bit mask per column and value, so deciding is a few ANDs, and the trace costs one look-up a row.
The meaning of the columns is the law's; this room knows names and values only.
Plain reference: tests/law/test_table.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Generic, Literal, TypeVar

import msgspec

Value = str | bool
T = TypeVar("T")


class Row(msgspec.Struct, Generic[T], frozen=True, forbid_unknown_fields=True):
    """One row: applies when every named column has one of the accepted values; `then` is what follows."""

    id: str
    when: dict[str, Value | tuple[Value, ...]]
    then: T
    status: Literal["source", "reading"]
    clauses: tuple[str, ...]
    because: str | None = None


class Considered(msgspec.Struct, frozen=True):
    """One row of a trace: it applied, or `column` (with the value the case had) was the first that did not fit."""

    row: str
    applied: bool
    clauses: tuple[str, ...]
    column: str | None = None
    value: Value | None = None


class Verdict(msgspec.Struct, Generic[T], frozen=True):
    """The row that applied (or None), the columns still `needed` to tell rows apart, and every row considered."""

    row: Row[T] | None
    needed: tuple[str, ...]
    trace: tuple[Considered, ...]


class Compiled(Generic[T]):
    """A table ready to decide. `columns` maps each column to its domain; a value outside it is a ValueError."""

    def __init__(self, rows: Sequence[Row[T]], columns: Mapping[str, Sequence[Value]]) -> None:
        self.rows = tuple(rows)
        self.columns = {name: tuple(domain) for name, domain in columns.items()}
        self._all = (1 << len(self.rows)) - 1
        self._used = [name for name in columns if any(name in row.when for row in rows)]
        self._columns = [
            (name, {value: self._mask(name, value) for value in domain})
            for name, domain in self.columns.items()
            if name in self._used
        ]
        self._yes = tuple(Considered(row.id, True, row.clauses) for row in self.rows)
        self._no: dict[tuple[str, Value], tuple[Considered, ...]] = {
            (name, value): tuple(Considered(row.id, False, row.clauses, name, value) for row in self.rows)
            for name in self._used
            for value in self.columns[name]
        }
        self._begun = self._begin()

    def decide(self, values: Mapping[str, Value | None]) -> Verdict[T]:
        """Decide for the given values. A column left out or None is open: rows differing on it stay alive.

        With several rows alive the verdict has no row and names the open columns `needed` to choose.
        """
        first = values.get(self._used[0]) if self._used else None
        alive, begun = self._begun.get(first, (self._all, self._yes))
        trace, left_open = list(begun), False
        for name, masks in self._columns[first in self._begun :]:
            value = values.get(name)
            if value is None:
                left_open = True
                continue
            if (mask := masks.get(value)) is None:
                raise ValueError(f"{name} cannot be {value!r}; it is one of {', '.join(map(str, masks))}")
            if failed := alive & ~mask:
                alive &= mask
                _mark(trace, failed, self._no[name, value])
        if alive and not alive & (alive - 1):
            row = self.rows[alive.bit_length() - 1]
            if left_open and (needed := self._open(values, alive)):
                return Verdict(None, needed, tuple(trace))
            return Verdict(row, (), tuple(trace))
        return Verdict(None, self._open(values, alive), tuple(trace))

    def overlaps(self) -> Iterator[tuple[Row[T], Row[T]]]:
        """Pairs of rows that some input satisfies both of: a table must leave no such choice."""
        for i, first in enumerate(self.rows):
            for second in self.rows[i + 1 :]:
                if all(set(_accepted(first, c, d)) & set(_accepted(second, c, d)) for c, d in self.columns.items()):
                    yield first, second

    def gaps(self, limit: int = 20) -> Iterator[dict[str, Value]]:
        """Inputs no row applies to, at most `limit`, over the columns that any row mentions."""
        for combination in product(*(self.columns[name] for name in self._used)):
            values = dict(zip(self._used, combination, strict=True))
            alive = self._all
            for name, masks in self._columns:
                alive &= masks[values[name]]
            if not alive:
                yield values
                limit -= 1
                if limit == 0:
                    return

    def unknown(self) -> Iterator[tuple[Row[T], str]]:
        """Rows with a column or value the table does not have, with a sentence saying which."""
        for row in self.rows:
            for name, accepted in row.when.items():
                if name not in self.columns:
                    yield row, f"no column {name!r}; the columns are {', '.join(self.columns)}"
                    continue
                for value in accepted if isinstance(accepted, tuple) else (accepted,):
                    if value not in self.columns[name]:
                        yield row, f"{name} is never {value!r}; it is {', '.join(map(str, self.columns[name]))}"

    def _begin(self) -> dict[Value | None, tuple[int, tuple[Considered, ...]]]:
        """For each value of the first column: the rows still alive and the trace so far. Most rows end there."""
        begun: dict[Value | None, tuple[int, tuple[Considered, ...]]] = {}
        for name, masks in self._columns[:1]:
            for value, mask in masks.items():
                trace = list(self._yes)
                _mark(trace, self._all & ~mask, self._no[name, value])
                begun[value] = mask, tuple(trace)
        return begun

    def _open(self, values: Mapping[str, Value | None], alive: int) -> tuple[str, ...]:
        rows = [row for i, row in enumerate(self.rows) if alive >> i & 1]
        return tuple(name for name in self._used if values.get(name) is None and any(name in row.when for row in rows))

    def _mask(self, name: str, value: Value) -> int:
        return sum(1 << i for i, row in enumerate(self.rows) if value in _accepted(row, name, self.columns[name]))


def _mark(trace: list[Considered], failed: int, no: tuple[Considered, ...]) -> None:
    """Put the rows of the bit mask `failed` down as not applying."""
    while failed:
        i = failed.bit_length() - 1
        trace[i] = no[i]
        failed ^= 1 << i


def _accepted(row: Row[T], name: str, domain: Sequence[Value]) -> tuple[Value, ...]:
    accepted = row.when.get(name, tuple(domain))
    return accepted if isinstance(accepted, tuple) else (accepted,)
