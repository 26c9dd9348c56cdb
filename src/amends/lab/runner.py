"""Plays worked cases and reports where what was is not what is written: in memory, or over HTTP on a sandbox server.

In memory each case has a market of its own. Over HTTP all of them share one sandbox marketplace whose clock only runs
forward, so their steps are merged into one line of time; order ids are made unique, and both ways must agree.
"""

import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from amends.lab import book
from amends.lab.book import STAFF_NAMES, Step, WorkedCase
from amends.lab.lined_yaml import FileFault
from amends.lab.matching import differences, dotted
from amends.lab.memory import MemoryMarket
from amends.lab.remote import Server, ServerFault
from amends.law.actors import CLOCK, Actor
from amends.law.facts import Order
from amends.law.refusal import Refused
from amends.store.policies import Catalogue, PolicyFault

LISTS = {"remedy_id": "remedies", "offer_id": "offers", "evidence_id": "evidence", "enforcement_id": "enforcement"}
"""Where a reference written `first`, `last` or a number is looked up."""


class Failure(msgspec.Struct, frozen=True):
    """One place where a case did not go as written."""

    path: Path
    line: int
    step: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: step {self.step}: {self.message}"


class Market(Protocol):
    """What a case is played on."""

    def move(self, to: datetime) -> None:
        """Let time pass."""

    def send(self, name: str, body: dict[str, Any], actor: Actor) -> Refused | None:
        """Say a command."""

    def shown(self) -> dict[str, Any]:
        """The case as staff see it."""


class RemoteMarket:
    """One worked case on a shared server."""

    def __init__(self, server: Server, order_id: str, order: Order) -> None:
        self.server = server
        self.order_id = order_id
        self.case_id: str | None = None
        self.now: datetime | None = None
        self.refused: list[tuple[datetime, Actor, Refused]] = []
        server.put_order(order_id, order)

    def move(self, to: datetime) -> None:
        self.server.move(to)
        self.now = to

    def send(self, name: str, body: dict[str, Any], actor: Actor) -> Refused | None:
        if name == "file_request":
            body = body | {"order_id": self.order_id}
        answer = self.server.send(self.case_id, name, body, actor)
        if isinstance(answer, Refused):
            assert self.now is not None, "time passed before anything was said"
            self.refused.append((self.now, actor, answer))
            return answer
        self.case_id = answer["id"]
        return None

    def shown(self) -> dict[str, Any]:
        return {"stage": "unopened"} if self.case_id is None else self.server.case(self.case_id)


class Telling:
    """One case being told: its market, and the failures of its first step that went wrong."""

    def __init__(self, case: WorkedCase, market: Market) -> None:
        self.case = case
        self.market = market
        self.failures: list[Failure] = []

    def tell(self, step: Step) -> None:
        """Play one step, unless an earlier one already failed."""
        if self.failures:
            return
        try:
            self.failures += self._told(step)
        except (AssertionError, LookupError, TypeError, ValueError, AttributeError) as defect:
            where = traceback.extract_tb(defect.__traceback__)[-1]
            what = f"{type(defect).__name__}: {defect} ({Path(where.filename).name}:{where.lineno})"
            self.failures.append(self._failure(step, step.line, f"a defect in the law: {what}"))

    def _told(self, step: Step) -> list[Failure]:
        self.market.move(step.at)
        wrong: list[Failure] = []
        if step.do is not None and step.role is not None:
            wrong += self._act(step, step.do, _actor(self.case, step))
        if not wrong and step.then is not None:
            wrong += self._look(step, step.then)
        return wrong

    def _act(self, step: Step, name: str, actor: Actor) -> Iterator[Failure]:
        body, unknown = _resolved(step, self.market)
        if unknown:
            yield self._failure(step, step.line, unknown)
            return
        answer = self.market.send(name, body, actor)
        said = f"{step.role} {name}"
        if answer is None and step.refused:
            yield self._failure(step, step.line, f"{said}: expected refused {step.refused}, was accepted")
        elif answer is not None and answer.code != step.refused:
            expected = f"refused {step.refused}" if step.refused else "accepted"
            cited = f" ({', '.join(answer.clauses)})" if answer.clauses else ""
            facts = "".join(f"; {key}: {value}" for key, value in answer.facts.items() if key != "says")
            yield self._failure(
                step, step.line, f"{said}: expected {expected}, was refused {answer.code}{cited}{facts}"
            )
        elif answer is not None and (missing := [c for c in step.clauses if c not in answer.clauses]):
            cited = ", ".join(answer.clauses) or "none"
            yield self._failure(
                step, step.line, f"{said}: expected clauses {', '.join(missing)} among those cited, was {cited}"
            )

    def _look(self, step: Step, then: dict[str, Any]) -> Iterator[Failure]:
        for difference in differences(then, self.market.shown()):
            line = self.case.line(step, difference.place)
            yield self._failure(
                step,
                line,
                f"then {dotted(difference.place)}: expected {difference.expected}, was {difference.was}",
            )

    def _failure(self, step: Step, line: int, message: str) -> Failure:
        return Failure(self.case.path, line, step.number, message)


def play_in_memory(case: WorkedCase, catalogue: Catalogue) -> tuple[Telling, MemoryMarket]:
    """The case, told on the law alone, and the market it was told on."""
    policy = catalogue.named(case.policy)
    assert policy is not None, "the book was read with this catalogue"
    market = MemoryMarket(case.order_id, case.order, case.line_id, policy, case.steps[0].at, case.files)
    telling = Telling(case, market)
    for step in case.steps:
        telling.tell(step)
    return telling, market


