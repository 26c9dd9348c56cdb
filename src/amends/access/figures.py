"""Amounts and instants as people read them, in English and Indonesian: pure, no locale of the machine enters."""

from datetime import datetime
from zoneinfo import ZoneInfo

from amends.law.money import Money, minor_digits

MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "id": ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
           "November", "Desember"),
}  # fmt: skip
SEPARATORS = {"en": (",", "."), "id": (".", ",")}
"""Between thousands, and before decimals."""
NARROW = "\u00a0"
SHOWN_WHOLE = frozenset({"IDR"})
"""Currencies whose minor units are written only where there are any: sen are law, but nobody pays them."""


def amount(money: Money, locale: str) -> str:
    """`USD 1,234.50` in English, `USD 1.234,50` in Indonesian; `IDR 150.000` without decimals unless it has sen."""
    thousands, decimal = SEPARATORS[locale]
    digits = minor_digits(money.currency)
    whole, rest = divmod(abs(money.amount), 10**digits)
    written = f"{whole:,}".replace(",", thousands)
    if digits and (rest or money.currency not in SHOWN_WHOLE):
        written += f"{decimal}{rest:0{digits}}"
    return f"{'−' if money.amount < 0 else ''}{money.currency}{NARROW}{written}"


def instant(at: datetime, zone: str, locale: str) -> str:
    """`2 March 2026, 10:00` or `2 Maret 2026 pukul 10.00`, in the zone; seconds only where there are any."""
    local = at.astimezone(ZoneInfo(zone))
    day = f"{local.day} {MONTHS[locale][local.month - 1]} {local.year}"
    seconds = bool(local.second)
    if locale == "id":
        return f"{day} pukul {local:%H.%M.%S}" if seconds else f"{day} pukul {local:%H.%M}"
    return f"{day}, {local:%H:%M:%S}" if seconds else f"{day}, {local:%H:%M}"


def number(value: int, locale: str) -> str:
    """A whole number with separated thousands."""
    return f"{value:,}".replace(",", SEPARATORS[locale][0])
