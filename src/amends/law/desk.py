"""The desk's and the marketplace's other acts: claiming, reclassifying, verifying, extending, facts, chargebacks.

Clauses: US-34, 48, 65, 112, 114 (extensions are not typical); ID-8; readings A10, A20, A22, G13.
"""

import re
from datetime import timedelta

from msgspec.structs import replace

from amends.law import commands as k
from amends.law import events as e
from amends.law.calendar import derive
from amends.law.case import MONEY_KINDS, Case, Chargeback, Deadline, Moved, Remedy, Verification, is_live
from amends.law.deadlines import starting
from amends.law.evidence import DELIVERY
from amends.law.policy import SCENARIO_OF
from amends.law.refusal import Refused
from amends.law.rule import Moment, Result, ending, instant


def claim(m: Moment, command: k.Claim) -> Result:
    """Take the case; the lock expires by itself and is renewed by claiming again."""
    rule = m.policy.windows.claim_lock
    assert rule.window is not None, "the claim lock has a length"
    until = derive(m.at, "claim", rule.window, m.policy.calendar).due_at
    return (e.CaseClaimed(at=m.at, actor=m.actor, clauses=(), until=until),)


def release(m: Moment, command: k.Release) -> Result:
    """Give the case back."""
    if m.case.assigned_to != m.actor.id:
        return Refused("not_your_turn", (), {"whose": "this case is not claimed by you"})
    return (e.CaseReleased(at=m.at, actor=m.actor, clauses=()),)


def held_by_another(m: Moment) -> Refused | None:
    """Somebody else's unexpired claim, or an adjudicator who is a party, bars an adjudicator."""
    order = m.case.order
    if m.actor.id in (order.buyer.id, order.seller.id):
        return Refused("conflict_of_interest", ())
    held = m.case.assigned_to not in (None, m.actor.id)
    if held and m.case.assigned_until is not None and m.at < m.case.assigned_until:
        return Refused("not_your_turn", (), {"whose": f"claimed until {instant(m.case.assigned_until)}"})
    return None


def reclassify(m: Moment, command: k.Reclassify) -> Result:
    """Correct how the case is classed, once, with a reason; an elapsed right is never shortened. [A22]"""
    limit = m.policy.limits.reclassifications
    if m.case.reclassified >= limit.value:
        return Refused("already_resolved", limit.clauses)
    if not any((command.reason, command.visibility, command.severity, command.deceptive is not None)):
        return Refused("nothing_new", limit.clauses, {"what": "name what is classed anew"})
    reason = command.reason or m.case.reason
    if reason not in SCENARIO_OF:
        return Refused("not_disputable", limit.clauses, {"why": str(reason)})
    moves = _longer_buyer_window(m) if command.visibility == "hidden" else ()
    deceptive = m.case.deceptive if command.deceptive is None else command.deceptive
    return (e.Reclassified(at=m.at, actor=m.actor, clauses=limit.clauses, moves=moves,
                           starts=_carrier_window(m, SCENARIO_OF[reason]), statement=command.statement,
                           reason=reason, scenario=SCENARIO_OF[reason],
                           visibility=command.visibility or m.case.visibility,
                           severity=command.severity or m.case.severity, deceptive=deceptive),)  # fmt: skip


def _carrier_window(m: Moment, scenario: str) -> tuple[Deadline, ...]:
    """Where a matter turns out to be one of delivery, the carrier is heard too. [US-97, US-100, A26]"""
    if scenario not in DELIVERY or any(d.kind == "carrier_evidence" for d in m.case.deadlines):
        return ()
    window = m.policy.windows.carrier_evidence
    return (starting(m, "carrier_evidence", "carrier", window, "end_window", event="notice"),)


def _longer_buyer_window(m: Moment) -> tuple[Moved, ...]:
    """A hidden fault has the longer window, from filing; one already longer stays."""
    window = m.policy.windows.buyer_evidence_hidden.window
    assert window is not None, "the hidden window has a length"
    due = derive(m.case.disputes[-1].opened_at, "dispute_opened", window, m.policy.calendar).due_at
    return tuple(Moved(d.id, due) for d in m.case.open_deadlines("buyer_evidence") if d.due_at < due)


