"""The small cast of the law's tests and the story of one order line, told command by command. Nothing is stored.

Alice buys from Bob, Charlie carries, Dana and Eko decide, Olga operates. Time passes as in a sandbox: every due
deadline fires in (due_at, id) order, each at its own `due_at` plus the grace of two seconds.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from amends.law import commands as k
from amends.law.actors import CLOCK, Actor
from amends.law.case import Case, Deadline, initial
from amends.law.events import Event
from amends.law.evolve import fold
from amends.law.facts import Known, Order, Upload, order_line
from amends.law.moves import decide
from amends.law.policy import Policy
from amends.law.refusal import Refused
from amends.store.policies import installed

ALICE = Actor("buyer", "alice")
BOB = Actor("seller", "bob")
CHARLIE = Actor("carrier", "charlie")
DANA = Actor("adjudicator", "dana")
EKO = Actor("adjudicator", "eko")
OLGA = Actor("operator", "olga")
AUDITOR = Actor("auditor", "arif")
CAST = (ALICE, BOB, CHARLIE, DANA, EKO, OLGA, AUDITOR, CLOCK)

POLICIES = {policy.pack.market: policy for policy in installed().policies}
US, ID = POLICIES["US"], POLICIES["ID"]
GRACE = timedelta(seconds=2)
MONDAY = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
"""10:00 in Los Angeles, on a plain working day under both packs."""
FILING = {"order_id": "O1", "line_id": "1", "reason": "defective", "visibility": "visible", "wanted": "refund",
          "statement": "It does not switch on"}  # fmt: skip
PHOTO = {"type": "photo_of_item", "text": "see here"}
SOON = {"type": "photo_of_item", "upload": "soon"}
UPLOAD = Upload("u1", "0" * 64, 10, "image/png", "photo.png", MONDAY, "buyer", "alice")
KNOWN = Known({UPLOAD.id: UPLOAD})
AGO = timedelta(minutes=10)


def known_at(at: datetime) -> Known:
    """Files anybody may name at an instant: one that is here, one under way, one whose grace is over, one refused."""
    soon = replace(UPLOAD, id="soon", received_at=None, ticket_at=at - AGO, arrived=False)
    gone = replace(soon, id="too-slow", ticket_at=at - 12 * AGO)
    bad = replace(UPLOAD, id="bad", checked="refused")
    clean = replace(UPLOAD, id="clean", checked="clean")
    return Known({upload.id: upload for upload in (UPLOAD, soon, gone, bad, clean)})


PROVED = {"claim": "proved", "rebuttal": "insufficient", "fault": "seller", "returnable": False,
          "delivered_to_right_address": False, "intact_at_handover": True}  # fmt: skip
ANSWERED = PROVED | {"rebuttal": "credible", "fault": "none", "delivered_to_right_address": True}


def order(policy: Policy = US, **facts: Any) -> Order:
    """Alice's order of one thing for 4000 from Bob, delivered the day before; `fulfilment` and `line` add facts."""
    fulfilment = {"mode": "ship_by_seller", "carrier": "charlie", "shipped_at": MONDAY - timedelta(days=4),
                  "last_tracking_at": MONDAY - timedelta(days=1), "promised_by": MONDAY - timedelta(days=2),
                  "delivered_at": MONDAY - timedelta(days=1)}  # fmt: skip
    plain = {"market": policy.pack.market, "currency": policy.pack.currency, "placed_at": MONDAY - timedelta(days=6),
             "buyer": {"id": ALICE.id}, "seller": {"id": BOB.id}, "status": "delivered",
             "fulfilment": fulfilment | facts.pop("fulfilment", {}),
             "lines": [{"id": "1", "unit_price": 4000} | facts.pop("line", {})]}  # fmt: skip
    return msgspec.convert(plain | facts, Order)


def unopened(policy: Policy = US, made: Order | None = None) -> Case:
    """The case of the order's line 1 before anything was asked."""
    line = order_line("O1", made or order(policy), "1")
    assert line is not None
    return initial("c1", line, policy.pack.pack, policy.pack.edition)


def command(name: str, **fields: Any) -> k.Command:
    """The command of this name with these fields, as a door would decode them."""
    made: k.Command = msgspec.convert(fields, k.COMMANDS[name])
    return made