def play_over_http(cases: Sequence[WorkedCase], server: Server) -> list[Telling]:
    """All cases, told together on one fresh sandbox marketplace; ServerFault when it cannot be used."""
    _need_fresh(server, min(case.steps[0].at for case in cases))
    tellings = [Telling(case, RemoteMarket(server, name, case.order)) for case, name in _named(cases)]
    steps = [(step.at, i, step) for i, case in enumerate(cases) for step in case.steps]
    for _, i, step in sorted(steps, key=lambda row: row[:2]):
        tellings[i].tell(step)
    return tellings


def _need_fresh(server: Server, first_at: datetime) -> None:
    """The clock only runs forward, so it must not stand beyond the first step already."""
    clock = server.read("/v1/sandbox/clock")
    if not clock["sandbox"]:
        raise ServerFault("this marketplace's clock is real; play worked cases on `amends serve --sandbox`")
    if clock["standing"] and datetime.fromisoformat(clock["now"]) > first_at:
        raise ServerFault(
            f"the sandbox clock stands at {clock['now']}, after the first step ({first_at.isoformat()}), and only "
            "runs forward: start a sandbox server on an empty --data folder"
        )


def _named(cases: Sequence[WorkedCase]) -> Iterator[tuple[WorkedCase, str]]:
    """Each case with an order id of its own: the one it has, numbered where another case has the same."""
    ids = [case.order_id for case in cases]
    for number, case in enumerate(cases, start=1):
        yield case, case.order_id if ids.count(case.order_id) == 1 else f"{case.order_id}-{number:03}"


def run_paths(
    paths: Sequence[Path], url: str | None = None, key: str | None = None, policies: Sequence[Path] = ()
) -> int:
    """Run the worked cases in files and folders and print each; 0 all as written, 1 some not, 2 nothing could run."""
    if url and not key:
        return _stop("--url needs --key, an operator's API key of the sandbox marketplace")
    try:
        catalogue = Catalogue.open(policies)
        found = book.files(paths)
        if not found:
            return _stop(f"there are no worked cases (*.yaml) in {', '.join(map(str, paths))}")
        cases, faults = _read(found, catalogue)
        tellings = _tell(cases, catalogue, url, key)
    except (FileFault, PolicyFault, ServerFault) as fault:
        return _stop(str(fault))
    for telling in tellings:
        print(f"{'failed' if telling.failures else 'ok    '}  {telling.case.path}  {telling.case.title}")
        for failure in telling.failures:
            print(f"        {failure}")
    for fault_text in faults:
        print(f"unread  {fault_text}")
    for case in cases if url else ():
        if case.in_memory_only:
            print(f"skipped {case.path}  {case.title} ({case.in_memory_only})")
    failed = sum(1 for telling in tellings if telling.failures)
    where = f"on {url}" if url else "in memory"
    print(f"\n{len(tellings)} worked cases {where}: {len(tellings) - failed} as written, {failed} not", end="")
    print(f", {len(found) - len(cases)} could not be read" if faults else "")
    return 1 if failed or faults else 0


def _read(found: Iterable[Path], catalogue: Catalogue) -> tuple[list[WorkedCase], list[str]]:
    cases, faults = [], []
    for path in found:
        try:
            cases.append(book.read(path, catalogue))
        except FileFault as fault:
            faults += str(fault).splitlines()
    return cases, faults


def _tell(cases: Sequence[WorkedCase], catalogue: Catalogue, url: str | None, key: str | None) -> list[Telling]:
    if url and key:
        with Server(url, key) as server:
            return play_over_http([case for case in cases if case.in_memory_only is None], server)
    return [play_in_memory(case, catalogue)[0] for case in cases]


def _actor(case: WorkedCase, step: Step) -> Actor:
    assert step.role is not None, "the step acts"
    order = case.order
    usual = {"buyer": order.buyer.id, "seller": order.seller.id, "carrier": order.fulfilment.carrier}
    if step.role == "clock":
        return CLOCK
    who = step.who or usual.get(step.role) or STAFF_NAMES.get(step.role) or step.role
    return Actor(role=step.role, id=who)


def _resolved(step: Step, market: Market) -> tuple[dict[str, Any], str | None]:
    """The step's body with `first`, `last` and numbers turned into ids, or what was not found."""
    body = dict(step.given)
    shown: dict[str, Any] = {}
    try:
        for key, name in LISTS.items():
            if key in body:
                shown = shown or market.shown()
                body[key] = _nth(str(body[key]), shown.get(name, []), name)
        if step.do == "decide" and body.get("evidence"):
            items = market.shown().get("evidence", [])
            body["evidence"] = [item | {"id": _nth(str(item["id"]), items, "evidence")} for item in body["evidence"]]
    except LookupError as fault:
        return body, str(fault.args[0])
    return body, None


def _nth(reference: str, items: Sequence[dict[str, Any]], name: str) -> str:
    places = {"first": 0, "last": len(items) - 1}
    place = int(reference) - 1 if reference.isdigit() else places.get(reference)
    if place is None:
        return reference
    if not 0 <= place < len(items):
        raise LookupError(f"there is no {reference} of {name}: the case has {len(items)}")
    return str(items[place]["id"])


def _stop(message: str) -> int:
    print(message, file=sys.stderr)
    return 2
