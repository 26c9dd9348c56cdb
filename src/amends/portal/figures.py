"""Figures as people read them: money, instants with their zone, durations. Same inputs, same text; no clock is read.

Rupiah have no decimals and stand as `Rp389.000` in both languages; a minus is U+2212; times have their
weekday, and the zone's own label (WIB, PST …); an Indonesian time is written with a dot.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale as BabelLocale
from babel.dates import get_day_names, get_month_names
from babel.numbers import format_currency, format_decimal

from amends.portal.words import LATE, UNITS, Locale

MINOR = {"IDR": 2, "JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3}
"""Decimals of a currency's minor unit where they are not two (ISO 4217)."""
SHOWN_WITHOUT = frozenset({"IDR", "JPY", "KRW", "VND"})
"""Currencies shown without decimals."""
ZONES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
MINUS = "\u2212"
SOON = timedelta(hours=4)
UNITS_OF = {
    "hours": {"en": ("{0} hour", "{0} hours"), "id": ("{0} jam", "{0} jam")},
    "calendar_days": {
        "en": ("{0} calendar day", "{0} calendar days"),
        "id": ("{0} hari kalender", "{0} hari kalender"),
    },
    "business_days": {"en": ("{0} business day", "{0} business days"), "id": ("{0} hari kerja", "{0} hari kerja")},
    "months": {"en": ("{0} month", "{0} months"), "id": ("{0} bulan", "{0} bulan")},
}


def money(amount: int, currency: str, locale: Locale) -> str:
    """An amount in minor units, e.g. `$39.99`, `Rp389.000`."""
    decimals = MINOR.get(currency, 2)
    whole, shown = Decimal(abs(amount)).scaleb(-decimals), 0 if currency in SHOWN_WITHOUT else decimals
    pattern = "¤#,##0" + ("." + "0" * shown if shown else "")
    text = format_currency(
        whole, currency, format=pattern, locale=_money_locale(currency, locale), currency_digits=False
    )
    return (MINUS if amount < 0 else "") + text.replace("\u00a0", "")


def number(value: int, locale: Locale) -> str:
    """A whole number with its groups."""
    return format_decimal(value, locale=locale)


def moment(at: datetime, zone: str, locale: Locale, *, year: bool = False) -> str:
    """`Mon 23 Nov, 00:33 WIB`; with its year where one asks for it."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{day(local.date(), locale, year=year)}, {clock(local, locale)} {zone_label(local, zone)}"


def beside(at: datetime, zone: str, other: str, locale: Locale) -> str:
    """The same instant in another zone, for beside the first: `17:33 UTC`, with its day where that is another."""
    there, here = at.astimezone(ZoneInfo(other)), at.astimezone(ZoneInfo(zone))
    on = "" if there.date() == here.date() else f"{day(there.date(), locale)}, "
    return f"{on}{clock(there, locale)} {zone_label(there, other)}"


def day(on: date, locale: Locale, *, year: bool = False) -> str:
    """`Mon 23 Nov`, `Sen 23 Nov`."""
    weekday = get_day_names("abbreviated", locale=locale)[on.weekday()]
    month = get_month_names("abbreviated", locale=locale)[on.month]
    return f"{weekday} {on.day} {month}" + (f" {on.year}" if year else "")


def clock(local: datetime, locale: Locale) -> str:
    """`09:30`, in Indonesian `09.30`."""
    return f"{local.hour:02d}{'.' if locale == 'id' else ':'}{local.minute:02d}"


def zone_label(local: datetime, zone: str) -> str:
    """What people call the zone at that moment."""
    return ZONES.get(zone) or local.tzname() or zone


def left(due_at: datetime, now: datetime, locale: Locale, *, long: bool = False) -> str:
    """What is left, as the script prints it too: `14 hr 50 min`, `46:59`, `1h 26m late`."""
    style = "l" if long else "n"
    late, seconds = due_at <= now, int(abs((due_at - now).total_seconds()))
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60

    def unit(value: int, name: str) -> str:
        return UNITS[locale][style][name].replace("{0}", str(value))

    if days:
        text = f"{unit(days, 'd')} {unit(hours, 'h')}"
    elif hours:
        text = f"{unit(hours, 'h')} {unit(minutes, 'm')}"
    else:
        text = unit(minutes, "m") if late else f"{minutes}:{seconds % 60:02d}"
    return LATE[locale].replace("{0}", text) if late else text


def state(due_at: datetime, now: datetime) -> str:
    """`late`, `soon` (under four hours) or `ok`."""
    return "late" if due_at <= now else "soon" if due_at - now < SOON else "ok"


def arc(due_at: datetime, now: datetime, window_seconds: float = 86400) -> int:
    """How much of the ring round a deadline is gone, 0 to 100."""
    share = (due_at - now).total_seconds() / window_seconds
    return min(100, max(0, int(100 - 100 * share)))


def window(of: Any, locale: Locale) -> str:
    """A window of the policy in words: `2 business days`."""
    if of is None:
        return "–"
    one, many = UNITS_OF[of.unit][locale]
    return (one if of.amount == 1 else many).replace("{0}", str(of.amount))


def initials(name: str) -> str:
    """Up to two letters that stand for a person: `Dewi Wulandari` is `DW`."""
    words = [word for word in name.replace("-", " ").replace("_", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@lru_cache(maxsize=64)
def _money_locale(currency: str, locale: Locale) -> BabelLocale:
    """Rupiah are grouped the Indonesian way in every language."""
    return BabelLocale("id" if currency == "IDR" else locale, "ID" if currency == "IDR" else None)