class Step(NamedTuple):
    """One question put to the law: the case before and after it, and the answer."""

    before: Case
    after: Case
    actor: Actor
    command: k.Command
    at: datetime
    answer: tuple[Event, ...] | Refused

    @property
    def name(self) -> str:
        """The command's name."""
        return k.name_of(self.command)


class Story:
    """One case and its clock. `does` expects to be accepted, `tries` answers whatever the law says."""

    def __init__(self, policy: Policy = US, made: Order | None = None, **facts: Any) -> None:
        self.policy, self.at = policy, MONDAY
        self.case = self.start = unopened(policy, made or order(policy, **facts))
        self.events: list[Event] = []
        self.steps: list[Step] = []

    def tries(self, actor: Actor, name: str, **fields: Any) -> tuple[Event, ...] | Refused:
        """What the law answers; the case goes on when it is accepted."""
        given = FILING | fields if name == "file_request" else fields
        said, before = command(name, **given), self.case
        answer = decide(before, said, actor, self.at, self.policy, known_at(self.at))
        if not isinstance(answer, Refused):
            self.events += answer
            self.case = fold(before, answer)
        self.steps.append(Step(before, self.case, actor, said, self.at, answer))
        return answer

    def does(self, actor: Actor, name: str, **fields: Any) -> "Story":
        """A command that must be accepted."""
        answer = self.tries(actor, name, **fields)
        assert not isinstance(answer, Refused), f"{name} was refused: {answer}"
        return self

    def refused(self, actor: Actor, name: str, **fields: Any) -> Refused:
        """A command that must be refused: the refusal."""
        answer = self.tries(actor, name, **fields)
        assert isinstance(answer, Refused), f"{name} was accepted"
        return answer

    def passes(self, time: timedelta) -> "Story":
        """Let time pass, firing what is due on the way."""
        return self.until(self.at + time)

    def until(self, at: datetime) -> "Story":
        """Let time pass to an instant, firing what is due on the way."""
        while (due := self.next_due()) is not None and due.due_at + GRACE <= at:
            self.at = max(self.at, due.due_at + GRACE)
            self.does(CLOCK, "lapse", deadline_id=due.id)
        self.at = max(self.at, at)
        return self

    def lapses(self, kind: str) -> "Story":
        """Let time pass until the open deadline of this kind has fired."""
        return self.until(self.due(kind).due_at + GRACE)

    def next_due(self) -> Deadline | None:
        """The deadline that fires next; none while the clocks are stopped."""
        if self.case.stage == "suspended":
            return None
        return min(self.case.open_deadlines(), key=lambda d: (d.due_at, d.id), default=None)

    def due(self, kind: str) -> Deadline:
        """The one open deadline of a kind."""
        [found] = [d for d in self.case.open_deadlines() if d.kind == kind]
        return found


def requested(
    policy: Policy = US, /, wanted: str = "refund", reason: str = "defective", visibility: str = "visible", **facts: Any
) -> Story:
    """Alice asked Bob."""
    asked = {"wanted": wanted, "reason": reason, "visibility": visibility}
    more = {"amount": 1500} if wanted == "partial_refund" else {}
    return Story(policy, **facts).does(ALICE, "file_request", **asked, **more)


def disputed(policy: Policy = US, /, **asked: Any) -> Story:
    """Bob refused and Alice went to the platform."""
    return requested(policy, **asked).does(BOB, "reject_request", statement="No").does(ALICE, "open_dispute")


def reviewed(policy: Policy = US, /, **asked: Any) -> Story:
    """Both sides brought their material and the adjudicator may decide."""
    story = disputed(policy, **asked)
    for party in (ALICE, BOB):
        story.does(party, "submit_evidence", items=[PHOTO], last=True)
    if story.case.stage == "gathering_evidence":
        story.does(CHARLIE, "decline_evidence")
    return story


def decided(policy: Policy = US, /, findings: dict[str, Any] | None = None, **asked: Any) -> Story:
    """Dana decided, for the buyer unless the findings say otherwise."""
    told = {key: asked.pop(key) for key in ("outcome", "remedies", "departure") if key in asked}
    return reviewed(policy, **asked).does(DANA, "decide", findings=findings or PROVED, rationale="Seen", **told)


def split(policy: Policy = US, /, amount: int = 1000, **asked: Any) -> Story:
    """Dana shared the loss: a part is refunded, and both sides may go on."""
    return decided(policy, outcome="split", remedies=[{"kind": "partial_refund", "amount": amount}],
                   departure="Both are at fault", **asked)  # fmt: skip
