"""Reference pages of the policy packs: every value with its standing and clauses, every table, and the clause index.

The index says for each clause which value, rule and worked case carries it, or why it is not modelled. Only text.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from amends.lab.case_book import CaseBook
from amends.law.calendar import Window
from amends.law.policy import Cited, Pack, Policy
from amends.law.table import Row
from amends.store.policies import Catalogue

TABLES = {
    "filing": "From when and how long a request may be filed",
    "checklist": "What each party is asked to show",
    "decision": "What the findings lead to",
    "remedies": "What an outcome orders",
    "recourse": "Who makes the buyer whole, and who bears it in the end",
    "return_risk": "Who bears what while goods travel back",
}
MOST_CASES = 8
VALUES = {
    "windows": "Windows",
    "limits": "Limits",
    "eligibility": "What is taken on and what is refused",
    "burden": "Burden of proof",
    "silence": "Silence of the seller",
    "returns": "Returns",
    "appeals": "Appeals",
    "counterfeit": "Counterfeits",
    "patterns": "Patterns",
    "enforcement": "Enforcement",
    "privacy": "Privacy",
}


def policy(policy: Policy) -> str:
    """One edition of one pack: its values, its tables, its readings and its clauses."""
    pack = policy.pack
    lines = [f"# {pack.title}: {policy.name}", "", f"After *{pack.source.title}* of {pack.source.publisher}, dated "
             f"{pack.source.dated}, restated in our own words. Market {pack.market}, days of {pack.zone} with the "
             f"holidays of {pack.calendar}, in force from {pack.in_force_from.isoformat()}.", "",
             "*source* is the policy's own word; *reading* is ours, with the reason beside it."]  # fmt: skip
    for name, title in VALUES.items():
        lines += ["", f"## {title}", "", "| value | is | standing | clauses | because |", "|---|---|---|---|---|"]
        lines += [_value(place, cited) for place, cited in _cited(getattr(pack, name), "") if isinstance(cited, Cited)]
        lines += _plain(getattr(pack, name))
    for name, title in TABLES.items():
        lines += ["", f"## {title} (`{name}`)", "", *_table(getattr(pack, name))]
    lines += ["", "## Readings", "", "| id | problem | we read | why | clauses |", "|---|---|---|---|---|"]
    lines += [row(key, r.problem, r.read, r.why, ", ".join(r.clauses)) for key, r in pack.readings.items()]
    lines += ["", "## Clauses", "", "| id | part | speaks to | says |", "|---|---|---|---|"]
    lines += [row(key, c.heading, c.actor or "–", c.says) for key, c in pack.clauses.items()]
    return "\n".join(lines)


def clause_index(catalogue: Catalogue, book: CaseBook) -> str:
    """For each clause of each pack: the values, rules and worked cases that carry it, or why it is not modelled."""
    lines = ["# Clause index", "", "Where each clause of the policies lives: in a value of the pack, in a rule of the "
             "law, in worked cases, or, with its reason, nowhere."]  # fmt: skip
    for policy in catalogue.policies:
        pack = policy.pack
        places = carried(pack)
        uncovered = [c for c in pack.clauses if not (places[c] or book.about(c, pack.pack) or c in pack.not_modelled)]
        lines += ["", f"## {policy.name}", "", f"{len(pack.clauses)} clauses, {len(pack.not_modelled)} not modelled, "
                  f"{len(uncovered)} without a place{': ' + ', '.join(uncovered) if uncovered else ''}.", "",
                  "| clause | says | values | rules | worked cases |", "|---|---|---|---|---|"]  # fmt: skip
        for clause in (*pack.clauses, *pack.readings):
            lines.append(_indexed(pack, clause, places[clause], book))
    return "\n".join(lines)


def carried(pack: Pack) -> dict[str, list[str]]:
    """The places of a pack that cite each clause or reading: values, table rows, and `rule NAME` for rules in code."""
    places: dict[str, list[str]] = defaultdict(list)
    for name in (*VALUES, *TABLES):
        for place, cited in _cited(getattr(pack, name), name):
            for clause in cited.clauses:
                places[clause].append(place)
    for rule, clauses in pack.rule_clauses.items():
        for clause in clauses:
            places[clause].append(f"rule {rule}")
    return places


def _indexed(pack: Pack, clause: str, places: list[str], book: CaseBook) -> str:
    known = pack.clauses.get(clause)
    says = known.says if known else f"*reading* {pack.readings[clause].read}"
    if clause in pack.not_modelled:
        return row(clause, says, f"not modelled: {pack.not_modelled[clause]}", "–", "–")
    values = [f"`{place}`" for place in places if not place.startswith("rule ")]
    rules = [f"`{place.removeprefix('rule ')}`" for place in places if place.startswith("rule ")]
    return row(clause, says, ", ".join(values) or "–", ", ".join(rules) or "–", _cases(book, clause, pack))


def _cases(book: CaseBook, clause: str, pack: Pack) -> str:
    """The worked cases written because of a clause; of many the first, and how many more."""
    found = book.about(clause, pack.pack)
    links = [f"[{case.title}](case-book.md#{anchor(case.title)})" for case in found[:MOST_CASES]]
    more = f" and {len(found) - MOST_CASES} more" if len(found) > MOST_CASES else ""
    return "; ".join(links) + more or "–"


def anchor(title: str) -> str:
    """The anchor a Markdown heading gets."""
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def row(*cells: str) -> str:
    """A row of a Markdown table; bars and line ends inside cells are made harmless."""
    return f"| {' | '.join(' '.join(cell.replace('|', chr(92) + '|').split()) for cell in cells)} |"


def _cited(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every cited value and table row inside a part of a pack, with its place in words of the YAML file."""
    if isinstance(value, Cited | Row):
        name = value.id if isinstance(value, Row) else getattr(value, "check", None)
        yield (f"{place}.{name}" if name else place).lstrip("."), value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _cited(getattr(value, name), f"{place}.{name}".lstrip("."))
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            bears = getattr(item, "scenarios", None)
            yield from _cited(item, f"{place}.{'+'.join(bears)}" if bears else place if isinstance(item, Cited | Row)
                              else f"{place}[{i + 1}]")  # fmt: skip


