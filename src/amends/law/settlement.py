"""Settlement, withdrawal, messages, outside proceedings: the parties' own ways to end or interrupt the matter.

A settlement needs both sides, records its terms, becomes remedies and closes as settled. Outside proceedings need a
reference and stop every clock. Clauses: US-18, 27 … 31; ID-10, 11, 13, 14; readings A12, A13.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec.structs import replace

from amends.law import commands as k
from amends.law import events as e
from amends.law.case import Case, Deadline, DeadlineKind, Ended, Moved, Offer, claimed, is_live, next_id
from amends.law.deadlines import renewal_window, starting
from amends.law.evidence import DELIVERY
from amends.law.privacy import retention
from amends.law.refusal import Refused
from amends.law.remedy import order_wanted
from amends.law.request import fits
from amends.law.rule import Moment, Result, ending, ending_all, instant, open_for, settling, unique

LONGEST_OFFER = timedelta(days=90)
MOST_MESSAGES = 100


def offer(m: Moment, command: k.OfferSettlement) -> Result:
    """One side offers; the offer stands until declined, taken back, or its time ends."""
    most = claimed(m.case, m.case.requests[-1].quantity)
    owed = tuple(r.id for r in m.case.remedies if is_live(r))
    if refused := fits(_without(m, owed), command.remedy, command.amount, most):
        return refused
    rule = m.policy.windows.settlement_offer
    offer_id = next_id("o", len(m.case.offers))
    clauses = settling(m)
    deadline = starting(m, "settlement_offer", _other(m.actor.role), rule, "offer_lapses", event="notice",
                        subject=offer_id, clauses=clauses)  # fmt: skip
    if command.valid_until is not None:
        if command.valid_until <= m.at:
            return Refused("window_closed", clauses, {"until": instant(command.valid_until)})
        if command.valid_until > m.at + LONGEST_OFFER:
            return Refused(
                "amount_invalid", clauses, {"what": f"valid_until is at most {LONGEST_OFFER.days} days ahead"}
            )
        deadline = _until(deadline, command.valid_until.astimezone(UTC))
    made = Offer(offer_id, m.actor.role, command.remedy, m.at, deadline.due_at, command.amount, command.statement)  # type: ignore[arg-type]  # buyer or seller by the table
    return (e.SettlementOffered(at=m.at, actor=m.actor, clauses=clauses, starts=(deadline,), offer=made),)


def _until(deadline: Deadline, until: datetime) -> Deadline:
    derivation = replace(deadline.derivation, window=None, due_at=until, start_event="offer")
    return replace(deadline, due_at=until, derivation=derivation)


def _other(role: str) -> str:
    return "seller" if role == "buyer" else "buyer"


def accept(m: Moment, command: k.AcceptSettlement) -> Result:
    """The other side accepts: the terms become remedies and replace what was owed before."""
    found = _open_offer(m.case, command.offer_id, m)
    if isinstance(found, Refused):
        return found
    if found.by == m.actor.role:
        return Refused("not_your_turn", settling(m), {"whose": f"the {_other(found.by)} answers this offer"})
    waived = tuple(r.id for r in m.case.remedies if is_live(r))
    before = _without(m, waived)
    most = claimed(before.case, before.case.requests[-1].quantity)
    if refused := fits(before, found.remedy, found.amount, most):
        return refused
    ordered = order_wanted(before, found.remedy, found.amount, most, f"offer {found.id}", fixed=True)
    return (e.SettlementAccepted(at=m.at, actor=m.actor, clauses=unique(settling(m) + ordered.clauses),
                                 starts=ordered.starts, ends=ending_all(m.case), offer_id=found.id,
                                 remedies=ordered.remedies, waived=waived, return_leg=ordered.return_leg),)  # fmt: skip


def _without(m: Moment, waived: tuple[str, ...]) -> Moment:
    """The moment as if those remedies were no longer owed."""
    remedies = tuple(replace(r, status="waived") if r.id in waived else r for r in m.case.remedies)
    return replace(m, case=replace(m.case, remedies=remedies))


def _open_offer(case: Case, offer_id: str, m: Moment) -> Offer | Refused:
    found = next((o for o in case.offers if o.id == offer_id), None)
    if found is None:
        return Refused("unknown_reference", settling(m), {"what": f"offer {offer_id}"})
    deadline = open_for(case, "settlement_offer", found.id)
    if deadline is None or m.at >= deadline.due_at:
        return Refused("window_closed", settling(m), {"until": instant(found.valid_until)})
    return found


def decline(m: Moment, command: k.DeclineSettlement) -> Result:
    """Turn the other side's offer down, or take one's own back."""
    found = _open_offer(m.case, command.offer_id, m)
    if isinstance(found, Refused):
        return found
    status: Literal["taken_back", "declined"] = "taken_back" if found.by == m.actor.role else "declined"
    return (e.SettlementDeclined(at=m.at, actor=m.actor, clauses=settling(m),
                                 ends=ending(m.case, "settlement_offer", subject=found.id), offer_id=found.id,
                                 status=status, statement=command.statement),)  # fmt: skip


def lapse_offer(m: Moment, deadline: Deadline) -> Result:
    """An offer nobody answered is gone."""
    assert deadline.subject is not None, "an offer's deadline names it"
    return (e.SettlementDeclined(at=m.at, actor=m.actor, clauses=deadline.clauses,
                                 ends=(Ended(deadline.id, "fired"),), offer_id=deadline.subject,
                                 status="lapsed"),)  # fmt: skip


def withdraw(m: Moment, command: k.Withdraw) -> Result:
    """The buyer alone may take its request or dispute back, and may start again within the window. [US-29, ID-11]"""
    disputed = bool(m.case.disputes)
    rule = m.policy.windows.further_dispute if disputed else m.policy.windows.refile_request
    kind = "further_dispute" if disputed else "refile_request"
    left = m.case.round < m.policy.limits.disputes_per_line.value
    window = None
    if left and not m.case.decisions:
        window = renewal_window(m, kind, rule, "close_withdrawn")  # type: ignore[arg-type]  # one of two kinds
    kept: list[DeadlineKind] = ["remedy", "return_shipment", "return_inspection", "appeal", "recourse"]
    if m.case.recourse is not None and m.case.scenario in DELIVERY:
        kept.append("carrier_evidence")
    ends = ending_all(m.case, *kept)
    return (e.Withdrawn(at=m.at, actor=m.actor, clauses=rule.clauses, starts=(window,) if window else (), ends=ends,
                        statement=command.statement),)  # fmt: skip


def lapse_close(m: Moment, deadline: Deadline) -> Result:
    """The buyer let the time to go on pass; what follows (closing, irrevocability) is drawn by the table."""
    return (e.DeadlineLapsed(at=m.at, actor=m.actor, clauses=deadline.clauses, ends=(Ended(deadline.id, "fired"),),
                             deadline_id=deadline.id),)  # fmt: skip


def post(m: Moment, command: k.PostMessage) -> Result:
    """A party writes within the case."""
    if command.to == m.actor.role:
        return Refused("unknown_reference", (), {"what": "point in writing to oneself"})
    clauses = m.policy.pack.rule_clauses.get("settlement.post", ())
    if sum(1 for message in m.case.messages if message.by == m.actor.role) >= MOST_MESSAGES:
        return Refused("not_your_turn", clauses, {"whose": f"a party writes at most {MOST_MESSAGES} messages"})
    return (e.MessagePosted(at=m.at, actor=m.actor, clauses=clauses, text=command.text, to=command.to),)


def report_proceedings(m: Moment, command: k.ReportProceedings) -> Result:
    """A court, regulator or mediation took the matter up: the platform stops and every clock stops. [US-31, ID-14]"""
    clauses = m.policy.pack.rule_clauses.get("proceedings.report", ())
    return (e.ProceedingsReported(at=m.at, actor=m.actor, clauses=clauses, kind=command.kind,
                                  reference=command.reference, statement=command.statement),)  # fmt: skip


def record_outcome(m: Moment, command: k.RecordProceedingsOutcome) -> Result:
    """Resume with every clock moved by the time it stood, or close: decided elsewhere. [A13]"""
    clauses = m.policy.pack.rule_clauses.get("proceedings.report", ())
    if not command.resume:
        ended = e.ProceedingsEnded(at=m.at, actor=m.actor, clauses=clauses, resumed=False, outcome=command.outcome)
        owed = tuple(r.id for r in m.case.remedies if is_live(r))
        closed = e.CaseClosed(at=m.at, actor=m.actor, clauses=clauses, starts=retention(m), ends=ending(m.case),
                              closed_as="external", waived=owed)  # fmt: skip
        return ended, closed
    stood = m.at - m.case.proceedings[-1].started_at
    moves = tuple(Moved(d.id, d.due_at + stood) for d in m.case.open_deadlines())
    return (e.ProceedingsEnded(at=m.at, actor=m.actor, clauses=clauses, moves=moves, resumed=True,
                               outcome=command.outcome),)  # fmt: skip
