"""Holidays: what the `holidays` package says for the US and Indonesia, checked against `workalendar`.

workalendar has no Indonesian calendar of its own; one is put together here from its parts (Islamic, Chinese and
Christian computations), so that the moving dates come from somewhere else. Every difference is listed with its reason.
"""

import warnings
from datetime import UTC, date, datetime

import holidays
import pytest
from workalendar.core import Calendar as Workalendar
from workalendar.core import ChineseNewYearMixin, IslamicMixin, WesternMixin
from workalendar.usa import UnitedStates

from amends.law.calendar import Window, derive
from amends.store.calendars import YEARS, calendar

CHECKED = range(2024, 2027)


class Indonesia(WesternMixin, IslamicMixin, ChineseNewYearMixin, Workalendar):
    """Indonesia's national holidays as far as workalendar can compute them."""

    FIXED_HOLIDAYS = ((1, 1, "New year"), (5, 1, "Labour Day"), (6, 1, "Pancasila Day"), (8, 17, "Independence"))
    include_good_friday = include_easter_sunday = include_ascension = include_christmas = True
    include_eid_al_fitr = include_eid_al_adha = include_islamic_new_year = include_prophet_birthday = True
    length_eid_al_fitr = 2


DECREED = "the decree follows the sighting of the moon over Indonesia; workalendar computes, and is a day off"
NOT_COMPUTED = "workalendar has no computation for this day"
VOTE = "a polling day is a holiday by decree, for that one year"

US_DIFFERENCES = {
    date(2024, 6, 19): "Juneteenth: federal since 2021; workalendar leaves it to each state",
    date(2025, 6, 19): "Juneteenth, as above",
    date(2026, 6, 19): "Juneteenth, as above",
}
ID_DIFFERENCES = {
    date(2024, 2, 8): f"Isra and Mi'raj: {NOT_COMPUTED}",
    date(2025, 1, 27): f"Isra and Mi'raj: {NOT_COMPUTED}",
    date(2026, 1, 16): f"Isra and Mi'raj: {NOT_COMPUTED}",
    date(2024, 3, 11): f"Day of Silence (Nyepi), Balinese calendar: {NOT_COMPUTED}",
    date(2025, 3, 29): f"Day of Silence: {NOT_COMPUTED}",
    date(2026, 3, 19): f"Day of Silence: {NOT_COMPUTED}",
    date(2024, 5, 23): f"Vesak, full moon by decree: {NOT_COMPUTED}",
    date(2025, 5, 12): f"Vesak: {NOT_COMPUTED}",
    date(2026, 5, 31): f"Vesak: {NOT_COMPUTED}",
    date(2024, 2, 14): f"General election: {VOTE}",
    date(2024, 11, 27): f"Local elections: {VOTE}",
    date(2024, 7, 7): f"Islamic New Year 1446: {DECREED}",
    date(2024, 7, 8): "the same, as workalendar computes it",
    date(2025, 6, 6): f"Eid al-Adha 1446: {DECREED}",
    date(2025, 6, 7): "the same, as workalendar computes it",
    date(2026, 3, 20): f"Eid al-Fitr 1447, as workalendar computes it: {DECREED}; ours is 21 and 22 March",
    date(2026, 3, 22): "the second day of the same",
    date(2026, 6, 16): f"Islamic New Year 1448: {DECREED}",
    date(2026, 6, 17): "the same, as workalendar computes it",
    date(2026, 8, 25): f"Prophet's Birthday 1448: {DECREED}",
    date(2026, 8, 26): "the same, as workalendar computes it",
}


def ours(country: str, zone: str) -> set[date]:
    """Our holidays of the checked years."""
    return {day for day in calendar(country, zone).holidays if day.year in CHECKED}


def theirs(kind: type[Workalendar]) -> set[date]:
    """Workalendar's holidays of the checked years."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that its Islamic dates are computed, which is why we check
        return {day for year in CHECKED for day, _ in kind().holidays(year)}


def test_the_us_differs_from_workalendar_by_juneteenth_alone() -> None:
    assert ours("US", "America/Los_Angeles") ^ theirs(UnitedStates) == set(US_DIFFERENCES)


def test_indonesia_differs_from_workalendar_by_the_days_listed_and_no_others() -> None:
    assert ours("ID", "Asia/Jakarta") ^ theirs(Indonesia) == set(ID_DIFFERENCES)


def test_joint_leave_counts_as_a_working_day() -> None:
    joint = holidays.country_holidays("ID", years=CHECKED, categories="government")
    assert date(2025, 4, 2) in joint
    assert not ours("ID", "Asia/Jakarta") & (set(joint) - set(holidays.country_holidays("ID", years=CHECKED)))


def test_a_us_holiday_on_a_weekend_is_observed_on_the_weekday_beside_it() -> None:
    days = calendar("US", "America/Los_Angeles").holidays
    assert days[date(2026, 7, 3)] == "Independence Day (observed)"
    assert date(2021, 12, 31) in days  # New Year's Day 2022, a Saturday


@pytest.mark.parametrize(("country", "zone"), [("US", "America/Los_Angeles"), ("ID", "Asia/Jakarta")])
def test_every_year_a_case_can_fall_in_has_holidays_with_names(country, zone) -> None:
    found = calendar(country, zone)
    assert {day.year for day in found.holidays} >= set(YEARS)
    assert all(found.holidays.values())
    assert found.edition == f"holidays-{holidays.__version__}/{country}"
    assert list(found.holidays) == sorted(found.holidays)


def test_a_country_without_a_list_is_told_so() -> None:
    with pytest.raises(LookupError, match="no holidays are known for 'ZZ'"):
        calendar("ZZ", "UTC")


def test_two_business_days_over_veterans_day_and_a_weekend() -> None:
    filed = datetime(2025, 11, 7, 20, tzinfo=UTC)  # Friday noon in Los Angeles; Tuesday is Veterans Day
    found = derive(filed, "request", Window(2, "business_days"), calendar("US", "America/Los_Angeles"))
    assert found.due_at == datetime(2025, 11, 13, 8, tzinfo=UTC)
    assert [day.why for day in found.skipped] == ["Saturday", "Sunday", "Veterans Day"]