def _value(place: str, cited: Any) -> str:
    own = {name: getattr(cited, name) for name in cited.__struct_fields__ if name not in Cited.__struct_fields__}
    own.pop("check", None)
    said = _said(next(iter(own.values()))) if len(own) == 1 else _said(own)
    return row(f"`{place}`" if place else "–", said, cited.status, ", ".join(cited.clauses), cited.because or "")


def _plain(part: Any) -> list[str]:
    """What a part holds beside cited values, one line each."""
    if not isinstance(part, msgspec.Struct):
        return []
    found = {name: getattr(part, name) for name in part.__struct_fields__}
    return [f"\n`{name}`: {_said(value)}" for name, value in found.items()
            if not isinstance(value, Cited) and not any(True for _ in _cited(value, ""))]  # fmt: skip


def _table(rows: tuple[Row[Any], ...]) -> list[str]:
    columns = list(dict.fromkeys(name for found in rows for name in found.when))
    lines = [row("row", *columns, "then", "standing", "clauses", "because")]
    lines.append("|---" * (len(columns) + 5) + "|")
    for found in rows:
        cells = [_said(found.when[name]) if name in found.when else "" for name in columns]
        then = _said(msgspec.structs.asdict(found.then))
        lines.append(row(f"`{found.id}`", *cells, then, found.status, ", ".join(found.clauses), found.because or ""))
    return lines


def _said(value: Any) -> str:
    if isinstance(value, Window):
        return str(value)
    if isinstance(value, msgspec.Struct):
        return _said({name: getattr(value, name) for name in value.__struct_fields__})
    if isinstance(value, Mapping):
        if set(value) <= {"en", "id"} and "en" in value:
            return str(value["en"])
        return "; ".join(f"{str(key).replace('_', ' ')} {_said(inner)}" for key, inner in value.items()
                         if inner not in (None, (), {}))  # fmt: skip
    if isinstance(value, tuple | list):
        return " + ".join(_said(item) for item in value) if value else "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)
