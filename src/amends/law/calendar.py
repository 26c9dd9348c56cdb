"""Windows and the calendar that ends them: hours, calendar days, business days, months.

Half-open everywhere: in time is `at < due_at`. Hours are elapsed. *n calendar days* end at the local midnight that
closes the n-th day after the day of the event; *n business days* skip weekends and the market's holidays and end
likewise; *n months* end at the local midnight closing the same day of the n-th month (or that month's last day).
Holidays arrive as data with an edition; this room never looks them up and never asks the time.
Clauses: US-36, US-37, US-44, ID-19 and every other term; reading G11.
"""

import calendar as months
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

Unit = Literal["hours", "calendar_days", "business_days", "months"]
SATURDAY = 5
MIDNIGHT = clock_time()


class Window(msgspec.Struct, frozen=True):
    """A length of time with its unit: 24 hours, 10 calendar days, 2 business days, 6 months."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        name = self.unit.replace("_", " ")
        return f"{self.amount} {name[:-1] if self.amount == 1 else name}"


class Calendar(msgspec.Struct, frozen=True):
    """A market's days: IANA `zone`, `holidays` (date to name) and the `edition` of that list."""

    market: str
    zone: str
    edition: str
    holidays: Mapping[date, str]


class Skipped(msgspec.Struct, frozen=True):
    """A day that did not count, and why: a weekend day's or a holiday's name."""

    date: date
    why: str


class Derivation(msgspec.Struct, frozen=True):
    """How a `due_at` came about, enough to show each day counted or skipped without any calendar at hand."""

    start_at: datetime
    start_event: str
    window: Window | None
    zone: str
    calendar: str
    skipped: tuple[Skipped, ...]
    due_at: datetime
    capped_by: str | None = None


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The IANA zone, loaded once."""
    return ZoneInfo(name)


def derive(start_at: datetime, start_event: str, window: Window, calendar: Calendar) -> Derivation:
    """The end of `window` from `start_at` (aware) in the calendar's zone, with every day that was skipped."""
    start_at = start_at.astimezone(UTC)
    skipped: tuple[Skipped, ...] = ()
    if window.unit == "hours":
        due = start_at + timedelta(hours=window.amount)
    else:
        zone = zone_of(calendar.zone)
        last, skipped = _last_day(start_at.astimezone(zone).date(), window, calendar)
        due = _midnight_after(last, zone)
    return Derivation(start_at, start_event, window, calendar.zone, calendar.edition, skipped, due)


def earlier(first: Derivation, second: Derivation, name: str) -> Derivation:
    """Of two limits that must both hold, the earlier; it remembers that `name` capped it."""
    if second.due_at < first.due_at:
        return msgspec.structs.replace(second, capped_by=name)
    return first


def counted_days(derivation: Derivation) -> list[dict[str, object]]:
    """Each day from the day after the start to the last, as `{date, day: n}` or `{date, skipped: why}`."""
    window = derivation.window
    if window is None or window.unit not in ("calendar_days", "business_days"):
        return []
    zone = zone_of(derivation.zone)
    skipped = {day.date: day.why for day in derivation.skipped}
    day, n, rows = derivation.start_at.astimezone(zone).date(), 0, list[dict[str, object]]()
    while n < window.amount:
        day += timedelta(days=1)
        if day in skipped:
            rows.append({"date": day, "skipped": skipped[day]})
        else:
            n += 1
            rows.append({"date": day, "day": n})
    return rows


def _last_day(first: date, window: Window, calendar: Calendar) -> tuple[date, tuple[Skipped, ...]]:
    if window.unit == "calendar_days":
        return first + timedelta(days=window.amount), ()
    if window.unit == "months":
        return _months_later(first, window.amount), ()
    day, left, skipped = first, window.amount, list[Skipped]()
    while left:
        day += timedelta(days=1)
        why = calendar.holidays.get(day) or (f"{day:%A}" if day.weekday() >= SATURDAY else None)
        if why is None:
            left -= 1
        else:
            skipped.append(Skipped(day, why))
    return day, tuple(skipped)


def _months_later(day: date, amount: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + amount, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def _midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """The instant the local `day` ends. Where clocks spring forward over midnight the day ends at the jump."""
    return datetime.combine(day + timedelta(days=1), MIDNIGHT, zone).astimezone(UTC)
