"""Chapter 6, appeals: the seller asks another adjudicator to look again; money and fault are two separate results.

In the US an appeal does not stop performance; success makes the seller whole from the platform, and the buyer keeps the
refund unless there was fraud. Clauses: US-6, 61, 62, 109, 110; ID-18; readings A9, G6.
"""

from msgspec.structs import replace

from amends.law import commands as k
from amends.law import events as e
from amends.law.actors import Bearer
from amends.law.case import (
    MONEY_KINDS,
    AppealRecord,
    CostShare,
    Deadline,
    Decision,
    Ended,
    Recourse,
    Remedy,
    claimed,
    is_live,
    is_pending,
    under,
)
from amends.law.deadlines import starting
from amends.law.decision import (
    Ruling,
    check_amounts,
    decision_clauses,
    further_window,
    order_for,
    paid_under,
    remedies_for,
    seller_whole,
)
from amends.law.evidence import collect, contested, may_file
from amends.law.refusal import Refused
from amends.law.remedy import Wish
from amends.law.rule import Moment, Result, ending, instant, open_for, unique
from amends.law.tidy import borne_so_far


def lodge(m: Moment, command: k.Appeal) -> Result:
    """One appeal a decision, in time, on stated grounds; "new evidence" must bring some."""
    clauses = m.policy.windows.appeal.clauses
    if command.enforcement_id is None and m.case.stage != "decided":
        return Refused("unknown_reference", clauses, {"what": f"decision to appeal while {m.case.stage}"})
    against = command.enforcement_id or _decision_number(m)
    deadline = _window(m, command.enforcement_id)
    if command.enforcement_id and not any(x.id == against for x in m.case.enforcement):
        return Refused("unknown_reference", clauses, {"what": f"enforcement {against}"})
    limit = m.policy.limits.appeals_per_decision
    if sum(1 for a in m.case.appeals if a.against == against) >= limit.value:
        return Refused("already_resolved", limit.clauses)
    if deadline is None or m.at >= deadline.due_at:
        return Refused("window_closed", clauses, {"until": instant(deadline.due_at if deadline else None)})
    if command.grounds == "new_evidence" and not command.evidence:
        return Refused("nothing_new", clauses, {"what": "an appeal on new evidence brings that evidence"})
    items = collect(m, command.evidence)
    if isinstance(items, Refused):
        return items
    number = len(m.case.appeals) + 1
    record = AppealRecord(number, against, m.at, m.actor.id, command.grounds, command.statement,
                          tuple(item.id for item in items))  # fmt: skip
    starts = [starting(m, "appeal_decision", "adjudicator", m.policy.windows.appeal_decision, "alarm",
                       event="appeal_lodged", subject=str(number))]  # fmt: skip
    if items and not command.enforcement_id and not may_file(m, "buyer"):
        starts.append(starting(m, "reply", "buyer", m.policy.windows.reply, "end_reply", event="notice"))
    return (
        e.AppealLodged(
            at=m.at,
            actor=m.actor,
            clauses=clauses,
            starts=tuple(starts),
            ends=(Ended(deadline.id), *_further(m, command)),
            appeal=record,
            evidence=items,
        ),
    )


def _further(m: Moment, command: k.Appeal) -> tuple[Ended, ...]:
    """While a decision is under appeal the buyer's own further dispute of it has to wait for the result."""
    return () if command.enforcement_id else ending(m.case, "further_dispute")


def _window(m: Moment, enforcement_id: str | None) -> Deadline | None:
    """The seller's open time to appeal the last decision, or an enforcement."""
    if enforcement_id is None:
        return open_for(m.case, "appeal")
    own = [d for d in m.case.open_deadlines("enforcement") if d.subject == enforcement_id]
    return next((d for d in own if d.on_timeout == "enforcement_stands"), None)


def _decision_number(m: Moment) -> str:
    return str(m.case.decision.number) if m.case.decision else "0"


