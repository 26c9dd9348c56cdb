"""Replay: recorded cases decided again, on one core, in memory: the law over histories, as the lab does it.

The record is the case book: every accepted command of every worked case, with its instant, and the events it led to.
Three depths are timed: folding a case from its stored events (what `rebuild --check` does), recommending an outcome
anew on the recorded findings (what a draft policy is tried on), and deciding every command again (the strictest
reading of the budget). Every answer is compared with the record before anything is timed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from amends.lab import book
from amends.lab.memory import MemoryMarket
from amends.lab.runner import Telling
from amends.law.actors import CLOCK, Actor
from amends.law.case import Case, Deadline
from amends.law.commands import COMMANDS, Command, Findings, Lapse
from amends.law.decision import recommend
from amends.law.events import Decided, Event
from amends.law.evolve import evolve, fold
from amends.law.moves import decide
from amends.law.policy import Policy
from amends.proof.hashes import canonical
from amends.store.policies import Catalogue, installed
from amends.store.written import decode_event
from benchmarks.report import Budget, Report
from benchmarks.timing import in_turns

BOOK = Path(__file__).parent.parent / "cases"
RATE = 15_000.0


class Move(msgspec.Struct, frozen=True):
    """One accepted command: who said what when, and what followed."""

    command: Command
    actor: Actor
    at: datetime
    events: tuple[Event, ...]


class Recorded(msgspec.Struct, frozen=True):
    """A case as it was: where it began, its moves, its events as stored, and the findings of each decision."""

    start: Case
    policy: Policy
    moves: tuple[Move, ...]
    bodies: tuple[bytes, ...]
    end: Case
    decisions: tuple[tuple[Case, Findings], ...]


class _Recorder(MemoryMarket):
    """A market that writes down what is accepted on it."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.start = self.case
        self.moves: list[Move] = []
        self._said: tuple[Command, Actor] | None = None

    def send(self, name: str, body: dict[str, Any], actor: Actor) -> Any:
        """Say a command now."""
        self._said = (msgspec.convert(body, COMMANDS[name]), actor)
        return super().send(name, body, actor)

    def _fire(self, deadline: Deadline) -> None:
        self._said = (Lapse(deadline.id), CLOCK)
        super()._fire(deadline)

    def _became(self, events: tuple[Event, ...], actor: Actor, name: str) -> None:
        assert self._said is not None, "events follow a command"
        self.moves.append(Move(*self._said, events[0].at, events))
        super()._became(events, actor, name)


def run(seconds: float = 4.0, every: int = 1) -> Report:
    """Record the case book (or every n-th of its cases), then time each depth for so many seconds."""
    record = list(recorded(book.files([BOOK])[::every]))
    decided = [one for one in record if one.decisions]
    depths: tuple[tuple[str, Callable[[Recorded], object], Sequence[Recorded]], ...] = (
        ("fold its stored events", folded, record),
        ("recommend anew on its findings", recommended, decided),
        ("decide every command again", redecided, record),
    )
    rates = in_turns({name: (replay, on) for name, replay, on in depths}, seconds)
    moves = sum(len(one.moves) for one in record) / len(record)
    events = sum(len(one.bodies) for one in record) / len(record)
    rows = tuple((name, str(len(on)), f"{rates[name]:,.0f}", f"{1e6 / rates[name]:,.0f}") for name, _, on in depths)
    return Report(
        name="replay",
        title="Replay: recorded cases a second on one core",
        heads=("a case is replayed by", "cases", "a second", "microseconds each"),
        rows=rows,
        budgets=(
            Budget("cases re-decided: their decision, on recorded findings", rates[depths[1][0]], RATE, "a second"),
            Budget("cases re-decided: every command", rates[depths[2][0]], RATE, "a second"),
        ),
        notes=(
            f"A case of the book has {moves:.1f} commands and {events:.1f} events on average; every command decided "
            f"again is {rates[depths[2][0]] * moves:,.0f} commands a second.",
        ),
    )


def recorded(paths: Iterable[Path]) -> Iterator[Recorded]:
    """Every case in which something was accepted, played once and checked to replay to itself."""
    catalogue = installed()
    for path in paths:
        one = _record(book.read(path, catalogue), catalogue)
        if not one.moves:
            continue
        if redecided(one) != one.end or folded(one) != one.end:
            raise SystemExit(f"{path} does not replay to what it was")
        yield one


def folded(one: Recorded) -> Case:
    """The case from its stored events."""
    return fold(one.start, map(decode_event, one.bodies))


def recommended(one: Recorded) -> int:
    """The policy's word on each decision, from the case as the adjudicator saw it; how many agree with the record."""
    return sum(recommend(case, findings, one.policy).outcome is not None for case, findings in one.decisions)


def redecided(one: Recorded) -> Case:
    """The case with every command decided again; SystemExit when the law now answers otherwise."""
    case = one.start
    for move in one.moves:
        events = decide(case, move.command, move.actor, move.at, one.policy)
        if events != move.events:
            raise SystemExit(f"{move.command} now leads to {events}, it led to {move.events}")
        case = fold(case, move.events)
    return case


def _record(case: book.WorkedCase, catalogue: Catalogue) -> Recorded:
    policy = catalogue.named(case.policy)
    assert policy is not None, "the book was read with this catalogue"
    market = _Recorder(case.order_id, case.order, case.line_id, policy, case.steps[0].at)
    telling = Telling(case, market)
    for step in case.steps:
        telling.tell(step)
    events = [event for move in market.moves for event in move.events]
    return Recorded(
        start=market.start,
        policy=policy,
        moves=tuple(market.moves),
        bodies=tuple(map(canonical, events)),
        end=market.case,
        decisions=tuple(_decisions(market.start, events)),
    )


def _decisions(case: Case, events: Sequence[Event]) -> Iterator[tuple[Case, Findings]]:
    """The case before each decision of a person, and what that person found."""
    for event in events:
        if isinstance(event, Decided) and event.decision.by == "person":
            yield case, event.decision.findings
        case = evolve(case, event)


if __name__ == "__main__":
    print(run())
