"""Windows: hours elapse, days end at the local midnight that closes the last one, and nothing shortens them."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.law.calendar import Calendar, Derivation, Unit, Window, counted_days, derive, earlier
from tests.law.stories import ID, US

LA, JAKARTA = ZoneInfo("America/Los_Angeles"), ZoneInfo("Asia/Jakarta")
MICROSECOND = timedelta(microseconds=1)
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


def due(start: datetime, amount: int, unit: Unit, calendar: Calendar = US.calendar) -> datetime:
    """When the window from `start` ends, in the calendar's zone."""
    return derive(start, "test", Window(amount, unit), calendar).due_at.astimezone(ZoneInfo(calendar.zone))


def la(*when: int) -> datetime:
    return datetime(*when, tzinfo=LA)  # type: ignore[misc,arg-type]  # year, month, day, hour, minute


def midnight(year: int, month: int, day: int, zone: ZoneInfo = LA) -> datetime:
    return datetime(year, month, day, tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "amount", "ends"),
    [
        (la(2026, 3, 2, 10), 1, midnight(2026, 3, 4)),
        (midnight(2026, 3, 3) - MICROSECOND, 1, midnight(2026, 3, 4)),
        (midnight(2026, 3, 3), 1, midnight(2026, 3, 5)),
        (midnight(2026, 3, 3) + MICROSECOND, 1, midnight(2026, 3, 5)),
        (la(2026, 1, 31, 12), 1, midnight(2026, 2, 2)),
        (la(2024, 2, 28, 12), 1, midnight(2024, 3, 1)),
        (la(2026, 2, 27, 12), 1, midnight(2026, 3, 1)),
        (la(2026, 12, 30, 12), 2, midnight(2027, 1, 2)),
        (la(2026, 3, 6, 12), 2, midnight(2026, 3, 9)),
        (la(2026, 3, 7, 12), 2, midnight(2026, 3, 10)),
        (la(2026, 10, 31, 12), 1, midnight(2026, 11, 2)),
    ],
    ids=["plain", "before-midnight", "at-midnight", "after-midnight", "month-end", "leap-day", "no-leap-day",
         "year-end", "before-the-short-day", "over-the-short-day", "over-the-long-day"],
)  # fmt: skip
def test_calendar_days_end_at_the_midnight_that_closes_the_last(start: datetime, amount: int, ends: datetime) -> None:
    assert due(start, amount, "calendar_days") == ends


@pytest.mark.parametrize(
    ("start", "amount", "ends", "skipped"),
    [
        (la(2026, 3, 2, 10), 2, midnight(2026, 3, 5), []),
        (la(2026, 3, 5, 10), 2, midnight(2026, 3, 10), ["Saturday", "Sunday"]),
        (la(2026, 3, 7, 10), 1, midnight(2026, 3, 10), ["Sunday"]),
        (la(2025, 11, 26, 10), 2, midnight(2025, 12, 2), ["Thanksgiving Day", "Saturday", "Sunday"]),
        (la(2025, 12, 24, 10), 1, midnight(2025, 12, 27), ["Christmas Day"]),
        (la(2025, 12, 31, 23), 1, midnight(2026, 1, 3), ["New Year's Day"]),
    ],
    ids=["plain", "weekend", "from-saturday", "thanksgiving", "christmas", "new-year"],
)
def test_business_days_skip_weekends_and_holidays_and_say_why(
    start: datetime, amount: int, ends: datetime, skipped: list[str]
) -> None:
    derivation = derive(start, "test", Window(amount, "business_days"), US.calendar)
    assert derivation.due_at == ends
    assert [day.why for day in derivation.skipped] == skipped


def test_indonesian_business_days_skip_independence_day() -> None:
    start = datetime(2026, 8, 14, 9, tzinfo=JAKARTA)  # a Friday before Monday the 17th
    assert due(start, 1, "business_days", ID.calendar) == midnight(2026, 8, 19, JAKARTA)


@pytest.mark.parametrize(
    ("start", "amount", "ends"),
    [
        (la(2026, 1, 15, 9), 1, midnight(2026, 2, 16)),
        (la(2026, 1, 31, 9), 1, midnight(2026, 3, 1)),
        (la(2024, 1, 31, 9), 1, midnight(2024, 3, 1)),
        (la(2025, 8, 31, 9), 6, midnight(2026, 3, 1)),
        (la(2025, 12, 31, 9), 6, midnight(2026, 7, 1)),
    ],
    ids=["plain", "short-month", "leap-month", "six-months-to-february", "over-the-year"],
)
def test_months_end_with_the_same_day_or_the_last_of_the_month(start: datetime, amount: int, ends: datetime) -> None:
    assert due(start, amount, "months") == ends


