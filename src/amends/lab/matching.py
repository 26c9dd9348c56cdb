"""What a worked case says must be, against what is shown: every given key, lists item by item in order.

A plain whole number matches money's `amount`; instants are the same instant whatever the offset; under a key called
`clauses` the given ids must be among those shown. Nothing here knows where the shown value came from.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from amends.lab.lined_yaml import Place, nearest


class Difference(msgspec.Struct, frozen=True):
    """One place where what was shown is not what was expected."""

    place: Place
    expected: str
    was: str

    def __str__(self) -> str:
        return f"{dotted(self.place)}: expected {self.expected}, was {self.was}"


def differences(expected: Any, shown: Any, place: Place = ()) -> Iterator[Difference]:
    """Every place in `expected` that `shown` (plain JSON values) does not match."""
    if isinstance(expected, Mapping):
        yield from _of_mapping(expected, shown, place)
    elif isinstance(expected, list):
        yield from _of_list(expected, shown, place)
    elif not _same(expected, shown):
        yield Difference(place, brief(expected), brief(shown))


def dotted(place: Place) -> str:
    """`remedies[1].amount`, items counted from 1 as a reader counts them."""
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


def brief(value: Any) -> str:
    """A value as a reader of YAML would write it, shortened."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = msgspec.json.encode(value, enc_hook=str).decode()
    return text if len(text) <= 300 else f"{text[:297]}..."


def _of_mapping(expected: Mapping[str, Any], shown: Any, place: Place) -> Iterator[Difference]:
    if not isinstance(shown, Mapping):
        yield Difference(place, brief(expected), brief(shown))
        return
    for key, value in expected.items():
        if key not in shown:
            yield Difference((*place, key), brief(value), f"no such key; {nearest(key, map(str, shown))}")
        else:
            yield from differences(value, shown[key], (*place, key))


def _of_list(expected: list[Any], shown: Any, place: Place) -> Iterator[Difference]:
    if not isinstance(shown, list | tuple):
        yield Difference(place, brief(expected), brief(shown))
    elif place and place[-1] == "clauses":
        if missing := [item for item in expected if item not in shown]:
            yield Difference(place, f"{brief(missing)} among them", brief(shown))
    elif len(expected) != len(shown):
        yield Difference(place, f"{len(expected)} of them", f"{len(shown)}: {brief(shown)}")
    else:
        for i, (item, actual) in enumerate(zip(expected, shown, strict=True)):
            yield from differences(item, actual, (*place, i))


def _same(expected: Any, shown: Any) -> bool:
    if isinstance(expected, bool) or isinstance(shown, bool):
        return expected is shown
    if isinstance(expected, int) and isinstance(shown, Mapping):
        return bool(shown.get("amount") == expected)
    if isinstance(expected, datetime | str) and isinstance(shown, str):
        first, second = _instant(expected), _instant(shown)
        if first and second:
            return first == second
    if isinstance(expected, date) and not isinstance(expected, datetime):
        return bool(expected.isoformat() == shown)
    return bool(expected == shown)


def _instant(value: datetime | str) -> datetime | None:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
