"""Is a pack sound? Every fault of its tables, values and citations, each with the path to what is wrong.

A table that decides must leave no gap and no choice; a value must say what it rests on; every clause must be
carried by something or be listed as not modelled with the reason, never both. Reading a file and naming its
lines is the store's (store/pack_file.py). Clauses: all of them, by counting.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from amends.law.policy import COLUMNS, SCENARIO_OF, SCENARIOS, Cited, Ground, Number, Pack
from amends.law.table import Compiled, Row, Value

Path = tuple[str | int, ...]
Columns = Mapping[str, tuple[Value, ...]]

ONE_ROW = ("filing", "decision", "remedies", "recourse", "return_risk")
"""Tables of which exactly one row must apply to every input; of the checklist every matching row counts."""

MAY_BE_OPEN = ("dispute_cap", "further_dispute", "refile_request")
"""Windows that may be null: the acceptance period is their limit."""

IDENTITY = {"pack": r"[a-z0-9]+(-[a-z0-9]+)*", "edition": r"[A-Za-z0-9.\-]+", "market": r"[A-Z]{2,8}",
            "currency": r"[A-Z]{3}"}  # fmt: skip
DELIVERY = ("delayed", "lost", "damaged")
SHOWN_GAPS = 3


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong: `path` leads to it through the pack, the message says what would be right.

    Where a name is not known, `given` is that name and `known` are those it may have meant.
    """

    path: Path
    message: str
    given: str = ""
    known: tuple[str, ...] = ()


def faults(pack: Pack) -> list[Fault]:
    """Everything wrong with a pack, chapter by chapter; empty when it is sound."""
    return [
        *_identity(pack), *_windows(pack), *_numbers(pack), *_intake(pack), *_rows(pack), *_tables(pack),
        *_checklist(pack), *_shown(pack), *_burden(pack), *_standing(pack), *_names(pack), *_mapping(pack),
        *_readings(pack),
    ]  # fmt: skip


