"""What a benchmark found: a table of ratios, the budgets it was held against, and how both are printed.

A budget is one line of ARCHITECTURE.md section 7. Figures are plain numbers, so that `--json` says what the table says.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec


class Budget(msgspec.Struct, frozen=True):
    """One budget and the figure found: `figure` must be at least, or at most, `bound`."""

    what: str
    figure: float
    bound: float
    unit: str
    sense: Literal["at least", "at most"] = "at least"

    @property
    def met(self) -> bool:
        """Whether the figure keeps to the bound."""
        return self.figure >= self.bound if self.sense == "at least" else self.figure <= self.bound

    def __str__(self) -> str:
        verdict = "met   " if self.met else "missed"
        return f"{verdict}  {self.what}: {_number(self.figure)} {self.unit}, budget {self.sense} {_number(self.bound)}"


class Report(msgspec.Struct, frozen=True):
    """The outcome of one benchmark. `heads` and `rows` are the printed table, `notes` what a reader must know."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    budgets: tuple[Budget, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [table(self.title, self.heads, self.rows), *map(str, self.budgets), *self.notes]
        return "\n".join(lines)


def plain(reports: Sequence[Report], machine: dict[str, object]) -> bytes:
    """The reports as JSON for machines, indented for people."""
    found = [
        {**msgspec.to_builtins(report), "budgets": [msgspec.to_builtins(b) | {"met": b.met} for b in report.budgets]}
        for report in reports
    ]
    return msgspec.json.format(msgspec.json.encode({"machine": machine, "reports": found}), indent=2) + b"\n"


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A text table; the first two columns left-aligned, the others right."""
    widths = [max(len(str(row[i])) for row in (heads, *rows)) for i in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        cells = [
            str(c).ljust(w) if i < 2 else str(c).rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([title, line(heads), line(["-" * w for w in widths]), *map(line, rows)])


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
