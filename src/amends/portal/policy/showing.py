"""A policy taken apart for reading: values and rows with their words, and where each clause is used.

Nothing is decided and nothing added: each value is said with its standing (the source's own word, or a reading with
its reason) and the clauses it rests on, exactly as the pack has it. Texts of clauses and readings stay as written.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from amends.law.check import Path, cited
from amends.law.policy import (
    Burden,
    Choice,
    Cited,
    EnforcementRule,
    Filing,
    Ground,
    Materials,
    Number,
    Pack,
    Recommended,
    RecourseRule,
    Remedies,
    Risk,
    Shown,
    Switch,
    WindowRule,
)  # fmt: skip
from amends.law.table import Row
from amends.portal import figures
from amends.portal.policy.naming import CODES, COLUMNS, PARTS, TABLES, TERMS, VALUES
from amends.portal.terms import TABLES as TERM_TABLES
from amends.portal.terms import term
from amends.portal.words import Locale, words

RULES = "rule_clauses"


class Value(msgspec.Struct, frozen=True):
    """A cited value: its place in the file, what it is called, what it says, what it rests on."""

    place: str
    label: str
    said: str
    standing: str
    clauses: tuple[str, ...]
    because: str
    more: str = ""


class Part(msgspec.Struct, frozen=True):
    """A chapter of values."""

    name: str
    title: str
    values: tuple[Value, ...]


class Line(msgspec.Struct, frozen=True):
    """A row of a table: when it applies, what follows, what it rests on."""

    place: str
    id: str
    when: tuple[tuple[str, str], ...]
    then: tuple[str, ...]
    standing: str
    clauses: tuple[str, ...]
    because: str


class Table(msgspec.Struct, frozen=True):
    """A table of the policy."""

    name: str
    title: str
    lines: tuple[Line, ...]


class Use(msgspec.Struct, frozen=True):
    """A place that rests on a clause: a value, a row, or (`rule`) a rule of the law in code."""

    place: str
    label: str
    kind: str


class Reader:
    """Says one pack in one language."""

    def __init__(self, pack: Pack, locale: Locale) -> None:
        self.pack = pack
        self.locale: Locale = locale
        self._: Callable[[str], str] = words(locale).gettext

    def parts(self) -> tuple[Part, ...]:
        """The chapters of values."""
        found: dict[str, list[Value]] = {name: [] for name in PARTS}
        for path, value in cited(self.pack):
            if isinstance(value, Cited):
                found[str(path[0])].append(self._value(path, value))
        private = tuple(self._(term("evidence", kind)) for kind in self.pack.privacy.staff_only)
        kept = [
            msgspec.structs.replace(one, more=", ".join(private)) if one.place == "privacy.rule" else one
            for one in found["privacy"]
        ]
        found["privacy"] = kept
        return tuple(Part(name, self._(title), tuple(found[name])) for name, title in PARTS.items())

    def tables(self) -> tuple[Table, ...]:
        """The tables."""
        return tuple(
            Table(name, self._(title), tuple(self._line(name, row) for row in getattr(self.pack, name)))
            for name, title in TABLES.items()
        )

    def uses(self) -> dict[str, list[Use]]:
        """Where each clause and reading is used."""
        found: dict[str, list[Use]] = defaultdict(list)
        for path, value in cited(self.pack):
            use = self._use(path, value)
            for clause in value.clauses:
                found[clause].append(use)
        for rule, clauses in self.pack.rule_clauses.items():
            for clause in clauses:
                found[clause].append(Use("", rule, "rule"))
        return found

    def readings_of(self) -> dict[str, list[str]]:
        """The readings that speak of each clause."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, reading in self.pack.readings.items():
            for clause in reading.clauses:
                found[clause].append(name)
        return found

    def label(self, path: Path, value: Any) -> str:
        """What a value is called."""
        if isinstance(value, Ground):
            return self._(VALUES[value.check])
        if isinstance(value, Burden):
            return ", ".join(self._(term("scenario", one)) for one in value.scenarios)
        if isinstance(value, Shown):
            told = {"to": self._(term("party", value.to)), "of": self._(term("party", value.party))}
            return self._("%(to)s sees material of: %(of)s") % told
        if isinstance(value, EnforcementRule):
            return self._(term("enforcement", path[-1]))
        return self._(VALUES.get(str(path[-1]), str(path[-1]).replace("_", " ")))

    def _value(self, path: Path, value: Cited) -> Value:
        said, more = self._said(value)
        if isinstance(value, Ground):
            said = self._("must hold") if path[1] == "accept" else self._("refuses")
        return Value(
            place_of(path, value), self.label(path, value), said, value.status, value.clauses, value.because or "",
            more,
        )  # fmt: skip

    def _use(self, path: Path, value: Cited | Row[Any]) -> Use:
        if isinstance(value, Row):
            return Use(place_of(path, value), f"{self._(TABLES[str(path[0])])}: {value.id}", "row")
        return Use(place_of(path, value), self.label(path, value), "value")

    def _said(self, value: Cited) -> tuple[str, str]:
        """What a value says, and what more belongs to it."""
        _ = self._
        match value:
            case WindowRule():
                length = figures.window(value.window, self.locale) if value.window else _("as the acceptance period")
                return length, ""
            case Number():
                return figures.number(value.value, self.locale), ""
            case Switch():
                return _("yes") if value.value else _("no"), ""
            case Choice():
                return _(term("party", value.value)), ""
            case Ground():
                return "", value.otherwise[self.locale]
            case Burden():
                return _(term("party", value.bears)), value.says[self.locale]
            case Shown():
                kinds = ", ".join(_(term("evidence", kind)) for kind in value.types) or _("everything else")
                return _(CODES[value.value]), kinds
            case EnforcementRule():
                return self._lasts(value), ""
        return "", ""

    def _lasts(self, value: EnforcementRule) -> str:
        _ = self._
        length = (
            _("for %(time)s") % {"time": figures.window(value.expires_after, self.locale)}
            if value.expires_after
            else _("until reversed")
        )
        if not value.points_min:
            return length
        return _("%(least)s to %(most)s points, %(length)s") % {
            "least": value.points_min, "most": value.points_max, "length": length,
        }  # fmt: skip

    def _line(self, table: str, row: Row[Any]) -> Line:
        when = tuple((self._(COLUMNS[name]), self._accepted(name, row.when[name])) for name in row.when)
        return Line(
            f"{table}.{row.id}", row.id, when, tuple(self._then(row.then)), row.status, row.clauses, row.because or ""
        )

    def _accepted(self, column: str, accepted: Any) -> str:
        values = accepted if isinstance(accepted, tuple) else (accepted,)
        return f" {self._('or')} ".join(self.code(column, value) for value in values)

    def code(self, column: str, value: Any) -> str:
        """What one value of a column is called."""
        if isinstance(value, bool):
            return self._("yes") if value else self._("no")
        if column in TERMS:
            return self._(term(TERMS[column], value))
        if value in CODES:
            return self._(CODES[value])
        known = TERM_TABLES["finding_value"].get(str(value), str(value).replace("_", " "))
        return self._(known)

    def _then(self, result: Any) -> Iterator[str]:
        _, locale = self._, self.locale
        match result:
            case Filing():
                told = {"time": figures.window(result.window, locale), "anchor": _(CODES[result.anchor])}
                yield _("%(time)s from %(anchor)s") % told
            case Materials():
                for item in result.items:
                    kinds = f" {_('or')} ".join(_(term("evidence", kind)) for kind in item.types)
                    need = _("Required: %(what)s.") if item.required else _("Helps: %(what)s.")
                    yield f"{need % {'what': kinds}} {item.example[locale]}"
            case Recommended():
                yield _(term("outcome", result.outcome))
                if result.fault:
                    yield _("At fault: %(who)s") % {"who": self.code("fault", result.fault)}
            case Remedies():
                for order in result.order:
                    owner = _(term("party", order.owner)) if order.owner else _("who makes the buyer whole")
                    yield f"{_(term('remedy', order.kind))} ({owner})"
                if not result.order:
                    yield _("Nothing")
            case RecourseRule():
                told = {"pays": _(term("party", result.pays)), "bears": _(term("party", result.bearer))}
                yield _("Pays first: %(pays)s. Bears it in the end: %(bears)s.") % told
                if result.awaits_carrier:
                    yield _("The carrier is heard first.")
            case Risk():
                yield _("Breakage: %(one)s. Damage: %(two)s. Loss: %(three)s.") % {
                    "one": _(term("party", result.breakage)), "two": _(term("party", result.damage)),
                    "three": _(term("party", result.loss)),
                }  # fmt: skip


def place_of(path: Path, value: Any) -> str:
    """Where a value stands, as an address within its page: `windows.seller_answer`, `decision.quality-proved`."""
    if isinstance(value, Row):
        return f"{path[0]}.{value.id}"
    if isinstance(value, Ground):
        return f"{path[0]}.{path[1]}.{value.check}"
    if isinstance(value, Burden):
        return f"{path[0]}.{'+'.join(value.scenarios)}"
    if isinstance(value, Shown):
        return f"{path[0]}.{value.party}-{value.to}{'-' if value.types else ''}{'+'.join(value.types)}"
    return ".".join(map(str, path))
