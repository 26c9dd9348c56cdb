"""Amounts: exact integers in minor units, one currency a case, and splits that lose nothing.

No float ever enters. ISO 4217 minor units: IDR has two, though it is shown without decimals.
Clauses: US-115, US-116 (what the loser pays), ID-20 (what may be deducted).
"""

from collections.abc import Sequence

import msgspec

MAX_AMOUNT = 2**53 - 1
"""The largest amount any line, refund or posting may have, in minor units: exact in every JSON reader."""

MINOR_DIGITS = {"BIF": 0, "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "PYG": 0, "UGX": 0, "VND": 0, "XAF": 0,
                "XOF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}  # fmt: skip
"""Currencies whose minor unit is not a hundredth (ISO 4217); every other code has two digits."""


class Money(msgspec.Struct, frozen=True):
    """An amount in minor units (cents, sen) of an ISO 4217 currency."""

    amount: int
    currency: str


def minor_digits(currency: str) -> int:
    """Decimal digits of the currency's minor unit by ISO 4217: USD and IDR 2, JPY 0, KWD 3."""
    return MINOR_DIGITS.get(currency, 2)


def split(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Divide `total` minor units in proportion to `weights` by the largest remainder; the parts sum to `total`.

    Ties go to the earlier part. Weights are non-negative and not all zero, else ValueError.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return tuple(shares)
