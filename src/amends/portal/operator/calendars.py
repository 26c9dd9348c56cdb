"""The calendars: which days the editions in use skip, and any window counted out day by day.

Holidays come with the `holidays` package, in an edition that every deadline keeps with it; they are shown as the
editions use them. Nothing is edited here: a day once used in a deadline never changes.
"""

import calendar as months
from datetime import date, datetime, time
from typing import get_args
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import get_day_names, get_month_names

from amends.law.calendar import Derivation, Unit, Window, counted_days, derive
from amends.law.policy import Policy
from amends.portal.visit import Page, Visit
from amends.portal.words import N_
from amends.text import whole_number

UNITS: dict[str, str] = {
    "business_days": N_("business days"),
    "calendar_days": N_("calendar days"),
    "hours": N_("hours"),
    "months": N_("months"),
}
LONGEST = {"business_days": 366, "calendar_days": 730, "hours": 9999, "months": 120}
SATURDAY = 5


class Month(msgspec.Struct, frozen=True):
    """A month as a grid: weeks of (day or 0, kind); kinds are `we`, `ho`, `today`, or nothing."""

    name: str
    weeks: tuple[tuple[tuple[int, str], ...], ...]


async def show(visit: Visit) -> Page:
    """The calendar of one market in one year."""
    markets = {policy.pack.calendar: policy for policy in visit.hinge.catalogue.policies}
    code = visit.query.get("market", next(iter(markets)))
    policy = markets.get(code) or next(iter(markets.values()))
    known = sorted({day.year for day in policy.calendar.holidays})
    today = visit.now.astimezone(ZoneInfo(policy.pack.zone)).date()
    asked = whole_number(visit.query.get("year", ""))
    year = asked if asked in known else today.year
    days = {day: name for day, name in policy.calendar.holidays.items() if day.year == year}
    start, window = _asked(visit, policy)
    found = derive(start, "", window, policy.calendar) if window else None
    return visit.page(
        "operator/calendars.html", active="operator", markets=markets, policy=policy, year=year, known=known, days=days,
        months=[_month(visit, year, n, days, today) for n in range(1, 13)],
        heads=[get_day_names("narrow", locale=visit.locale)[n] for n in range(7)],
        used_by=[one for one in visit.hinge.catalogue.policies if one.pack.calendar == policy.pack.calendar],
        units=UNITS, start=start.astimezone(ZoneInfo(policy.pack.zone)), window=window, derived=found,
        day_rows=_counted(found), amount=visit.query.get("amount", "2"), unit=visit.query.get("unit", "business_days"),
    )  # fmt: skip


def _asked(visit: Visit, policy: Policy) -> tuple[datetime, Window | None]:
    """The window to be counted out, if the URL asks for one: from now, or from an instant on the market's clock."""
    zone = ZoneInfo(policy.pack.zone)
    try:
        start = datetime.combine(date.fromisoformat(visit.query["day"]), time.fromisoformat(visit.query["time"]), zone)
    except (KeyError, ValueError):
        start = visit.now
    amount, unit = whole_number(visit.query.get("amount", "")) or 0, visit.query.get("unit", "")
    if unit not in get_args(Unit) or not 0 < amount <= LONGEST[unit]:
        return start, None
    if not 1980 < start.year < 2100:
        return visit.now, None
    return start, Window(amount, unit)  # type: ignore[arg-type]  # just looked up among the units


def _counted(found: Derivation | None) -> list[dict[str, object]]:
    return counted_days(found) if found else []


def _month(visit: Visit, year: int, month: int, days: dict[date, str], today: date) -> Month:
    weeks = months.Calendar().monthdatescalendar(year, month)
    grid = tuple(
        tuple((day.day if day.month == month else 0, _kind(day, days, today)) for day in week) for week in weeks
    )
    return Month(get_month_names("wide", context="stand-alone", locale=visit.locale)[month], grid)


def _kind(day: date, days: dict[date, str], today: date) -> str:
    kind = "ho" if day in days else "we" if day.weekday() >= SATURDAY else ""
    return f"{kind} today".strip() if day == today else kind
