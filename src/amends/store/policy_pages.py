"""A policy as plain text for a person: the whole pack, or one clause with everything that rests on it.

Nothing is decided here; the text says what the pack says. Terminal colours and tables are the command line's.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from textwrap import fill
from typing import Any

import msgspec

from amends.law.check import citations
from amends.law.policy import (
    Burden,
    Cited,
    EnforcementRule,
    Filing,
    Ground,
    Materials,
    Pack,
    Policy,
    Recommended,
    RecourseRule,
    Remedies,
    Risk,
    Shown,
    WindowRule,
)  # fmt: skip
from amends.law.table import Row

WIDTH = 100
SECTIONS = ("windows", "limits", "silence", "returns", "appeals", "counterfeit", "patterns", "enforcement",
            "privacy")  # fmt: skip
TABLES = ("filing", "checklist", "decision", "remedies", "recourse", "return_risk")


def show(policy: Policy, clause: str | None = None) -> str:
    """The whole policy, or one clause (or reading); LookupError names the nearest ids when there is none."""
    pack = policy.pack
    if clause is None:
        return "\n".join(_pages(pack))
    if clause in pack.clauses:
        return "\n".join(_clause(pack, clause))
    if clause in pack.readings:
        return "\n".join(_reading(pack, clause))
    near = get_close_matches(clause, [*pack.clauses, *pack.readings], 3, 0.4)
    hint = f"; near it are {', '.join(near)}" if near else ""
    raise LookupError(f"{policy.name} has no clause or reading {clause!r}{hint}")


def _pages(pack: Pack) -> Iterator[str]:
    yield f"{pack.pack}@{pack.edition}: {pack.title}"
    yield f"from {pack.source.title!r}, {pack.source.publisher}, dated {pack.source.dated}"
    since = pack.in_force_from.isoformat()
    yield f"market {pack.market}, in force from {since}, {pack.zone}, {pack.currency}"
    for section in SECTIONS:
        yield from ("", section.replace("_", " ").upper())
        yield from _values(getattr(pack, section))
    yield from ("", "INTAKE")
    for kind in ("accept", "refuse"):
        for ground in getattr(pack.eligibility, kind):
            yield f"  {kind:7} {ground.check.replace('_', ' ')}  {_standing(ground)}"
            yield _indented(ground.otherwise["en"], 10)
    yield from ("", "BURDEN OF PROOF")
    for burden in pack.burden:
        yield f"  {', '.join(burden.scenarios)}: {burden.bears}  {_standing(burden)}"
        yield _indented(burden.says["en"], 10)
    for table in TABLES:
        yield from ("", table.replace("_", " ").upper())
        for row in getattr(pack, table):
            yield from _row(row)
    yield from ("", "CLAUSES")
    for name, clause in pack.clauses.items():
        yield _indented(f"{name}: {clause.says}", 2)
    yield from ("", "READINGS")
    for name in pack.readings:
        yield from _reading(pack, name)
    yield from ("", "NOT MODELLED")
    for name, why in pack.not_modelled.items():
        yield _indented(f"{name}: {why}", 2)


def _clause(pack: Pack, name: str) -> Iterator[str]:
    clause = pack.clauses[name]
    yield f"{name} ({pack.pack}@{pack.edition}, {clause.heading})"
    yield _indented(clause.says, 2)
    if clause.actor:
        yield f"  speaks to: {clause.actor}"
    if name in pack.not_modelled:
        yield _indented(f"not modelled: {pack.not_modelled[name]}", 2)
    yield from _resting_on(pack, name)


def _reading(pack: Pack, name: str) -> Iterator[str]:
    reading = pack.readings[name]
    about = f" (on {', '.join(reading.clauses)})" if reading.clauses else ""
    yield f"{name}{about}"
    for label, text in (("problem", reading.problem), ("we read", reading.read), ("because", reading.why)):
        yield _indented(f"{label}: {text}", 2)
    yield from _resting_on(pack, name)


def _resting_on(pack: Pack, name: str) -> Iterator[str]:
    """The values, rows, grounds, rules and readings that cite the name."""
    for path, cited in citations(pack):
        if name in cited:
            yield f"  carried by {_place(pack, path)}"
    for reading, body in pack.readings.items():
        if name in body.clauses:
            yield f"  read in {reading}"


def _place(pack: Pack, path: tuple[str | int, ...]) -> str:
    value: Any = pack
    words: list[str] = []
    for step in path:
        value = getattr(value, str(step)) if isinstance(value, msgspec.Struct) else value[step]
        words.append(_word(value, step))
    said = f" = {_said(value)}" if isinstance(value, Cited) and _said(value) else ""
    return f"{' '.join(words).replace('rule_clauses', 'rule')}{said}"


def _word(value: Any, step: str | int) -> str:
    """A row by its id, a ground by its check, a burden by its scenarios, anything else by its own name."""
    if isinstance(value, Row):
        return value.id
    if isinstance(value, Ground):
        return value.check
    if isinstance(value, Shown):
        return f"{value.party} to {value.to}"
    return "/".join(value.scenarios) if isinstance(value, Burden) else str(step)


def _values(section: Any) -> Iterator[str]:
    for name in section.__struct_fields__:
        value = getattr(section, name)
        if isinstance(value, Cited):
            yield f"  {name:36} {_said(value):20} {_standing(value)}"
            if value.because:
                yield _indented(value.because, 10)
        elif value and isinstance(value[0], Shown):
            yield from _shown(value)
        else:
            yield f"  {name:36} {', '.join(map(str, value)) or '-'}"


def _shown(rows: tuple[Shown, ...]) -> Iterator[str]:
    """When each side sees what another hands in."""
    for row in rows:
        said = row.value.replace("_", " ")
        yield f"  {f'{row.party} shown to {row.to}':36} {said:20} {_standing(row)}"
        if row.types:
            yield _indented(f"of {', '.join(row.types)}", 10)
        if row.because:
            yield _indented(row.because, 10)


def _row(row: Row[Any]) -> Iterator[str]:
    when = ", ".join(f"{column} {_any(accepted)}" for column, accepted in row.when.items()) or "always"
    yield f"  {row.id}  {_standing(row)}"
    yield _indented(f"when {when}", 6)
    for line in _then(row.then):
        yield _indented(line, 6)
    if row.because:
        yield _indented(f"because {row.because}", 6)


def _then(result: Any) -> Iterator[str]:
    """What follows from a row, in words."""
    match result:
        case Filing():
            yield f"then within {result.window} of {result.anchor}"
        case Materials():
            for item in result.items:
                need = "required" if item.required else "helpful"
                yield f"{need}: {' or '.join(item.types)}. {item.example['en']}"
        case Recommended():
            yield f"then {result.outcome}, fault {result.fault or 'as found'}"
        case Remedies():
            orders = [f"{order.kind} ({order.owner or 'by recourse'})" for order in result.order]
            yield f"then {', '.join(orders) or 'nothing'}"
        case RecourseRule():
            heard = ", after the carrier was heard" if result.awaits_carrier else ""
            yield f"then {result.pays} makes the buyer whole, {result.bearer} bears it{heard}"
        case Risk():
            yield f"then breakage {result.breakage}, damage {result.damage}, loss {result.loss}"


def _said(value: Cited) -> str:
    """What a cited value says in a word or two."""
    if isinstance(value, EnforcementRule):
        length = f"for {value.expires_after}" if value.expires_after else "until reversed"
        return f"{value.points_min}-{value.points_max} points {length}" if value.points_min else length
    if isinstance(value, WindowRule):
        return str(value.window or "acceptance period")
    said = getattr(value, "value", "")
    return {True: "yes", False: "no"}[said] if isinstance(said, bool) else str(said)


def _standing(value: Cited | Row[Any]) -> str:
    return f"[{value.status}: {', '.join(value.clauses)}]"


def _any(accepted: Any) -> str:
    values = accepted if isinstance(accepted, tuple) else (accepted,)
    return "/".join(str(value).lower() for value in values)


def _indented(text: str, by: int) -> str:
    return fill(text, WIDTH, initial_indent=" " * by, subsequent_indent=" " * (by + 4))
