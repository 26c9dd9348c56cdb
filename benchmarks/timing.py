"""How often a second something is done. What is compared takes turns in slices, so that a slow moment hits all."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import cycle, islice
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")
ROUNDS = 8
BETWEEN_LOOKS = 16


def in_turns(works: Mapping[str, tuple[Callable[[T], object], Sequence[T]]], seconds: float) -> dict[str, float]:
    """Calls a second of each work over its inputs, `seconds` each in all, in slices one after the other."""
    turns = {name: (work, cycle(given)) for name, (work, given) in works.items()}
    done, spent = dict.fromkeys(works, 0), dict.fromkeys(works, 0.0)
    for _ in range(ROUNDS):
        for name, (work, given) in turns.items():
            calls, took = _slice(work, given, seconds / ROUNDS)
            done[name], spent[name] = done[name] + calls, spent[name] + took
    return {name: done[name] / spent[name] for name in works}


def percentile(times: Sequence[float], share: float) -> float:
    """The time that `share` of them do not exceed; 0 when there are none."""
    return sorted(times)[max(0, round(len(times) * share) - 1)] if times else 0.0


def _slice(work: Callable[[T], object], given: Iterable[T], seconds: float) -> tuple[int, float]:
    """Calls made and the time they took, at least `seconds`."""
    done, start = 0, perf_counter()
    while (spent := perf_counter() - start) < seconds:
        for each in islice(given, BETWEEN_LOOKS):
            work(each)
        done += BETWEEN_LOOKS
    return done, spent
