"""Two editions, or two packs, side by side: what is the same, what changed word by word, what came and what went.

Made with difflib on the server; the page works without a script. Clauses of one pack are compared by their number.
Two packs number theirs each in its own way, so there a clause is put beside the one whose words are nearest to it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal

import msgspec
from markupsafe import Markup, escape

from amends.law.policy import Pack
from amends.portal.policy.showing import Line, Reader, Value
from amends.portal.words import Locale

WORD = re.compile(r"\w+|\s+|[^\w\s]")
NEAR = 0.34
"""Clauses of two packs belong together when they share so much of their words."""
Kind = Literal["same", "changed", "added", "removed"]


class Pair(msgspec.Struct, frozen=True):
    """One thing of both sides, each with its marks; None where a side lacks it. `names` are its ids on each side."""

    label: str
    kind: Kind
    before: Markup | None
    after: Markup | None
    names: tuple[str, str] = ("", "")


class Chapter(msgspec.Struct, frozen=True):
    """The pairs of one chapter."""

    name: str
    title: str
    pairs: tuple[Pair, ...]

    @property
    def changed(self) -> int:
        """How many pairs differ."""
        return sum(one.kind != "same" for one in self.pairs)


def marked(before: str, after: str) -> tuple[Markup, Markup]:
    """Both texts with what differs marked word by word: <del> on the left, <ins> on the right."""
    left, right = [], []
    for same, gone, come in _pieces(WORD.findall(before), WORD.findall(after)):
        if same:
            left.append(escape(gone))
            right.append(escape(come))
            continue
        if gone:
            left.append(Markup("<del>{}</del>").format(gone))
        if come:
            right.append(Markup("<ins>{}</ins>").format(come))
    return Markup("").join(left), Markup("").join(right)


def _pieces(old: list[str], new: list[str]) -> list[tuple[bool, str, str]]:
    """What is the same and what is not, in turn; a lone space or word between two changes belongs to the change."""
    found: list[tuple[bool, str, str]] = []
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for n, (what, a, b, c, d) in enumerate(steps):
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        lone = 0 < n < len(steps) - 1 and len(gone.split()) <= 1
        same = what == "equal" and not lone
        if found and not same and not found[-1][0]:
            found[-1] = (False, found[-1][1] + gone, found[-1][2] + come)
        else:
            found.append((same, gone, come))
    return found


def chapters(a: Pack, b: Pack, locale: Locale, titles: Mapping[str, str]) -> list[Chapter]:
    """Everything the two packs say, chapter by chapter; `titles` names the chapters that are no part or table."""
    one, two = Reader(a, locale), Reader(b, locale)
    found = [Chapter("about", titles["about"], tuple(_about(a, b, titles)))]
    for left, right in zip(one.parts(), two.parts(), strict=True):
        found.append(Chapter(left.name, left.title, tuple(_values(left.values, right.values))))
    for first, second in zip(one.tables(), two.tables(), strict=True):
        found.append(Chapter(first.name, first.title, tuple(_lines(first.lines, second.lines))))
    found.append(Chapter("clauses", titles["clauses"], tuple(_clauses(a, b))))
    readings = [{name: f"{r.read} {r.why}" for name, r in pack.readings.items()} for pack in (a, b)]
    found.append(Chapter("readings", titles["readings"], tuple(_texts(*readings))))
    missing = [dict(pack.not_modelled) for pack in (a, b)]
    found.append(Chapter("not_modelled", titles["not_modelled"], tuple(_texts(*missing))))
    return [chapter for chapter in found if chapter.pairs]


def pair(label: str, before: str | None, after: str | None, names: tuple[str, str] = ("", "")) -> Pair:
    """The two texts of one thing."""
    if before is None or after is None:
        kind: Kind = "added" if before is None else "removed"
        left = None if before is None else Markup("<del>{}</del>").format(before)
        right = None if after is None else Markup("<ins>{}</ins>").format(after)
        return Pair(label, kind, left, right, names)
    if before == after:
        return Pair(label, "same", escape(before), escape(after), names)
    return Pair(label, "changed", *marked(before, after), names)


def _about(a: Pack, b: Pack, titles: Mapping[str, str]) -> Iterator[Pair]:
    for name in ("title", "market", "zone", "calendar", "currency"):
        yield pair(titles[name], getattr(a, name), getattr(b, name))
    before, after = (f"{p.source.title}, {p.source.publisher}, {p.source.dated}" for p in (a, b))
    yield pair(titles["source"], before, after)
    yield pair(titles["in_force_from"], a.in_force_from.isoformat(), b.in_force_from.isoformat())


def _values(before: Sequence[Value], after: Sequence[Value]) -> Iterator[Pair]:
    old, new = ({one.place: one for one in side} for side in (before, after))
    for place in dict.fromkeys((*old, *new)):
        left, right = old.get(place), new.get(place)
        label = (left or right).label  # type: ignore[union-attr]  # one of them is there
        yield pair(label, _value_text(left) if left else None, _value_text(right) if right else None)


def _value_text(value: Value) -> str:
    said = ". ".join(part for part in (value.said, value.more, value.because) if part)
    return f"{said} [{', '.join(value.clauses)}]"


def _lines(before: Sequence[Line], after: Sequence[Line]) -> Iterator[Pair]:
    old, new = ({one.id: one for one in side} for side in (before, after))
    for name in dict.fromkeys((*old, *new)):
        left, right = old.get(name), new.get(name)
        yield pair(name, _line_text(left) if left else None, _line_text(right) if right else None, (name, name))


def _line_text(line: Line) -> str:
    when = "; ".join(f"{name}: {value}" for name, value in line.when)
    then = " ".join(line.then)
    return f"{when} → {then}{' ' + line.because if line.because else ''} [{', '.join(line.clauses)}]"


def _texts(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Pair]:
    for name in dict.fromkeys((*before, *after)):
        yield pair(name, before.get(name), after.get(name), (name, name))


def _clauses(a: Pack, b: Pack) -> Iterator[Pair]:
    old, new = ({name: clause.says for name, clause in pack.clauses.items()} for pack in (a, b))
    if a.pack == b.pack:
        yield from _texts(old, new)
        return
    partners = nearest(old, new)
    for name, says in old.items():
        partner = partners.get(name)
        label = f"{name} · {partner}" if partner else name
        yield pair(label, says, new[partner] if partner else None, (name, partner or ""))
    taken = set(partners.values())
    for name, says in new.items():
        if name not in taken:
            yield pair(name, None, says, ("", name))


def nearest(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Which text of `new` is nearest to which of `old`: the closest pairs first, each text once."""
    bags = [
        {name: frozenset(re.findall(r"\w{3,}", text.lower())) for name, text in side.items()} for side in (old, new)
    ]
    scored = [
        (len(left & right) / len(left | right), first, second)
        for first, left in bags[0].items()
        for second, right in bags[1].items()
        if left and right
    ]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for score, first, second in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if score < NEAR:
            break
        if first not in found and second not in taken:
            found[first] = second
            taken.add(second)
    return found
