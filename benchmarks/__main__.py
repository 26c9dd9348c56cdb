"""`python -m benchmarks [NAME…]`: measure against the budgets of ARCHITECTURE.md section 7, each from one run.

Every benchmark prints a table of ratios, the budgets met and missed, and what a reader must know. Missing a budget is
a finding, not a failure: the exit code is 0 unless something could not be measured.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

from benchmarks.machine import line, machine
from benchmarks.report import Report, plain

ROOMS = {"law": "law_table", "hinge": "hinge", "http": "http", "deadlines": "deadlines", "replay": "replay",
         "log": "log", "uploads": "uploads", "media": "derivatives", "pictures": "pictures",
         "pages": "pages"}  # fmt: skip
"""Each benchmark's name and its module, imported only when it is asked for."""
SMALL: dict[str, dict[str, object]] = {
    "law": {"seconds": 0.05, "checked": 100},
    "hinge": {"seconds": 1.0},
    "http": {"seconds": 1.0},
    "deadlines": {"count": 2_000},
    "replay": {"seconds": 0.1, "every": 25},
    "log": {"seconds": 0.1, "count": 2_000, "small": 3},
    "uploads": {"seconds": 0.3},
    "media": {"rounds": 1, "a_round": 2},
    "pictures": {"count": 60, "keys": 20_000},
    "pages": {"rounds": 1},
}
"""How each is run with --quick."""


def main(arguments: list[str]) -> int:
    """Run what is named, in the order of ROOMS; print, and write JSON where asked."""
    asked = _asked(arguments)
    names = [name for name in ROOMS if name in asked.names] or list(ROOMS)
    before = machine()
    print(line(before), end="\n\n", flush=True)
    reports = [_timed(name, quick=asked.quick) for name in names]
    budgets = [budget for report in reports for budget in report.budgets]
    print(f"{sum(budget.met for budget in budgets)} of {len(budgets)} budgets met")
    if asked.json:
        asked.json.write_bytes(plain(reports, before))
    return 0


def _timed(name: str, *, quick: bool) -> Report:
    start = perf_counter()
    report: Report = import_module(f"benchmarks.{ROOMS[name]}").run(**SMALL[name] if quick else {})
    print(report, f"({perf_counter() - start:.0f} s)", sep="\n", end="\n\n", flush=True)
    return report


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(ROOMS)}; all when none is named")
    parser.add_argument("--quick", action="store_true", help="a smoke run: figures mean nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures for machines")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in ROOMS]:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(ROOMS)}")
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
