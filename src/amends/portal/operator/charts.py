"""Charts as plain figures for SVG: everything is placed here, the template only draws. No script, no colour alone.

A plot has a box of 100 by 100 that stretches with the page; its labels are HTML around it, so that they never do.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

TICKS = 4


class Line(msgspec.Struct, frozen=True):
    """A line chart of one or two series: SVG paths, the axis from top to bottom, the labels below."""

    paths: tuple[str, ...]
    area: str
    axis: tuple[int, ...]
    grid: tuple[str, ...]
    labels: tuple[str, ...]


class Bar(msgspec.Struct, frozen=True):
    """One bar: `width` of 100, and how it is drawn (a class)."""

    width: float
    drawn: str = ""


def line(series: Sequence[Sequence[int]], labels: Sequence[str]) -> Line:
    """Series of the same length as `labels`. A line may start above zero nowhere: counts are read against nothing."""
    top = nice(max((value for one in series for value in one), default=0))
    paths = tuple(_path(one, top) for one in series)
    last = series[-1] if series else ()
    area = f"{_path(last, top)}L100 100L0 100Z" if last else ""
    axis = tuple(top * n // TICKS for n in range(TICKS, -1, -1))
    grid = tuple(f"M0 {100 * n / TICKS:g}H100" for n in range(TICKS + 1))
    return Line(paths, area, axis, grid, _spread(labels))


def nice(most: int) -> int:
    """The top of an axis: a round number not below `most` that its ticks divide evenly."""
    size = TICKS
    while size < most:
        for factor in (2, 2.5, 2):
            size = int(size * factor)
            if size >= most and size % TICKS == 0:
                return size
    return size


def share(part: float, whole: float) -> float:
    """How wide a bar is, of 100."""
    return round(100 * part / whole, 2) if whole > 0 else 0.0


def days_of(first: date, step_days: int, count: int) -> list[date]:
    """The first day of each step."""
    return [first + timedelta(days=n * step_days) for n in range(count)]


def _path(values: Sequence[int], top: int) -> str:
    if not values:
        return ""
    across = 100 / max(1, len(values) - 1)
    points = [f"{n * across:.2f} {100 - 100 * value / top:.2f}" for n, value in enumerate(values)]
    if len(points) == 1:
        points.append(f"100 {points[0].partition(' ')[2]}")
    return f"M{points[0]}" + "".join(f"L{point}" for point in points[1:])


def _spread(days: Sequence[str]) -> tuple[str, ...]:
    """At most five labels, the first and the last among them."""
    if len(days) <= 5:
        return tuple(days)
    return tuple(days[round(n * (len(days) - 1) / 4)] for n in range(5))
