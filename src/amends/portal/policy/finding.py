"""Looking for words within an edition: only what holds every word asked for is shown, whatever its case or accents."""

import unicodedata
from typing import Any

import msgspec

from amends.law.policy import Clause, Reading
from amends.portal.policy.showing import Part, Reader, Table


class Hits(msgspec.Struct, frozen=True):
    """What a page shows of an edition: one of these is filled."""

    clauses: tuple[tuple[str, tuple[tuple[str, Clause], ...]], ...] = ()
    parts: tuple[Part, ...] = ()
    tables: tuple[Table, ...] = ()
    readings: tuple[tuple[str, Reading], ...] = ()
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def count(self) -> int:
        """How many things are shown."""
        return (
            sum(len(group) for _, group in self.clauses)
            + sum(len(part.values) for part in self.parts)
            + sum(len(table.lines) for table in self.tables)
            + len(self.readings)
            + len(self.missing)
        )


def hits(reader: Reader, tab: str, wanted: str) -> Hits:
    """What of a tab holds every word of `wanted`; all of it when nothing is wanted."""
    words = plain(wanted).split()
    pack = reader.pack

    def fits(*texts: Any) -> bool:
        text = plain(" ".join(str(one) for one in texts))
        return all(word in text for word in words)

    if tab == "values":
        parts = [_narrowed(part, fits) for part in reader.parts()]
        return Hits(parts=tuple(part for part in parts if part.values))
    if tab == "tables":
        tables = [_narrowed_table(table, fits) for table in reader.tables()]
        return Hits(tables=tuple(table for table in tables if table.lines))
    if tab == "readings":
        found = [(k, r) for k, r in pack.readings.items() if fits(k, r.problem, r.read, r.why, *r.clauses)]
        return Hits(readings=tuple(found))
    if tab == "open":
        return Hits(missing=tuple((k, why) for k, why in pack.not_modelled.items() if fits(k, why)))
    groups: dict[str, list[tuple[str, Clause]]] = {}
    for name, clause in pack.clauses.items():
        if fits(name, clause.says, clause.heading, clause.actor or ""):
            groups.setdefault(clause.heading, []).append((name, clause))
    return Hits(clauses=tuple((heading, tuple(group)) for heading, group in groups.items()))


def plain(text: str) -> str:
    """Without case and accents, for comparing."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _narrowed(part: Part, fits: Any) -> Part:
    kept = tuple(v for v in part.values if fits(v.label, v.said, v.more, v.because, v.place, *v.clauses))
    return msgspec.structs.replace(part, values=kept)


def _narrowed_table(table: Table, fits: Any) -> Table:
    kept = tuple(
        row
        for row in table.lines
        if fits(row.id, *(f"{a} {b}" for a, b in row.when), *row.then, row.because, *row.clauses)
    )
    return msgspec.structs.replace(table, lines=kept)
