"""Money and instants as people read them: each market in its own way, in both languages, on both sides of a change."""

from datetime import UTC, datetime

import pytest

from amends.portal import figures


@pytest.mark.parametrize(
    ("zone", "month", "locale", "text"),
    [
        ("Asia/Jakarta", 1, "id", "Kam 8 Jan, 11.00 WIB"),
        ("Asia/Jakarta", 7, "en", "Wed 8 Jul, 11:00 WIB"),
        ("Asia/Makassar", 1, "en", "Thu 8 Jan, 12:00 WITA"),
        ("Asia/Jayapura", 7, "id", "Rab 8 Jul, 13.00 WIT"),
        ("America/Los_Angeles", 1, "en", "Wed 7 Jan, 20:00 PST"),
        ("America/Los_Angeles", 7, "en", "Tue 7 Jul, 21:00 PDT"),
    ],
)
def test_an_instant_has_its_weekday_and_the_zones_own_name(zone, month, locale, text):
    assert figures.moment(datetime(2026, month, 8, 4, tzinfo=UTC), zone, locale) == text


@pytest.mark.parametrize("locale", ["en", "id"])
def test_rupiah_are_whole_and_never_shortened(locale):
    assert figures.money(38_900_000, "IDR", locale) == "Rp389.000"
    assert figures.money(-123_456_789_000, "IDR", locale) == "\u2212Rp1.234.567.890"


def test_a_shortfall_has_a_true_minus_and_the_languages_own_marks():
    assert figures.money(-123456, "USD", "en") == "\u2212$1,234.56"
    assert figures.money(123456, "USD", "id") == "US$1.234,56"
