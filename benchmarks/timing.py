"""How often a second one core does something, counted in processor time: other work on the machine does not count."""

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from time import process_time
from typing import TypeVar

T = TypeVar("T")
BETWEEN_LOOKS = 32


def per_core(work: Callable[[T], object], given: Sequence[T], seconds: float) -> float:
    """Calls a second of this process's processor time, over the given inputs again and again."""
    turns, done, start = cycle(given), 0, process_time()
    while (spent := process_time() - start) < seconds:
        for each in islice(turns, BETWEEN_LOOKS):
            work(each)
        done += BETWEEN_LOOKS
    return done / spent


def percentile(times: Sequence[float], share: float) -> float:
    """The time that `share` of them do not exceed; 0 when there are none."""
    return sorted(times)[max(0, round(len(times) * share) - 1)] if times else 0.0
