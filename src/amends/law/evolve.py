"""Evolve: what each event makes of a case. Total over all stored events; it never refuses and never asks the time.

Asserts hold what must never happen: a deadline moved earlier, money beyond what was paid.
"""

from collections.abc import Iterable
from functools import reduce

from msgspec.structs import replace

from amends.law import case as c
from amends.law import events as e
from amends.law.became import EVOLVERS
from amends.law.case import Case
from amends.law.tidy import tidy


def evolve(case: Case, event: e.Event) -> Case:
    """The case after one more event."""
    changes = EVOLVERS[type(event)](case, event)
    changes["revision"] = case.revision + 1
    changes["updated_at"] = event.at
    if event.starts or event.ends or event.moves:
        changes["deadlines"] = _deadlines(case, event)
    after = tidy(replace(case, **changes), event)
    assert 0 <= after.refunded <= after.paid, "refunds exceed what was paid"
    return after


def fold(case: Case, events: Iterable[e.Event]) -> Case:
    """The case after all of the events, in order."""
    return reduce(evolve, events, case)


def _deadlines(case: Case, event: e.Event) -> tuple[c.Deadline, ...]:
    deadlines = case.deadlines
    if event.ends:
        states = {ended.id: ended.state for ended in event.ends}
        deadlines = tuple(replace(d, state=states[d.id]) if d.id in states else d for d in deadlines)
    if event.moves:
        later = {moved.id: moved.due_at for moved in event.moves}
        assert all(later.get(d.id, d.due_at) >= d.due_at for d in deadlines), "a deadline moved earlier"
        deadlines = tuple(replace(d, due_at=later[d.id]) if d.id in later else d for d in deadlines)
    if event.starts:
        deadlines += event.starts
        assert len({d.id for d in deadlines}) == len(deadlines), "two deadlines share an id"
    return deadlines
