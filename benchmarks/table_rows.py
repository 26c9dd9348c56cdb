"""One decision table in three notations: our rows, a zen JDM graph, SpiffWorkflow's DMN rules.

The table is synthetic: four columns of words, every input has exactly one row. Rows are equal in all notations, so that
equal answers can be checked before anything is timed.
"""

import random
from typing import Any

from SpiffWorkflow.dmn.specs.model import (  # type: ignore[import-untyped]
    DecisionTable,
    Input,
    InputEntry,
    Output,
    OutputEntry,
    Rule,
)

from amends.law.table import Compiled, Row

SIDES = {40: (8, 5), 400: (20, 20)}
"""How many values the first two columns have, for each number of rows."""


def domains(size: int) -> dict[str, tuple[str, ...]]:
    """The columns and their values."""
    a, b = SIDES[size]
    return {
        "scenario": tuple(f"scenario_{i}" for i in range(a)),
        "claim": tuple(f"claim_{i}" for i in range(b)),
        "fulfilment": ("ship_by_seller", "ship_by_platform"),
        "visibility": ("visible", "hidden"),
    }


def rows(size: int) -> list[Row[str]]:
    """`size` rows; each names the first two columns, and lets the other two be anything it lists."""
    columns = domains(size)
    made = []
    for i, scenario in enumerate(columns["scenario"]):
        for j, claim in enumerate(columns["claim"]):
            when: dict[str, Any] = {"scenario": scenario, "claim": claim, "fulfilment": columns["fulfilment"]}
            made.append(Row(f"row-{i}-{j}", when, f"outcome-{(i * 7 + j) % 5}", "source", (f"X-{i}", f"X-{j}")))
    return made


def compiled(size: int) -> Compiled[str]:
    """Our table."""
    return Compiled(rows(size), domains(size))


def zen_graph(size: int) -> dict[str, Any]:
    """The same table as a zen JDM graph with hit policy `first`."""
    inputs = [
        {"id": f"i{n}", "name": name, "type": "expression", "field": name} for n, name in enumerate(domains(size))
    ]
    outputs = [{"id": "o0", "name": "outcome", "field": "outcome", "type": "expression"},
               {"id": "o1", "name": "row", "field": "row", "type": "expression"}]  # fmt: skip
    rules = []
    for number, row in enumerate(rows(size)):
        rule = {"_id": f"r{number}", "o0": f'"{row.then}"', "o1": f'"{row.id}"'}
        for n, name in enumerate(domains(size)):
            accepted = row.when.get(name, ())
            values = accepted if isinstance(accepted, tuple) else (accepted,)
            rule[f"i{n}"] = ", ".join(f'"{value}"' for value in values)
        rules.append(rule)
    table = {"id": "t", "type": "decisionTableNode", "name": "table", "position": {"x": 0, "y": 0},
             "content": {"hitPolicy": "first", "inputs": inputs, "outputs": outputs, "rules": rules}}  # fmt: skip
    ends = [{"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
            {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 0, "y": 0}}]  # fmt: skip
    edges = [{"id": "e1", "type": "edge", "sourceId": "in", "targetId": "t"},
             {"id": "e2", "type": "edge", "sourceId": "t", "targetId": "out"}]  # fmt: skip
    return {"contentType": "application/vnd.gorules.decision", "nodes": [*ends, table], "edges": edges}


def spiff_table(size: int) -> DecisionTable:
    """The same table as SpiffWorkflow's own decision table, hit policy UNIQUE."""
    table = DecisionTable("t", "table", "UNIQUE")
    columns = [Input(name, name, name, name, "string") for name in domains(size)]
    outputs = [Output(name, name, name, "string") for name in ("outcome", "row")]
    for number, row in enumerate(rows(size)):
        rule = Rule(f"r{number}")
        rule.row_number = number
        for column in columns:
            rule.inputEntries.append(_entry(column, row))
        for output, value in zip(outputs, (row.then, row.id), strict=True):
            entry = OutputEntry(f"o{number}", output)
            entry.text, entry.parsedRef = f'"{value}"', f'"{value}"'
            rule.outputEntries.append(entry)
        table.rules.append(rule)
    return table


def _entry(column: Input, row: Row[str]) -> InputEntry:
    entry = InputEntry(f"{row.id}-{column.id}", column)
    accepted = row.when.get(column.id)
    if isinstance(accepted, tuple):
        entry.lhs = ["? in (" + ", ".join(f'"{value}"' for value in accepted) + ")"]
    elif accepted is not None:
        entry.lhs = [f'"{accepted}"']
    return entry


def inputs(size: int, count: int, seed: int = 7) -> list[dict[str, str]]:
    """Random inputs over the table's domains."""
    chance = random.Random(seed)
    columns = domains(size)
    return [{name: chance.choice(values) for name, values in columns.items()} for _ in range(count)]
