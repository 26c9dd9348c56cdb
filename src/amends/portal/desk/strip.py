"""The strip of the next 24 hours: one mark for each case at its deadline, late ones left of now. Only numbers.

Everything is drawn with SVG attributes in percent of the width, so that no style is needed and text keeps its size.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from amends.portal import figures
from amends.portal.words import Locale
from amends.store.desk import Mark

AHEAD = timedelta(hours=24)
NOW_AT = 9.0
"""Where now stands, in percent of the width; what is late lies left of it."""
COLUMN, HIGHEST = 1.15, 4
BASE, STEP = 47, 12


class Dot(msgspec.Struct, frozen=True):
    """One mark: its place (x in percent, y in pixels from the top), how urgent it is, and whether it is one's own."""

    x: float
    y: int
    state: str
    own: bool


class Tick(msgspec.Struct, frozen=True):
    """An hour on the axis."""

    x: float
    text: str


class Strip(msgspec.Struct, frozen=True):
    """The whole strip. `hidden` marks found no room in their column."""

    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    late: int
    soon: int
    later: int
    hidden: int


def strip(marks: Sequence[Mark], now: datetime, zone: str, locale: Locale) -> Strip:
    """The strip of these clocks as of now."""
    piles: dict[int, int] = {}
    dots = list[Dot]()
    hidden = 0
    for mark in marks:
        column = round(_place(mark.due_at, now) / COLUMN)
        height = piles.get(column, 0)
        piles[column] = height + 1
        if height >= HIGHEST:
            hidden += 1
            continue
        y = BASE - STEP * (height + 1)
        dots.append(Dot(round(column * COLUMN, 2), y, figures.state(mark.due_at, now), mark.own))
    states = [figures.state(mark.due_at, now) for mark in marks]
    local = now.astimezone(ZoneInfo(zone))
    hours = [local + timedelta(hours=3 * n) for n in range(1, 8)]
    ticks = tuple(Tick(round(_place(at, now), 2), figures.clock(at, locale)) for at in hours)
    return Strip(tuple(dots), ticks, states.count("late"), states.count("soon"), states.count("ok"), hidden)


def _place(due_at: datetime, now: datetime) -> float:
    """Where an instant stands, in percent: late ones within the late zone, a day late or more at its left end."""
    share = (due_at - now) / AHEAD
    if share <= 0:
        return max(0.6, NOW_AT - 2.0 + (NOW_AT - 2.6) * max(share, -1.0))
    return NOW_AT + 1.0 + (97.5 - NOW_AT - 1.0) * min(share, 1.0)