def test_hours_are_elapsed_also_when_clocks_change() -> None:
    for start in (la(2026, 3, 7, 12), la(2026, 10, 31, 12)):
        derived = derive(start, "test", Window(24, "hours"), US.calendar)
        assert derived.due_at - start.astimezone(UTC) == timedelta(hours=24)
    assert due(la(2026, 3, 7, 12), 24, "hours").hour == 13
    assert due(la(2026, 10, 31, 12), 24, "hours").hour == 11


def test_jakarta_has_no_daylight_saving() -> None:
    for month in range(1, 13):
        start = datetime(2026, month, 10, 8, tzinfo=JAKARTA)
        assert due(start, 48, "hours", ID.calendar).hour == 8


def test_a_day_whose_midnight_does_not_exist_ends_at_the_jump() -> None:
    """In Beirut clocks spring forward at midnight: the 30th of March 2024 ends as the 31st begins at one."""
    calendar = Calendar("LB", "Asia/Beirut", "none", {})
    ends = derive(datetime(2024, 3, 29, 12, tzinfo=ZoneInfo("Asia/Beirut")), "t", Window(1, "calendar_days"), calendar)
    assert ends.due_at == datetime(2024, 3, 30, 22, tzinfo=UTC)


def test_of_two_limits_the_earlier_holds_and_says_what_capped_it() -> None:
    first = derive(la(2026, 3, 2, 10), "refusal", Window(10, "calendar_days"), US.calendar)
    second = derive(la(2026, 1, 2, 10), "delivered_at", Window(60, "calendar_days"), US.calendar)
    assert earlier(first, second, "acceptance_period").capped_by == "acceptance_period"
    assert earlier(first, second, "acceptance_period").due_at == second.due_at
    assert earlier(second, first, "acceptance_period") is second


def test_a_window_says_itself_in_words() -> None:
    assert str(Window(1, "hours")) == "1 hour"
    assert str(Window(2, "business_days")) == "2 business days"


instants = st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # naive bounds
units = st.sampled_from(["hours", "calendar_days", "business_days", "months"])
calendars = st.sampled_from(ZONES).map(lambda zone: Calendar("XX", zone, "some", {date(2026, 5, 1): "May Day"}))


@given(instants, st.integers(1, 100), units, calendars)
def test_in_every_zone_nothing_is_due_before_the_time_has_really_elapsed(
    start: datetime, amount: int, unit: Unit, calendar: Calendar
) -> None:
    """n days leave at least n days but the hour a clock may jump (Lord Howe: half, Samoa dropped a day before 2024)."""
    derived = derive(start, "test", Window(amount, unit), calendar)
    least = {"hours": timedelta(hours=amount), "months": timedelta(days=28 * amount)}.get(unit, timedelta(days=amount))
    assert derived.due_at > start
    assert derived.due_at - start >= least - (timedelta(0) if unit == "hours" else timedelta(hours=3))
    assert derived.due_at.utcoffset() == timedelta(0)


@given(instants, st.integers(1, 60), st.sampled_from(["calendar_days", "business_days"]), calendars)
def test_the_days_shown_add_up(start: datetime, amount: int, unit: Unit, calendar: Calendar) -> None:
    derived = derive(start, "test", Window(amount, unit), calendar)
    rows = counted_days(derived)
    assert [row["day"] for row in rows if "day" in row] == list(range(1, amount + 1))
    assert [row["date"] for row in rows if "skipped" in row] == [day.date for day in derived.skipped]
    assert dates_follow(rows)
    assert derived.due_at == day_after(rows, calendar)


def dates_follow(rows: list[dict[str, object]]) -> bool:
    """Each day is listed, without a hole."""
    days = [row["date"] for row in rows]
    return all(b - a == timedelta(days=1) for a, b in itertools.pairwise(days))  # type: ignore[operator]  # dates


def day_after(rows: list[dict[str, object]], calendar: Calendar) -> datetime:
    """The local midnight after the last day listed."""
    last = rows[-1]["date"]
    assert isinstance(last, date)
    local = datetime.combine(last + timedelta(days=1), datetime.min.time(), ZoneInfo(calendar.zone))
    return local.astimezone(UTC)


def test_hours_and_months_list_no_days() -> None:
    for unit in ("hours", "months"):
        assert counted_days(derive(la(2026, 3, 2), "t", Window(3, unit), US.calendar)) == []


def test_a_limit_without_a_window_lists_no_days() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    assert counted_days(Derivation(start, "offer", None, "UTC", "none", (), start + timedelta(days=1))) == []
