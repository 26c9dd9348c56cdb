"""The period a page speaks of: chosen in the URL, in whole days, so that a link shows the same thing again.

Days are UTC's: a marketplace may have several zones, and a figure must not depend on who reads it.
"""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

import msgspec

from amends.portal.visit import Visit
from amends.portal.words import N_
from amends.store.figures import Period

DAY = timedelta(days=1)
CHOICES: dict[str, tuple[int, str]] = {
    "7": (7, N_("7 days")),
    "30": (30, N_("30 days")),
    "90": (90, N_("90 days")),
    "365": (365, N_("A year")),
}
DEFAULT = "30"
LONGEST_DAYS = 3660
FEW_POINTS, MOST_POINTS = 40, 75
"""A chart has few points where its steps can all be of one length, and never more than the most."""


class Chosen(msgspec.Struct, frozen=True):
    """A period of whole days, as the URL says it (`asked`)."""

    period: Period
    asked: dict[str, str]
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days, the last one included."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """The period of the same length before."""
        return Period(self.period.since - self.days * DAY, self.period.since)

    @property
    def step_days(self) -> int:
        """How many days one point of a chart stands for; all the same where that divides the period."""
        for most in (FEW_POINTS, MOST_POINTS):
            least = -(-self.days // most)
            if even := next((step for step in range(least, least + 3) if self.days % step == 0), None):
                return even
        return -(-self.days // FEW_POINTS)

    def query(self, **more: str) -> str:
        """A query string that keeps the period."""
        return urlencode(self.asked | {name: value for name, value in more.items() if value})


def chosen(visit: Visit) -> Chosen:
    """The period of the URL: `from` and `to` (days), or `days`; else the last thirty."""
    today = visit.now.astimezone(UTC).date()
    first, last = _day(visit.query.get("from", "")), _day(visit.query.get("to", ""))
    if first and last and first <= last and (last - first).days < LONGEST_DAYS:
        return _made({"from": first.isoformat(), "to": last.isoformat()}, first, last)
    days = visit.query.get("days", DEFAULT)
    days = days if days in CHOICES else DEFAULT
    return _made({"days": days}, today - (CHOICES[days][0] - 1) * DAY, today)


def _made(asked: dict[str, str], first: date, last: date) -> Chosen:
    return Chosen(Period(_start(first), _start(last) + DAY), asked, first, last)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return found if found and 1970 < found.year < 9000 else None
