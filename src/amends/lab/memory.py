"""A market of one worked case in memory: the law alone, its clock moved by hand. No store, no server.

Time passes as in a sandbox: every due deadline fires in (due_at, id) order, each at its own `due_at` plus the grace of
two seconds, and then the clock stands at the target.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from amends.access.view import show
from amends.lab.book import Sent
from amends.law.actors import CLOCK, Actor
from amends.law.case import Case, Deadline, initial
from amends.law.commands import COMMANDS, Command, Lapse
from amends.law.events import Event
from amends.law.evolve import fold
from amends.law.facts import Known, Order, Upload, order_line
from amends.law.moves import decide
from amends.law.policy import Policy
from amends.law.refusal import Refused

GRACE = timedelta(seconds=2)
MOST_FIRED = 10_000
WATCHER = Actor(role="operator", id="op")
"""As whom a worked case looks at the case: staff, who see everything."""


class Walk(msgspec.Struct, frozen=True):
    """One change of stage: from where to where, by whom (`clock` for silence), by which command."""

    before: str
    after: str
    role: str
    command: str


class MemoryMarket:
    """One order line under one policy, from before the first request."""

    def __init__(
        self,
        order_id: str,
        order: Order,
        line_id: str,
        policy: Policy,
        starts_at: datetime,
        files: Sequence[Sent] = (),
    ) -> None:
        line = order_line(order_id, order, line_id)
        assert line is not None, "a worked case is about a line of its order"
        self.policy = policy
        self.now = starts_at
        self.case: Case = initial("worked-case", line, policy.pack.pack, policy.pack.edition)
        self.fired = 0
        self.files = files
        self.walks: set[Walk] = set()

    def move(self, to: datetime) -> None:
        """Let time pass to `to`, firing what is due on the way."""
        for at in sorted({file.arrives_at for file in self.files if file.arrives_at and file.arrives_at <= to}):
            if at > self.now:
                self._fire_until(at)
                self.now = max(self.now, at)
                self._arrived(at)
        self._fire_until(to)
        self.now = max(self.now, to)

    def _fire_until(self, to: datetime) -> None:
        fired = 0
        while due := self._due(to):
            fired += 1
            assert fired <= MOST_FIRED, f"{MOST_FIRED} deadlines fired and one is still due: {due[0].id}"
            self._fire(min(due, key=lambda d: (d.due_at, d.id)))

    def _arrived(self, at: datetime) -> None:
        """The bytes of a file are here: the case is told, if a piece of it waits for them."""
        for file in self.files:
            if file.arrives_at == at and any(x.file and x.file.id == file.name for x in self.case.evidence):
                self.send("note_file", {"upload": file.name, "state": "arrived"}, CLOCK)

    def send(self, name: str, body: dict[str, Any], actor: Actor) -> Refused | None:
        """Say a command now; None when it is accepted."""
        command: Command = msgspec.convert(body, COMMANDS[name])
        answer = decide(self.case, command, actor, self.now, self.policy, self._known(actor))
        if isinstance(answer, Refused):
            return answer
        self._became(answer, actor, name)
        return None

    def _known(self, actor: Actor) -> Known:
        """The files the actor has a ticket for by now."""
        own = (file for file in self.files if file.by == actor.role and file.ticket_at <= self.now)
        return Known({file.name: _upload(file, actor, self.now) for file in own})

    def shown(self) -> dict[str, Any]:
        """The case as staff see it, every role's actions included; `{stage: unopened}` before the first request."""
        if self.case.revision == 0:
            return {"stage": "unopened"}
        view = show(self.case, WATCHER, self.now, self.policy, all_actions=True)
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(view))
        return plain

    def _due(self, to: datetime) -> list[Deadline]:
        """The deadlines that fire by an instant; none while outside proceedings stop the case's clocks."""
        running = () if self.case.stage == "suspended" else self.case.open_deadlines()
        return [deadline for deadline in running if deadline.due_at + GRACE <= to]

    def _fire(self, deadline: Deadline) -> None:
        at = max(deadline.due_at + GRACE, self.case.updated_at or deadline.due_at)
        answer = decide(self.case, Lapse(deadline_id=deadline.id), CLOCK, at, self.policy)
        assert not isinstance(answer, Refused), f"the due deadline {deadline.id} did not fire: {answer}"
        self.now = max(self.now, at)
        self.fired += 1
        self._became(answer, CLOCK, "lapse")

    def _became(self, events: tuple[Event, ...], actor: Actor, name: str) -> None:
        before, self.case = self.case.stage, fold(self.case, events)
        if before != self.case.stage:
            self.walks.add(Walk(before, self.case.stage, actor.role, name))


def _upload(file: Sent, actor: Actor, now: datetime) -> Upload:
    arrived = file.arrives_at is not None and file.arrives_at <= now
    return Upload(file.name, "0" * 64, 1000, file.media_type, file.name, file.arrives_at if arrived else None,
                  actor.role, actor.id, file.ticket_at, arrived)  # fmt: skip
