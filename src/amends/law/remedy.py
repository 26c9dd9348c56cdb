"""Remedies as obligations: an ordered act with an owner, a clock, and an end (performed, deducted, waived).

Money counts as paid only on the payment system's word; a seller's own report is kept but does not stop the clock's end.
Clauses: US-5, 38, 53 … 56, 82, 86, 91, 95, 101, 105, 108, 115, 116; ID-18 … ID-23; readings A16, A17, A21, A29.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from amends.law import commands as k
from amends.law import events as e
from amends.law.calendar import derive
from amends.law.case import MONEY_KINDS, Deadline, Ended, Moved, Recourse, Remedy, ReturnLeg, claimed, is_live, next_id
from amends.law.deadlines import GOODS, remedy_deadline, starting
from amends.law.evidence import collect
from amends.law.policy import RemedyOrder
from amends.law.recourse import first_recourse
from amends.law.refusal import Refused
from amends.law.returns import new_leg
from amends.law.rule import Moment, Result, ending, paused, unique

OWNERS = {"discard_item": "buyer", "reimburse_seller": "platform"}


class Ordered(msgspec.Struct, frozen=True):
    """What an approval, settlement or decision orders, with the clocks it starts."""

    remedies: tuple[Remedy, ...]
    starts: tuple[Deadline, ...]
    return_leg: ReturnLeg | None
    recourse: Recourse | None
    clauses: tuple[str, ...]


class Wish(msgspec.Struct, frozen=True):
    """One remedy to order: kind, its owner if fixed, an amount if fixed (minor units), and its clauses."""

    kind: k.RemedyKind
    clauses: tuple[str, ...]
    owner: str | None = None
    amount: int | None = None


def wishes(order: Sequence[RemedyOrder], clauses: tuple[str, ...], amount: int | None) -> tuple[Wish, ...]:
    """The remedies of a table row; `amount` is that of a partial refund."""
    return tuple(Wish(o.kind, clauses, o.owner, amount if o.kind == "partial_refund" else None) for o in order)


def order_wanted(m: Moment, wanted: str, amount: int | None, most: int, source: str, *, fixed: bool = False) -> Ordered:
    """The remedies both sides agree on without a decision. Counterfeits are never sent back (US-86)."""
    clauses = m.policy.windows.remedy.clauses
    owner = "seller" if fixed else None
    kinds: list[k.RemedyKind] = [wanted]  # type: ignore[list-item]  # a Wanted is a RemedyKind
    if wanted == "refund_after_return":
        counterfeit = m.case.scenario == "counterfeit"
        kinds = ["refund", "discard_item"] if counterfeit else ["return_label", "refund_after_return"]
    asked = [Wish(kind, clauses, "buyer" if kind == "discard_item" else owner, amount) for kind in kinds]
    return order(m, asked, most, source, fault=None)


def order(
    m: Moment, asked: Sequence[Wish], most: int, source: str, *, fault: k.Fault | None, intact: bool | None = None
) -> Ordered:
    """Turn wishes into remedies with ids, owners, amounts and clocks, at most `most` in money altogether."""
    made, starts = list[Remedy](), list[Deadline]()
    leg: ReturnLeg | None = None
    left = min(most, m.case.refundable)
    recourse_rule = first_recourse(m, fault, intact)
    for wish in _without_idle_label(asked, left):
        remedy_id = next_id("r", len(m.case.remedies) + len(made))
        owner = wish.owner or _owner(m, wish.kind, recourse_rule.pays)
        remedy = Remedy(remedy_id, wish.kind, owner, wish.clauses, source)  # type: ignore[arg-type]  # owners by table
        if wish.kind in MONEY_KINDS:
            amount = min(wish.amount or left, left)
            if amount == 0:
                continue
            remedy, left = replace(remedy, amount=amount), left - amount
        if wish.kind == "reimburse_seller":
            remedy = replace(remedy, amount=wish.amount)
        if wish.kind == "refund_after_return":
            remedy = replace(remedy, awaits="return")
            leg = new_leg(m, remedy_id)
            starts.append(starting(m, "return_shipment", "buyer", m.policy.windows.return_shipment,
                                   "return_lapses", event="notice", subject=remedy_id))  # fmt: skip
        elif wish.kind == "discard_item":
            remedy = replace(remedy, awaits="irrevocable")
        else:
            nth = 1 + sum(1 for d in starts if d.kind == "remedy")
            deadline = remedy_deadline(m, remedy.owner, remedy_id, remedy.kind, nth=nth)
            starts.append(deadline)
            remedy = replace(remedy, due_at=deadline.due_at)
        made.append(remedy)
    recourse, more = recourse_rule.of(m, made, most)
    clauses = unique(c for r in made for c in r.clauses)
    return Ordered(tuple(made), tuple(starts) + more, leg, recourse, clauses)


def _without_idle_label(asked: Sequence[Wish], left: int) -> list[Wish]:
    """The wishes, less a return label where nothing is left to refund after a return."""
    returned = False
    for wish in asked:
        if wish.kind in MONEY_KINDS:
            returned = returned or (wish.kind == "refund_after_return" and left > 0)
            left -= min(wish.amount or left, left)
    return [w for w in asked if returned or w.kind != "return_label"]


def _owner(m: Moment, kind: k.RemedyKind, pays: str) -> str:
    """Who acts: money and label by who makes the buyer whole first (A16), goods the seller."""
    if kind in MONEY_KINDS:
        return pays
    if kind == "return_label":
        return "platform" if pays == "platform" else m.policy.pack.returns.pays_return_shipping.value
    return OWNERS.get(kind, "seller")


def start(m: Moment, remedy: Remedy) -> e.RemedyStarted:
    """A remedy that waited is due now."""
    if remedy.kind == "discard_item":
        rule = m.policy.pack.counterfeit.keep_until_irrevocable
        deadline = starting(m, "remedy", "buyer", m.policy.windows.remedy, "instruction_stands",
                            event="irrevocable", subject=remedy.id, clauses=rule.clauses)  # fmt: skip
    else:
        deadline = remedy_deadline(m, remedy.owner, remedy.id, remedy.kind)
    return e.RemedyStarted(at=m.at, actor=m.actor, clauses=remedy.clauses, starts=(deadline,), remedy_id=remedy.id)


def find(m: Moment, remedy_id: str) -> Remedy | Refused:
    """A remedy that is still owed, or why there is none."""
    remedy = next((r for r in m.case.remedies if r.id == remedy_id), None)
    if remedy is None:
        return Refused("unknown_reference", (), {"what": f"remedy {remedy_id}"})
    if not is_live(remedy):
        return Refused("remedy_done", remedy.clauses, {"status": remedy.status})
    return remedy


def report(m: Moment, command: k.ReportRemedy) -> Result:
    """The seller says it did what was ordered; of money the payment system has the last word."""
    remedy = find(m, command.remedy_id)
    if isinstance(remedy, Refused):
        return remedy
    if remedy.owner != "seller":
        return Refused("not_your_turn", remedy.clauses, {"whose": f"the {remedy.owner} performs this"})
    if remedy.kind in GOODS and command.reference is None and not command.evidence:
        return Refused("missing_evidence", remedy.clauses, {"what": "a tracking reference or proof of what was sent"})
    items = collect(m, command.evidence)
    if isinstance(items, Refused):
        return items
    if remedy.kind in MONEY_KINDS:
        return (e.RemedyReported(at=m.at, actor=m.actor, clauses=remedy.clauses, remedy_id=remedy.id,
                                 reference=command.reference, evidence=items),)  # fmt: skip
    return (e.RemedyFulfilled(at=m.at, actor=m.actor, clauses=remedy.clauses, remedy_id=remedy.id,
                              ends=ending(m.case, "remedy", subject=remedy.id),
                              reference=command.reference, evidence=items),)  # fmt: skip


def confirm_payment(m: Moment, command: k.ConfirmPayment) -> Result:
    """The payment system says that the money arrived."""
    remedy = _money(m, command.remedy_id, command.amount)
    if isinstance(remedy, Refused):
        return remedy
    return (e.RemedyFulfilled(at=m.at, actor=m.actor, clauses=remedy.clauses, remedy_id=remedy.id,
                              ends=ending(m.case, "remedy", subject=remedy.id),
                              reference=command.reference),)  # fmt: skip


def confirm_deduction(m: Moment, command: k.ConfirmDeduction) -> Result:
    """The payment system deducted an overdue refund from the seller's payout. [ID-20, A29]"""
    remedy = _money(m, command.remedy_id, command.amount)
    if isinstance(remedy, Refused):
        return remedy
    if remedy.status != "overdue" or remedy.owner != "seller":
        return Refused("not_your_turn", remedy.clauses, {"whose": "only an overdue refund of the seller is deducted"})
    if paused(m):
        clauses = m.policy.pack.appeals.further_dispute_suspends_deduction.clauses
        return Refused("not_your_turn", clauses, {"whose": "deductions wait while the matter is contested"})
    return (e.RemedyDeducted(at=m.at, actor=m.actor, clauses=remedy.clauses, remedy_id=remedy.id,
                             reference=command.reference),)  # fmt: skip


