"""A claim that is being put together: what the buyer has answered so far, kept on the server after every question.

One claim an order; each of its parts is about one line and becomes one request to the seller. Nothing of it is seen
by anybody else before it is sent.
"""

from datetime import date, datetime, time
from typing import Any, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec

from amends.access.order_lines import LineNow, lines_now, readable
from amends.law.case import Case
from amends.law.evidence import materials
from amends.law.facts import Order
from amends.law.policy import SCENARIO_OF, Material
from amends.orders import is_order_id
from amends.portal.forms import minor_units
from amends.portal.visit import Lost, Visit
from amends.store import claims
from amends.text import CONTROL

Step = Literal["item", "what", "noticed", "wanted", "evidence", "words"]
STEPS: tuple[Step, ...] = ("item", "what", "noticed", "wanted", "evidence", "words")
NOTHING_TO_SEE = frozenset({"delayed", "lost"})
"""Scenarios in which it does not matter when a fault was noticed."""
RESENT = frozenset({"item_missing", "wrong_quantity"})
NEVER_CAME = frozenset({"not_received"})
MOST_PARTS = 50


class Piece(msgspec.Struct, omit_defaults=True):
    """A file, and which line of the checklist it is for."""

    type: str
    upload: str
    describes: str = ""


class Part(msgspec.Struct, omit_defaults=True):
    """What is said about one line. `lacking`: kinds of evidence the buyer does not have, and why; `sent`: its case."""

    line_id: str = ""
    quantity: int = 0
    reason: str = ""
    visibility: str = ""
    noticed_on: str = ""
    wanted: str = ""
    amount: str = ""
    pieces: list[Piece] = []
    lacking: dict[str, str] = {}
    seen_evidence: bool = False
    statement: str = ""
    sent: str = ""


class Claim(msgspec.Struct, omit_defaults=True):
    """The claim of one order."""

    claim_id: str = ""
    parts: list[Part] = []


class Desk(msgspec.Struct):
    """A claim on the buyer's own desk: the order, its lines as they stand now, and what was answered."""

    order_id: str
    order: Order
    lines: list[LineNow]
    claim: Claim

    def line(self, part: Part) -> LineNow | None:
        """The line a part is about."""
        return next((one for one in self.lines if one.line.id == part.line_id), None)

    def part(self, number: int) -> Part:
        """The part of this number, from 0; a new one behind the last. Lost 404 for any other."""
        if number == len(self.claim.parts) < MOST_PARTS:
            self.claim.parts.append(Part())
        if not 0 <= number < len(self.claim.parts):
            raise Lost(404)
        return self.claim.parts[number]


async def desk(visit: Visit) -> Desk:
    """The order of the path and the claim begun for it. Lost 404 where the order is not the visitor's."""
    order_id = visit.path["order_id"]
    order = await readable(visit.hinge, visit.marketplace, visit.actor, order_id) if is_order_id(order_id) else None
    if order is None:
        raise Lost(404)
    lines = await lines_now(visit.hinge, visit.marketplace, order_id, order, visit.now)
    if lines is None:
        raise Lost(404, "no_policy")
    kept = await claims.get(visit.hinge.db, visit.marketplace, visit.actor.id, order_id)
    claim = msgspec.json.decode(kept, type=Claim) if kept else Claim()
    claim.claim_id = claim.claim_id or str(uuid4())
    return Desk(order_id, order, lines, claim)


async def keep(visit: Visit, at: Desk) -> None:
    """Keep the claim as it stands."""
    body = msgspec.json.encode(at.claim)
    await claims.save(visit.hinge.db, visit.marketplace, visit.actor.id, at.order_id, body, visit.hinge.clock())


def steps_of(part: Part) -> tuple[Step, ...]:
    """The questions of a part, in order: when it was noticed only where that matters."""
    scenario = SCENARIO_OF.get(part.reason)  # type: ignore[call-overload]  # a reason, or nothing yet
    asked = scenario is not None and scenario not in NOTHING_TO_SEE
    return tuple(step for step in STEPS if step != "noticed" or asked or not part.reason)


def answered(part: Part, step: Step) -> bool:
    """Whether a question has its answer."""
    match step:
        case "item":
            return bool(part.line_id and part.quantity)
        case "what":
            return bool(part.reason)
        case "noticed":
            return bool(part.visibility)
        case "wanted":
            return bool(part.wanted) and (part.wanted != "partial_refund" or bool(part.amount))
        case "evidence":
            return part.seen_evidence
        case "words":
            return bool(part.statement)


def unanswered(part: Part) -> Step | None:
    """The first question without an answer."""
    return next((step for step in steps_of(part) if not answered(part, step)), None)


def wanted_of(part: Part) -> tuple[str, ...]:
    """What may be asked for, given what happened."""
    ways = ["refund", "partial_refund", "replacement"]
    if part.reason not in NEVER_CAME:
        ways.insert(1, "refund_after_return")
    if part.reason in RESENT:
        ways.append("resend_missing")
    return tuple(ways)


def imagined(now: LineNow, part: Part) -> Case:
    """The case as it would stand with these answers: for asking the policy what evidence it wants."""
    return msgspec.structs.replace(
        now.case,
        reason=part.reason,
        scenario=SCENARIO_OF.get(part.reason),  # type: ignore[call-overload]  # a reason
        visibility=part.visibility or None,
    )


def checklist(now: LineNow, part: Part) -> list[tuple[Material, tuple[str, ...]]]:
    """What the policy asks the buyer to show, each with its clauses; nothing for what it does not judge."""
    if part.reason not in SCENARIO_OF:
        return []
    return materials(imagined(now, part), "buyer", now.policy)


def command_fields(at: Desk, part: Part, words: dict[str, str]) -> dict[str, Any]:
    """The fields of the request that a part becomes. `words` introduce what the buyer does not have."""
    now = at.line(part)
    assert now is not None, "the part names a line"
    fields: dict[str, Any] = {
        "order_id": at.order_id,
        "line_id": part.line_id,
        "claim_id": at.claim.claim_id,
        "quantity": part.quantity,
        "reason": part.reason,
        "visibility": part.visibility if "noticed" in steps_of(part) else "",
        "wanted": part.wanted,
        "statement": statement(part, words),
        "evidence": [
            {"type": one.type, "upload": one.upload, "describes": CONTROL.sub("", one.describes)[:200] or None}
            for one in part.pieces
        ],
    }
    if part.wanted == "partial_refund":
        units = minor_units(part.amount, at.order.currency)
        fields["amount"] = units if units is not None else part.amount
    if noticed := noticed_at(part, now):
        fields["noticed_at"] = noticed
    return fields


def statement(part: Part, words: dict[str, str]) -> str:
    """The buyer's own words, and below them what they say they do not have."""
    lines = [words["lack"] % {"what": words[kind], "why": why} for kind, why in part.lacking.items() if kind in words]
    return "\n\n".join([part.statement, "\n".join(lines)]) if lines else part.statement


def noticed_at(part: Part, now: LineNow) -> datetime | None:
    """The day the fault was noticed, as an instant: noon in the market's zone, but not before delivery or after now."""
    try:
        on = date.fromisoformat(part.noticed_on)
    except ValueError:
        return None
    noon = datetime.combine(on, time(12), ZoneInfo(now.policy.pack.zone))
    delivered = now.case.order.fulfilment.delivered_at
    return min(now.moment.at, max(noon, delivered or noon))