def verify(m: Moment, command: k.RecordVerification) -> Result:
    """Record what a third party said; a power, not a duty. [US-65, A10]"""
    clauses = m.policy.pack.rule_clauses.get("desk.verify", ())
    record = Verification(m.at, command.source, command.result, command.statement)
    return (e.VerificationRecorded(at=m.at, actor=m.actor, clauses=clauses, verification=record),)


def extend(m: Moment, command: k.ExtendDeadline) -> Result:
    """Give more time, by a named person with a reason; never less. [US-114]"""
    clauses = m.policy.pack.rule_clauses.get("desk.extend", ())
    found = [d for d in m.case.open_deadlines() if d.kind == command.kind and d.party == command.party]
    if not found:
        return Refused("unknown_reference", clauses, {"what": f"open {command.kind} deadline of the {command.party}"})
    more = duration(command.by)
    if more <= timedelta(0):
        return Refused("amount_invalid", clauses, {"what": "an extension is longer than nothing"})
    deadline = found[0]
    return (e.DeadlineExtended(at=m.at, actor=m.actor, clauses=clauses or deadline.clauses,
                               moves=(Moved(deadline.id, deadline.due_at + more),), deadline_id=deadline.id,
                               by=command.by, statement=command.statement),)  # fmt: skip


def duration(text: str) -> timedelta:
    """An ISO 8601 duration of days, hours and minutes; the command's schema has checked its form."""
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", text)
    days, hours, minutes = (int(n or 0) for n in found.groups()) if found else (0, 0, 0)
    return timedelta(days=days, hours=hours, minutes=minutes)


def update_facts(m: Moment, command: k.UpdateFacts) -> Result:
    """The marketplace's new facts; what they change is drawn on by later decisions, no running clock is shortened."""
    given = {
        name: value
        for name in ("delivered_at", "shipped_at", "last_tracking_at", "promised_by")
        if (value := getattr(command, name)) is not None
    }
    fulfilment = replace(m.case.order.fulfilment, **given)
    traits = m.case.order.line.traits if command.traits is None else command.traits
    trouble = command.return_trouble
    if trouble is not None and (m.case.return_leg is None or m.case.return_leg.state != "in_transit"):
        return Refused("unknown_reference", m.policy.pack.returns.wrong_address_bearer.clauses,
                       {"what": "return under way"})  # fmt: skip
    if fulfilment == m.case.order.fulfilment and traits == m.case.order.line.traits and trouble is None:
        return Refused("nothing_new", (), {"what": "a fact that differs from what is known"})
    clauses = m.policy.pack.rule_clauses.get("facts.update", ())
    return (e.FactsUpdated(at=m.at, actor=m.actor, clauses=clauses, source=command.source,
                           fulfilment=fulfilment, return_trouble=trouble,
                           traits=traits),)  # fmt: skip


def chargeback(m: Moment, command: k.ReportChargeback) -> Result:
    """The bank took money back: what is still owed shrinks so that paid is never exceeded. [G13]"""
    most = m.case.paid - m.case.refunded
    if command.amount > most:
        return Refused("amount_too_large", (), {"most": str(most)})
    reduced, waived = _shrunk(m.case, command.amount)
    ends = tuple(d for r in waived for d in ending(m.case, "remedy", "return_shipment", "return_inspection", subject=r))
    clauses = m.policy.pack.rule_clauses.get("desk.chargeback", ())
    return (e.ChargebackReported(at=m.at, actor=m.actor, clauses=clauses, ends=ends,
                                 chargeback=Chargeback(m.at, command.amount, command.reference),
                                 reduced=reduced, waived=waived),)  # fmt: skip


def _shrunk(case: Case, amount: int) -> tuple[tuple[Remedy, ...], tuple[str, ...]]:
    """Owed refunds cut, the newest first, until refunded + owed + chargeback fits into paid."""
    over = amount - case.refundable
    reduced, waived = list[Remedy](), list[str]()
    for remedy in reversed([r for r in case.remedies if r.kind in MONEY_KINDS and is_live(r)]):
        if over <= 0:
            break
        owed = remedy.amount or 0
        if over >= owed:
            waived.append(remedy.id)
        else:
            reduced.append(replace(remedy, amount=owed - over))
        over -= owed
    return tuple(reduced), tuple(waived)