def decide(m: Moment, command: k.DecideAppeal) -> Result:
    """Another adjudicator than the first decides: it stands, is changed, or goes back."""
    record = _pending(m, command)
    if isinstance(record, Refused):
        return record
    clauses = m.policy.windows.appeal_decision.clauses
    if not command.rationale.strip():
        return Refused("missing_rationale", clauses, {"what": "rationale"})
    decided = replace(record, result=command.result, fault=command.fault or _fault(command), fraud=command.fraud,
                      rationale=command.rationale, adjudicator=m.actor.id, decided_at=m.at)  # fmt: skip
    ends = ending(m.case, "appeal_decision", subject=str(record.number))
    if command.enforcement_id:
        if command.result == "changed":
            ends += ending(m.case, "enforcement", subject=command.enforcement_id)
        waived = _enforcement_refunds(m, command) if command.result == "changed" else ()
        return (e.AppealDecided(at=m.at, actor=m.actor, clauses=clauses, ends=ends, appeal=decided, waived=waived),)
    if command.result == "changed":
        return _changed(m, command, decided, ends)
    if command.result == "sent_back":
        return _sent_back(m, decided, ends)
    further = further_window(m, m.case.decision.outcome) if m.case.decision else None
    starts = (further,) if further else ()
    return (e.AppealDecided(at=m.at, actor=m.actor, clauses=clauses, starts=starts, ends=ends, appeal=decided),)


def _sent_back(m: Moment, record: AppealRecord, ends: tuple[Ended, ...]) -> Result:
    """The decision is lifted: what is still owed under it falls away, and the case is reviewed again."""
    alarm = starting(m, "decision", "adjudicator", m.policy.windows.decision, "alarm", event="sent_back")
    waived = _owed_under(m)
    gone = tuple(d for r in waived for d in ending(m.case, "remedy", "return_shipment", "return_inspection", subject=r))
    clauses = m.policy.windows.appeal_decision.clauses
    return (e.AppealDecided(at=m.at, actor=m.actor, clauses=clauses, starts=(alarm,), ends=ends + gone,
                            appeal=record, waived=waived),)  # fmt: skip


def _owed_under(m: Moment) -> tuple[str, ...]:
    """Remedies of the appealed decision that are still owed."""
    return tuple(r.id for r in under(m.case, m.case.decision) if is_live(r)) if m.case.decision else ()


def _fault(command: k.DecideAppeal) -> str:
    return "cleared" if command.result == "changed" and command.outcome != "split" else "stands"


def _pending(m: Moment, command: k.DecideAppeal) -> AppealRecord | Refused:
    clauses = m.policy.pack.appeals.other_adjudicator.clauses
    against = command.enforcement_id or _decision_number(m)
    record = next((a for a in m.case.appeals if a.against == against and is_pending(a)), None)
    if record is None:
        return Refused("unknown_reference", clauses, {"what": "open appeal"})
    if not command.enforcement_id and (waiting := contested(m)):
        return waiting
    decision = m.case.decision
    if not command.enforcement_id and decision and decision.adjudicator == m.actor.id:
        return Refused("same_adjudicator", clauses)
    return record


def _enforcement_refunds(m: Moment, command: k.DecideAppeal) -> tuple[str, ...]:
    source = f"enforcement {command.enforcement_id}"
    return tuple(r.id for r in m.case.remedies if is_live(r) and r.ordered_by == source)