def citations(pack: Pack) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Every place of a pack that cites, with the clauses and readings it cites."""
    for path, value in cited(pack):
        yield path, value.clauses
    for rule, clauses in pack.rule_clauses.items():
        yield ("rule_clauses", rule), clauses


def cited(pack: Pack) -> Iterator[tuple[Path, Cited | Row[Any]]]:
    """Every value, ground and row of a pack that must say what it rests on."""
    yield from _walk(pack, ())


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Cited | Row[Any]]]:
    if isinstance(value, Cited | Row):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _walk(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _walk(item, (*path, i))


def _identity(pack: Pack) -> Iterator[Fault]:
    """Names are fit for an address, an order and a ledger."""
    for name, pattern in IDENTITY.items():
        value = getattr(pack, name)
        if not re.fullmatch(pattern, value):
            yield Fault((name,), f"{name}: {value!r} does not match {pattern}")


def _windows(pack: Pack) -> Iterator[Fault]:
    """A window of nothing gives nobody a chance to act."""
    windows: list[tuple[Path, Any]] = [
        ((*path, name), getattr(value, name, None))
        for path, value in cited(pack)
        for name in ("window", "expires_after")
    ]
    windows += [(("filing", i, "then", "window"), row.then.window) for i, row in enumerate(pack.filing)]
    for path, window in windows:
        if window is not None and window.amount == 0:
            yield Fault(path, f"a window of {window} ends as it begins; give it a length")
    for name in pack.windows.__struct_fields__:
        if getattr(pack.windows, name).window is None and name not in MAY_BE_OPEN:
            open_ones = ", ".join(MAY_BE_OPEN)
            yield Fault(("windows", name), f"{name} needs a window; only {open_ones} may have none")


def _numbers(pack: Pack) -> Iterator[Fault]:
    """Limits count from one, a share of orders is a percentage, points run upwards."""
    for path, value in cited(pack):
        if isinstance(value, Number) and value.value < 1:
            yield Fault((*path, "value"), f"{path[-1]} is {value.value}; it is at least 1")
    if pack.patterns.percent_of_orders.value > 100:
        yield Fault(("patterns", "percent_of_orders", "value"), "a percentage is at most 100")
    for kind in pack.enforcement.__struct_fields__:
        rule = getattr(pack.enforcement, kind)
        low, high = rule.points_min, rule.points_max
        if (low is None) != (high is None) or (low is not None and not 1 <= low <= high):
            yield Fault(("enforcement", kind), "points_min and points_max go together, from 1 upwards")


def _intake(pack: Pack) -> Iterator[Fault]:
    """Every check of intake has its ground, once a list."""
    grounds = {kind: [ground.check for ground in getattr(pack.eligibility, kind)] for kind in ("accept", "refuse")}
    for check in get_args(get_type_hints(Ground)["check"]):
        if not any(check in checks for checks in grounds.values()):
            yield Fault(("eligibility",), f"no ground has the check {check!r}; add one under accept or refuse")
        for kind, checks in grounds.items():
            if checks.count(check) > 1:
                second = checks.index(check, checks.index(check) + 1)
                yield Fault(("eligibility", kind, second), f"the check {check!r} is given twice under {kind}")


def _rows(pack: Pack) -> Iterator[Fault]:
    """Rows have ids of their own and ask only what their table knows."""
    for table, columns in COLUMNS.items():
        rows: tuple[Row[Any], ...] = getattr(pack, table)
        first: dict[str, int] = {}
        for i, row in enumerate(rows):
            if row.id in first:
                yield Fault((table, i), f"the id {row.id!r} is used twice; row {first[row.id] + 1} has it too")
            first.setdefault(row.id, i)
            yield from _conditions(row, (table, i, "when"), columns)


def _conditions(row: Row[Any], path: Path, columns: Columns) -> Iterator[Fault]:
    for name in row.when:
        if name not in columns:
            yield Fault((*path, name), f"there is no column {name!r}", name, tuple(columns))
            continue
        values, domain = _accepted(row, name), columns[name]
        if not values:
            yield Fault((*path, name), f"row {row.id!r} can never apply: {name} accepts nothing")
        for value in values:
            if value not in domain:
                message = f"row {row.id!r} can never apply so: {name} is never {_yaml(value)}"
                yield Fault((*path, name), message, _yaml(value), tuple(map(_yaml, domain)))


def _tables(pack: Pack) -> Iterator[Fault]:
    """Every input meets exactly one row."""
    for table in ONE_ROW:
        rows: tuple[Row[Any], ...] = getattr(pack, table)
        compiled = Compiled(rows, COLUMNS[table])
        if any(compiled.unknown()):
            continue
        places = {id(row): i for i, row in enumerate(rows)}
        for first, second in compiled.overlaps():
            shared = _input(_shared(first, second, COLUMNS[table]))
            message = f"rows {first.id!r} and {second.id!r} both apply to {shared}; let one of them leave it"
            yield Fault((table, places[id(second)]), message)
        for gap in compiled.gaps(SHOWN_GAPS):
            yield Fault((table,), f"no row of {table} applies to {_input(gap) or 'anything'}; add one")


def _shared(first: Row[Any], second: Row[Any], columns: Columns) -> dict[str, Value]:
    """One input that both rows accept, over the columns either mentions."""
    return {
        name: next(value for value in domain if _takes(first, name, value) and _takes(second, name, value))
        for name, domain in columns.items()
        if name in first.when or name in second.when
    }


def _checklist(pack: Pack) -> Iterator[Fault]:
    """A checklist line is for somebody who is asked, and everybody who is asked has a line."""
    for i, row in enumerate(pack.checklist):
        if not any(_takes_all(row, asked) for asked in _asked()):
            when = _input({name: _accepted(row, name)[0] for name in row.when if _accepted(row, name)})
            message = f"row {row.id!r} can never apply: nobody is asked for material with {when}"
            yield Fault(("checklist", i, "when"), message)
        if not row.then.items:
            yield Fault(("checklist", i, "then"), f"row {row.id!r} asks for nothing; give it items")
        for j, item in enumerate(row.then.items):
            path: Path = ("checklist", i, "then", "items", j)
            if not item.types:
                yield Fault((*path, "types"), "this line names no type of evidence")
            yield from _languages(item.example, (*path, "example"))
    for party, scenario in dict.fromkeys((asked["party"], asked["scenario"]) for asked in _asked()):
        if not any(_takes_all(row, {"party": party, "scenario": scenario}) for row in pack.checklist):
            yield Fault(("checklist",), f"no row tells the {party} what to bring in a case of {scenario}")


def _asked() -> Iterator[dict[str, Value]]:
    """Who is asked for material: buyer and seller for every reason, the carrier where it carried."""
    for reason, scenario in SCENARIO_OF.items():
        for party in ("buyer", "seller", "carrier"):
            if party != "carrier" or scenario in DELIVERY:
                yield {"party": party, "scenario": scenario, "reason": reason}


def _shown(pack: Pack) -> Iterator[Fault]:
    """For each side and what another hands in: one general answer, and no type answered twice."""
    for party in ("buyer", "seller", "carrier"):
        for to in ("buyer", "seller"):
            rows = [(i, row) for i, row in enumerate(pack.privacy.shown) if (row.party, row.to) == (party, to)]
            general = [i for i, row in rows if not row.types]
            if party == to:
                yield from (Fault(("privacy", "shown", i), f"the {to} always sees its own material") for i, _ in rows)
            elif len(general) != 1:
                message = f"say once, without types, when the {to} sees what the {party} hands in"
                yield Fault(("privacy", "shown", *general[1:2]), message)
            types = [kind for _, row in rows for kind in row.types]
            for kind in sorted({kind for kind in types if types.count(kind) > 1}):
                yield Fault(("privacy", "shown"), f"when the {to} sees the {party}'s {kind} is said twice")


def _burden(pack: Pack) -> Iterator[Fault]:
    """Each scenario has exactly one bearer of the burden; what people read is in both languages."""
    for scenario in SCENARIOS:
        bearers = [i for i, burden in enumerate(pack.burden) if scenario in burden.scenarios]
        if not bearers:
            yield Fault(("burden",), f"nobody bears the burden of proof in a case of {scenario}")
        for i in bearers[1:]:
            yield Fault(("burden", i, "scenarios"), f"the burden in a case of {scenario} is given twice")
    for i, burden in enumerate(pack.burden):
        yield from _languages(burden.says, ("burden", i, "says"))
    for kind in ("accept", "refuse"):
        for i, ground in enumerate(getattr(pack.eligibility, kind)):
            yield from _languages(ground.otherwise, ("eligibility", kind, i, "otherwise"))


def _languages(texts: Mapping[Any, str], path: Path) -> Iterator[Fault]:
    for language in ("en", "id"):
        if language not in texts:
            yield Fault(path, f"the text is missing in {language!r}")


def _standing(pack: Pack) -> Iterator[Fault]:
    """A value cites; a reading says why."""
    for path, value in cited(pack):
        if not value.clauses:
            yield Fault(path, "this value cites no clause; say what it rests on")
        elif value.status == "reading" and not value.because and not pack.readings.keys() & set(value.clauses):
            yield Fault(path, "this is a reading: say `because`, or cite the reading it follows")


def _names(pack: Pack) -> Iterator[Fault]:
    """What is cited exists, once."""
    known = (*pack.clauses, *pack.readings)
    places = [*citations(pack), *((("readings", name), body.clauses) for name, body in pack.readings.items())]
    for path, clauses in places:
        for clause in clauses:
            if clause not in known:
                message = f"{clause!r} is neither a clause nor a reading of this pack"
                yield Fault((*path, "clauses"), message, clause, known)
    for clause in pack.not_modelled:
        if clause not in pack.clauses:
            yield Fault(("not_modelled", clause), f"this pack has no clause {clause!r}", clause, tuple(pack.clauses))
    for name in pack.readings.keys() & pack.clauses.keys():
        yield Fault(("readings", name), f"{name!r} is already the id of a clause")


def _mapping(pack: Pack) -> Iterator[Fault]:
    """Every clause is carried by something or left out with a reason, never both."""
    carried = {clause: path for path, clauses in citations(pack) for clause in clauses}
    for clause in pack.clauses:
        if clause in pack.not_modelled and clause in carried:
            place = " ".join(str(step + 1 if isinstance(step, int) else step) for step in carried[clause])
            yield Fault(("not_modelled", clause), f"{clause} is said not to be modelled, yet {place} cites it")
        elif clause not in pack.not_modelled and clause not in carried:
            yield Fault(("clauses", clause), f"nothing cites {clause}; carry it, or say why not in not_modelled")


def _readings(pack: Pack) -> Iterator[Fault]:
    """A reading that decides nothing is no reading."""
    used = {clause for _, clauses in citations(pack) for clause in clauses}
    for name in pack.readings:
        if name not in used:
            yield Fault(("readings", name), f"nothing cites the reading {name}; cite it where it decides")


def _accepted(row: Row[Any], name: str) -> tuple[Value, ...]:
    accepted = row.when[name]
    return accepted if isinstance(accepted, tuple) else (accepted,)


def _takes(row: Row[Any], name: str, value: Value) -> bool:
    return name not in row.when or value in _accepted(row, name)


def _takes_all(row: Row[Any], values: Mapping[str, Value]) -> bool:
    return all(_takes(row, name, value) for name, value in values.items())


def _input(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} {_yaml(value)}" for name, value in values.items())


def _yaml(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else value
