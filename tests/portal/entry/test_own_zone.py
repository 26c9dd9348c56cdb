"""A time stands in its market's zone, and beside it in the reader's own where that is another."""

from datetime import UTC, datetime

import pytest

from amends.portal.browsers import agent_of
from amends.portal.figures import beside

AT = datetime(2026, 11, 22, 17, 33, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "other", "locale", "text"),
    [
        ("UTC", "Europe/Berlin", "en", "18:33 CET"),
        ("UTC", "Asia/Jakarta", "en", "Mon 23 Nov, 00:33 WIB"),
        ("Asia/Jakarta", "Asia/Makassar", "id", "01.33 WITA"),
        ("Asia/Jakarta", "America/New_York", "id", "Min 22 Nov, 12.33 EST"),
    ],
)
def test_the_day_is_said_where_it_is_another(zone, other, locale, text):
    assert beside(AT, zone, other, locale) == text


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox, Windows"),
        ("curl/8", ""),
        ("<script>alert(1)</script>", ""),
    ],
)  # fmt: skip
def test_a_browser_is_called_by_its_name(user_agent, name):
    assert agent_of(user_agent) == name
