"""Markets' calendars: the `holidays` package turned into the law's plain `Calendar`, with the list's edition.

One category, `public`, in both countries, because a window counts the days on which a private seller works:
* US: the eleven federal holidays, with the weekday on which one that falls on a weekend is observed.
* ID: the national holidays of the joint ministerial decree (SKB). Joint leave (*cuti bersama*, the category
  `government`) binds the civil service only; for private employers it is optional and comes out of annual
  leave, so it counts as a working day. Dates by the moon in years not yet decreed are estimates.
Names are English on every machine, whatever its locale. A date once used in a deadline is stored with it.
Clauses: US-37 (business days); reading G11.
"""

from functools import lru_cache

import holidays
from holidays.version import __version__ as LIST_EDITION

from amends.law.calendar import Calendar

YEARS = range(2016, 2037)
CATEGORY = "public"
LANGUAGE = "en_US"


@lru_cache(maxsize=64)
def calendar(country: str, zone: str, years: range = YEARS) -> Calendar:
    """The calendar of `country` (ISO 3166) in the IANA `zone`; LookupError for a country without a list."""
    try:
        days = holidays.country_holidays(country, years=years, observed=True, categories=CATEGORY, language=LANGUAGE)
    except NotImplementedError:
        raise LookupError(f"no holidays are known for {country!r}; give an ISO 3166 country code") from None
    edition = f"holidays-{LIST_EDITION}/{country}"
    return Calendar(country, zone, edition, {day: days[day] for day in sorted(days)})
