"""The law's tables against zen-engine and SpiffWorkflow on the same table: decisions a second, with trace, one core.

Equal answers (outcome and row) are checked on 10,000 inputs first; SpiffWorkflow, being slow, on a tenth of them.
Each contestant is given a plain dict and asked for outcome, row and (ours, zen) a trace.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import zen
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine  # type: ignore[import-untyped]
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine  # type: ignore[import-untyped]

from benchmarks.report import Budget, Report
from benchmarks.table_rows import compiled, inputs, spiff_table, zen_graph
from benchmarks.timing import in_turns

CHECKED = 10_000
SLOW_SHARE = 10
SIZES = (40, 400)
OURS, ZEN, SPIFF = "amends, with trace", "zen-engine, with trace", "SpiffWorkflow"


class _Workflow:
    script_engine = PythonScriptEngine()


class _Task:
    """What SpiffWorkflow's table asks of a task: data and the workflow's script engine."""

    workflow = _Workflow()

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data


def ours(size: int) -> Callable[[dict[str, str]], tuple[str, str]]:
    """Our compiled table, trace always on."""
    rules = compiled(size)

    def decide(values: dict[str, str]) -> tuple[str, str]:
        verdict = rules.decide(values)
        assert verdict.row is not None
        assert len(verdict.trace) == size
        return verdict.row.then, verdict.row.id

    return decide


def with_zen(size: int, *, trace: bool) -> Callable[[dict[str, str]], tuple[str, str]]:
    """zen-engine, compiled once."""
    decision = zen.ZenEngine().create_decision(json.dumps(zen_graph(size)))

    def decide(values: dict[str, str]) -> tuple[str, str]:
        answer = decision.evaluate(values, {"trace": trace})["result"]
        return answer["outcome"], answer["row"]

    return decide


def with_spiff(size: int) -> Callable[[dict[str, str]], tuple[str, str]]:
    """SpiffWorkflow's DMN engine, its table built once."""
    engine = DMNEngine(spiff_table(size))

    def decide(values: dict[str, str]) -> tuple[str, str]:
        answer = engine.result(_Task(dict(values)))
        return answer["outcome"], answer["row"]

    return decide


def run(seconds: float = 3.0, checked: int = CHECKED) -> Report:
    """Both sizes, `seconds` for each engine; `checked` inputs must get equal answers first."""
    rows: list[tuple[str, ...]] = []
    found: dict[tuple[int, str], float] = {}
    for size in SIZES:
        given = inputs(size, checked)
        contestants = {OURS: ours(size), ZEN: with_zen(size, trace=True),
                       "zen-engine, no trace": with_zen(size, trace=False), SPIFF: with_spiff(size)}  # fmt: skip
        _agree(contestants, given)
        rates = in_turns({name: (decide, given) for name, decide in contestants.items()}, seconds)
        found |= {(size, name): rate for name, rate in rates.items()}
        rows += [(f"{size} rows", name, f"{rate:,.0f}", f"{rates[OURS] / rate:,.1f} x") for name, rate in rates.items()]
    return Report(
        name="law",
        title="Law: decisions a second on one core",
        heads=("table", "engine", "a second", "amends is"),
        rows=tuple(rows),
        budgets=tuple(_budgets(found)),
        notes=(f"Equal answers on {checked:,} inputs a table (SpiffWorkflow: a tenth of them) were checked first.",),
    )


def _budgets(found: dict[tuple[int, str], float]) -> Iterator[Budget]:
    yield Budget("decisions with trace on 40 rows", found[40, OURS], 50_000.0, "a second")
    yield Budget("against zen-engine with trace on 40 rows", found[40, OURS] / found[40, ZEN], 10.0, "x")
    yield Budget("against SpiffWorkflow on 40 rows", found[40, OURS] / found[40, SPIFF], 100.0, "x")


def _agree(contestants: dict[str, Callable[[dict[str, str]], tuple[str, str]]], given: list[dict[str, str]]) -> None:
    reference = contestants[OURS]
    for name, decide in contestants.items():
        some = given[: len(given) // SLOW_SHARE] if name == SPIFF else given
        for values in some:
            if decide(values) != reference(values):
                raise SystemExit(f"{name} answers {decide(values)} to {values}, we answer {reference(values)}")


if __name__ == "__main__":
    print(run())