def _money(m: Moment, remedy_id: str, amount: int | None) -> Remedy | Refused:
    remedy = find(m, remedy_id)
    if isinstance(remedy, Refused):
        return remedy
    if remedy.amount is None:
        return Refused("amount_invalid", remedy.clauses, {"what": f"{remedy.kind} is not paid in money"})
    if remedy.awaits is not None:
        return Refused("not_your_turn", remedy.clauses, {"whose": "it waits for the goods to come back"})
    if amount is not None and amount != remedy.amount:
        return Refused("amount_invalid", remedy.clauses, {"what": f"{remedy.amount} is owed, not {amount}"})
    return remedy


def lapse(m: Moment, deadline: Deadline) -> Result:
    """An owed act was not done in time: a seller's money is deducted, its missing goods become a refund. [ID-20]"""
    remedy = next(r for r in m.case.remedies if r.id == deadline.subject)
    fired = (Ended(deadline.id, "fired"),)
    if deadline.on_timeout == "instruction_stands":
        return (e.RemedyWaived(at=m.at, actor=m.actor, clauses=remedy.clauses, ends=fired, remedy_id=remedy.id,
                               why="instruction_stands"),)  # fmt: skip
    if remedy.kind == "return_label":
        return (_label_overdue(m, deadline, fired),)
    deduct = remedy.owner == "seller" and remedy.reported_at is None and not paused(m)
    instead = _refund_instead(m, remedy) if remedy.owner == "seller" and remedy.kind in GOODS else None
    if remedy.kind in GOODS and instead is None:
        return (e.RemedyWaived(at=m.at, actor=m.actor, clauses=remedy.clauses, ends=fired, remedy_id=remedy.id,
                               why="nothing_left_to_refund"),)  # fmt: skip
    return (e.RemedyOverdue(at=m.at, actor=m.actor, clauses=deadline.clauses, ends=fired, remedy_id=remedy.id,
                            deduct=deduct,
                            instead=replace(instead, deducting=deduct) if instead else None),)  # fmt: skip