def _changed(m: Moment, command: k.DecideAppeal, record: AppealRecord, ends: tuple[Ended, ...]) -> Result:
    """The decision is replaced. What is still owed falls away; what was paid stays with the buyer unless fraud (A9)."""
    first = m.case.decision
    assert first is not None, "an appeal has a decision"
    outcome = command.outcome or "seller_favour"
    if outcome == first.outcome and command.remedies is None:
        return Refused("nothing_new", first.clauses, {"what": "a changed appeal changes the outcome or the remedies"})
    waived = _owed_under(m)
    remedies = tuple(replace(r, status="waived") if r.id in waived else r for r in m.case.remedies)
    before = replace(m, case=replace(m.case, remedies=remedies))
    clauses = unique(m.policy.windows.appeal.clauses + decision_clauses(m.policy))
    asked = _asked(before, command, outcome, first, clauses)
    if isinstance(asked, Refused):
        return asked
    paid = paid_under(m.case, first)
    due = sum(w.amount or claimed(m.case, m.case.requests[-1].quantity) for w in asked if w.kind in MONEY_KINDS)
    asked = _less(asked, paid)
    if refused := check_amounts(before, asked):
        return refused
    fault: k.Fault = "none" if record.fault == "cleared" else first.fault
    ruling = Ruling(outcome, "evidence", "person", command.findings or first.findings, fault, clauses,
                    command.rationale, (), asked, first.trace, first.recommended, command.rationale)  # fmt: skip
    ordered, starts, leg, recourse = order_for(before, ruling, first.number + 1)
    whole, more = seller_whole(before, first, after=ordered, starts=starts, still_due=min(due, paid))
    further = further_window(m, outcome)
    decision = Decision(first.number + 1, first.dispute, m.at, outcome, "evidence", "person", m.actor.id,
                        ruling.findings, fault, clauses, command.rationale, (),
                        tuple(r.id for r in ordered), first.trace, first.recommended, command.rationale,
                        leg.risk if leg else None)  # fmt: skip
    gone = tuple(d for r in waived for d in ending(m.case, "remedy", "return_shipment", "return_inspection", subject=r))
    return (e.AppealDecided(at=m.at, actor=m.actor, clauses=clauses,
                            starts=starts + more + ((further,) if further else ()), ends=ends + gone,
                            appeal=record, decision=decision, remedies=ordered + whole, waived=waived, return_leg=leg,
                            recourse=_final_cost(before, command, outcome, whole) or recourse),)  # fmt: skip


def _asked(
    m: Moment, command: k.DecideAppeal, outcome: k.Outcome, first: Decision, clauses: tuple[str, ...]
) -> tuple[Wish, ...] | Refused:
    """The remedies named, or else the table's for the outcome and findings."""
    if command.remedies is not None:
        return tuple(Wish(r.kind, clauses, None, r.amount) for r in command.remedies)
    return remedies_for(m, outcome, command.findings or first.findings)


def _less(asked: tuple[Wish, ...], paid: int) -> tuple[Wish, ...]:
    """The wishes with what was already paid taken off the money; money that is covered is not ordered again."""
    left, kept = paid, list[Wish]()
    for wish in asked:
        if wish.kind not in MONEY_KINDS or left == 0:
            kept.append(wish)
        elif wish.amount is not None and wish.amount > left:
            kept.append(replace(wish, amount=wish.amount - left))
            left = 0
        elif wish.amount is not None:
            left -= wish.amount
        else:
            kept.append(wish)  # a whole refund: what is refundable is already less what was paid
            left = 0
    return tuple(kept)


def _final_cost(m: Moment, command: k.DecideAppeal, outcome: str, whole: tuple[Remedy, ...]) -> Recourse | None:
    """The platform bears what it gives back to the seller; a buyer who keeps a refund by fraud bears it instead."""
    rules = m.policy.pack.appeals
    if outcome != "seller_favour" and not whole:
        return None
    cost = sum(r.amount or 0 for r in whole) + borne_so_far(m.case, "seller")
    if cost == 0:
        return None
    keeps = rules.buyer_keeps_refund.value and not command.fraud
    bearer: Bearer = rules.success_pays.value if keeps else "buyer"
    clauses = unique(rules.success_pays.clauses + rules.buyer_keeps_refund.clauses)
    return Recourse("allocated", "platform", bearer, cost, clauses, (), bearer, (CostShare(bearer, cost),),
                    command.rationale, m.actor.id, m.at)  # fmt: skip
