"""The rail of the staff's pages: what there is to open for this person, with how much waits there.

One list of entries for all portals of the staff; what a role may not open is not shown. Counts are one statement.
"""

from datetime import datetime
from typing import NamedTuple

import msgspec

from amends.portal.words import N_
from amends.store import desk
from amends.store.connect import Database
from amends.store.sessions import Session

ADJUDICATOR = frozenset({"adjudicator"})
OVERSEEING = frozenset({"operator", "auditor"})
STAFF = ADJUDICATOR | OVERSEEING


class Entry(NamedTuple):
    """One place. `counted` names a field of `desk.Counts`; `key` is the second key of a `g` sequence."""

    name: str
    label: str
    icon: str
    href: str
    roles: frozenset[str]
    counted: str = ""
    key: str = ""
    below: bool = False


REVIEW = (
    Entry("queue", N_("Queue"), "inbox", "/desk", STAFF, "due", "q", True),
    Entry("late", N_("Overdue"), "alarm-clock", "/desk?view=late", STAFF, "late", "o"),
    Entry("mine", N_("My cases"), "user", "/desk?view=mine", ADJUDICATOR, "mine", "m", True),
    Entry("appeals", N_("Appeals"), "scale", "/desk?view=appeals", STAFF, "appeals", "a"),
)
OPERATE = (
    Entry("operator", N_("Dashboard"), "layout-dashboard", "/operator", OVERSEEING, "", "d", True),
    Entry("policies", N_("Policies"), "book-open", "/policies", STAFF, "", "p", True),
    Entry("ledger", N_("Ledger"), "wallet", "/operator/ledger", OVERSEEING, "", "l"),
    Entry("audit", N_("Audit log"), "history", "/operator/audit", OVERSEEING, "", "h"),
    Entry("people", N_("People"), "users", "/operator/people", frozenset({"operator"}), "", "e"),
)


class Rail(msgspec.Struct, frozen=True):
    """What the rail shows one person: two groups of entries and their counts."""

    review: tuple[Entry, ...]
    operate: tuple[Entry, ...]
    counts: desk.Counts

    def count(self, entry: Entry) -> int | None:
        """How much waits there; None where nothing is counted."""
        return getattr(self.counts, entry.counted) if entry.counted else None

    @property
    def below(self) -> tuple[Entry, ...]:
        """The few entries of the bar on small screens."""
        return tuple(one for one in (*self.review, *self.operate) if one.below)


async def rail_of(db: Database, session: Session, now: datetime) -> Rail:
    """The rail for a member of staff."""
    counts = await desk.counts(db, session.marketplace_id, session.person_id, now)
    own = [tuple(one for one in group if session.role in one.roles) for group in (REVIEW, OPERATE)]
    return Rail(own[0], own[1], counts)