def _label_overdue(m: Moment, deadline: Deadline, fired: tuple[Ended, ...]) -> e.RemedyOverdue:
    """A label that was not sent: the operator sees to it, and the buyer's time to ship runs anew. [US-54, G5]"""
    rule = m.policy.windows.return_shipment
    assert rule.window is not None, "return_shipment needs a window"
    due = derive(m.at, "label_overdue", rule.window, m.policy.calendar).due_at
    later = tuple(Moved(d.id, due) for d in m.case.open_deadlines("return_shipment") if d.due_at < due)
    return e.RemedyOverdue(at=m.at, actor=m.actor, clauses=deadline.clauses, ends=fired, moves=later,
                           remedy_id=deadline.subject or "", deduct=False)  # fmt: skip


def order_deduction(m: Moment, remedy: Remedy) -> e.RemedyOverdue:
    """An overdue refund whose deduction had to wait is deducted now."""
    return e.RemedyOverdue(at=m.at, actor=m.actor, clauses=remedy.clauses, remedy_id=remedy.id, deduct=True)


def ship_back(m: Moment) -> e.ReturnSentBack:
    """The seller sends refused goods back to the buyer; the time to dispute the refusal is over."""
    remedy_id = next_id("r", len(m.case.remedies))
    clauses = m.policy.windows.ship_back.clauses
    deadline = remedy_deadline(m, "seller", remedy_id, "ship_back_to_buyer")
    back = Remedy(remedy_id, "ship_back_to_buyer", "seller", clauses, "refused return", due_at=deadline.due_at)
    return e.ReturnSentBack(at=m.at, actor=m.actor, clauses=clauses, starts=(deadline,), remedies=(back,))


def _refund_instead(m: Moment, remedy: Remedy) -> Remedy | None:
    """Goods that were not sent become a refund of what was claimed (A21)."""
    amount = min(claimed(m.case, m.case.requests[-1].quantity), m.case.refundable)
    if amount == 0:
        return None
    remedy_id = next_id("r", len(m.case.remedies))
    return Remedy(remedy_id, "refund", "seller", remedy.clauses, remedy.id, amount, "overdue")
