"""Disclosure: what of a case's sealed events is handed to one reader, so that they can check it themselves. Pure.

A reader gets an event whole only when they may read all of it: then its hash can be computed from what they hold. Of
every other event they get the hash alone, and beside it what they may read of it. Personal texts within a whole event
come as openings, those the reader may read; all others stay sealed. Who may read what is history.py's and sight.py's.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from amends.access.history import ENVELOPE, EventView, Recorded, history
from amends.access.sight import Sight
from amends.law import events as e
from amends.law.actors import STAFF
from amends.law.case import Evidence, Recourse
from amends.proof.hashes import canonical
from amends.proof.seal import PREFIX, Opening, open_body

decode = msgspec.json.Decoder(e.AnyEvent).decode
MARK = "opening-"
"""Stands for `sealed-` while it is found out which texts a reader is told."""


class Kept(NamedTuple):
    """An event as it is stored: its sealed and its opened body, and its openings. Hashes are hexadecimal."""

    seq: int
    hash: str
    prev_hash: str | None
    sealed: bytes
    body: bytes
    openings: tuple[Opening, ...]


class Disclosed(NamedTuple):
    """What a reader gets of an event: its sealed body or None, openings for it, and otherwise what they may read."""

    sealed: bytes | None
    openings: tuple[Opening, ...]
    shown: bytes | None


def disclose(sight: Sight, kept: Iterable[Kept]) -> tuple[Disclosed, ...]:
    """What the reader gets of each event, in order."""
    rows = list(kept)
    if sight.is_staff:
        return tuple(Disclosed(row.sealed, row.openings, None) for row in rows)
    events = [decode(row.body) for row in rows]
    staff = names_of_staff(sight, events)
    return tuple(_disclosed(sight, row, event, staff) for row, event in zip(rows, events, strict=True))


def names_of_staff(sight: Sight, events: Iterable[e.Event]) -> frozenset[str]:
    """Everything a member of staff is called in the case: no party reads any of it."""
    found = {text for event in events if event.actor.role in STAFF for text in (event.actor.id, event.actor.name)}
    case = sight.case
    found |= {decision.adjudicator for decision in case.decisions} | {appeal.adjudicator for appeal in case.appeals}
    found |= {case.assigned_to, case.recourse.by if case.recourse else None}
    found |= {name for hold in case.holds for name in (hold.by, hold.lifted_by)}
    return frozenset(text for text in found if text)


def _disclosed(sight: Sight, row: Kept, event: e.Event, staff: frozenset[str]) -> Disclosed:
    seen = _seen(sight, row, event)
    if seen.hidden is True:
        return Disclosed(None, (), None)
    if not _whole(sight, event, seen) or _holds(msgspec.json.decode(row.sealed), staff):
        return Disclosed(None, (), canonical(_readable(seen)))
    return Disclosed(row.sealed, _openings(sight, row), None)


def _seen(sight: Sight, row: Kept, event: e.Event) -> EventView:
    return history(sight, [Recorded(row.seq, event, row.hash, row.prev_hash)])[0]


def _readable(seen: EventView) -> dict[str, Any]:
    """What the reader is told of an event, without what its line says already."""
    return {"type": seen.type, "at": seen.at, "actor": seen.actor, "clauses": seen.clauses, "data": seen.data}


def _whole(sight: Sight, event: e.Event, seen: EventView) -> bool:
    """Whether the reader is told of everything that is in the event, but for names and the policy's own tables."""
    told: Any = seen.data
    for field in event.__struct_fields__:
        value = getattr(event, field)
        if field in ENVELOPE or value is None or value == ():
            continue
        if field not in told:
            if isinstance(value, Recourse) and _says_nothing_new(value) and sight.both_sides:
                continue
            return False
        several = isinstance(value, tuple)
        if several and len(told[field]) != len(value):
            return False
        for each in value if several else (value,):
            if isinstance(each, Evidence) and sight.sees(each) == "nothing":
                return False
    return True


def _says_nothing_new(recourse: Recourse) -> bool:
    """Whether it says no more than the remedies do: whoever pays the buyer bears it too, and nobody was heard on it."""
    return recourse.status == "allocated" and recourse.bearer == recourse.paid_by and recourse.by is None


def _holds(value: Any, texts: frozenset[str]) -> bool:
    """Whether one of the texts stands anywhere in decoded JSON."""
    match value:
        case str():
            return value in texts
        case dict():
            return any(_holds(each, texts) for each in value.values())
        case list():
            return any(_holds(each, texts) for each in value)
    return False


def _openings(sight: Sight, row: Kept) -> tuple[Opening, ...]:
    """The openings of texts the reader is told, and of all their own.

    Which those are is found by telling them the event with marks in place of its texts, and looking for the marks.
    """
    marks = [Opening(o.subject, o.digest, o.salt, o.digest.replace(PREFIX, MARK)) for o in row.openings]
    marked = decode(open_body(row.sealed, marks))
    told = msgspec.json.encode(_seen(sight, row, marked))
    return tuple(
        opening
        for opening, mark in zip(row.openings, marks, strict=True)
        if opening.subject == sight.actor.role or mark.value.encode() in told
    )
