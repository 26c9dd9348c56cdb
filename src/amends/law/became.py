"""What each event changes of a case: one small function an event, from the event's own data alone.

Part of evolve.py, which calls them and puts deadlines and what depends on them in order. Total; never refuses.
Clauses: none of its own.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from msgspec.structs import replace

from amends.law import became_kept as kept
from amends.law import case as c
from amends.law import events as e
from amends.law.case import Case

Changes = dict[str, Any]
T = TypeVar("T")


def _filed(case: Case, event: e.RequestFiled) -> Changes:
    request = c.Request(event.at, event.wanted, event.statement, event.quantity, event.amount)
    return {
        "stage": "awaiting_seller", "order": event.order, "pack": event.pack, "edition": event.edition,
        "opened_at": case.opened_at or event.at, "claim_id": event.claim_id, "reason": event.reason,
        "scenario": event.scenario, "visibility": event.visibility, "severity": event.severity,
        "noticed_at": event.noticed_at, "requests": (*case.requests, request),
        "evidence": case.evidence + event.evidence,
    }  # fmt: skip


def _approved(case: Case, event: e.RequestApproved) -> Changes:
    answer = "approved_by_silence" if event.by_silence else "approved"
    return {
        "stage": "agreed",
        "requests": _answered(case, answer, event),
        "remedies": case.remedies + event.remedies,
        "return_leg": event.return_leg,
        "recourse": event.recourse,
    }


def _rejected(case: Case, event: e.RequestRejected) -> Changes:
    return {
        "stage": "refused",
        "refused_at": event.at,
        "requests": _answered(case, "rejected", event),
        "evidence": case.evidence + event.evidence,
    }


def _answered(case: Case, answer: Any, event: Any) -> tuple[c.Request, ...]:
    statement = getattr(event, "statement", None)
    last = replace(case.requests[-1], answer=answer, answered_at=event.at, answer_statement=statement)
    return (*case.requests[:-1], last)


def _disputed(case: Case, event: e.DisputeOpened) -> Changes:
    dispute = c.Dispute(event.number, event.at, event.wanted, event.statement, event.amount)
    return {
        "stage": "gathering_evidence", "reason": event.reason, "scenario": event.scenario,
        "visibility": event.visibility, "severity": event.severity, "disputes": (*case.disputes, dispute),
        "evidence": case.evidence + event.evidence, "assigned_to": None, "assigned_until": None,
    }  # fmt: skip


def _ended_dispute(case: Case, event: e.Event, how: Any) -> tuple[c.Dispute, ...]:
    if not case.disputes or case.disputes[-1].ended_at:
        return case.disputes
    return (*case.disputes[:-1], replace(case.disputes[-1], ended_at=event.at, ended_as=how))


def _withdrawn(case: Case, event: e.Withdrawn) -> Changes:
    in_dispute = bool(case.disputes) and case.disputes[-1].ended_at is None
    changes: Changes = {
        "stage": "decided" if in_dispute and case.decisions else "withdrawn",
        "disputes": _ended_dispute(case, event, "withdrawn"),
        "assigned_to": None,
        "assigned_until": None,
        "evidence_requests": _ended_requests(case),
    }
    if not in_dispute and case.requests[-1].answer is None:
        changes["requests"] = _answered(case, "withdrawn", event)
    return changes


def _ended_requests(case: Case) -> tuple[c.EvidenceRequest, ...]:
    return tuple(replace(q, status="ended") if q.status == "open" else q for q in case.evidence_requests)


def _submitted(case: Case, event: e.EvidenceSubmitted) -> Changes:
    return {
        "evidence": case.evidence + event.items,
        "evidence_requests": _mark(case.evidence_requests, event.answers, status="answered"),
    }


def _mark(things: tuple[T, ...], ids: Iterable[str], **changes: Any) -> tuple[T, ...]:
    """The things with those ids changed."""
    wanted = set(ids)
    if not wanted:
        return things
    return tuple(replace(t, **changes) if t.id in wanted else t for t in things)  # type: ignore[attr-defined,type-var]  # all have ids


def _declined(case: Case, event: e.EvidenceDeclined) -> Changes:
    declined = c.Declined(event.party, case.round, event.evidence_type)
    return {
        "declined": (*case.declined, declined),
        "evidence_requests": _mark(case.evidence_requests, event.answers, status="declined"),
    }


def _lapsed(case: Case, event: e.DeadlineLapsed) -> Changes:
    deadline = next(d for d in case.deadlines if d.id == event.deadline_id)
    if deadline.kind == "requested_evidence" and deadline.subject:
        return {"evidence_requests": _mark(case.evidence_requests, [deadline.subject], status="lapsed")}
    return {}


def _reviewing(case: Case, event: e.ReviewBegan) -> Changes:
    return {"stage": "under_review"}


def _offered(case: Case, event: e.SettlementOffered) -> Changes:
    return {"offers": (*case.offers, event.offer)}


def _settled(case: Case, event: e.SettlementAccepted) -> Changes:
    offers = tuple(
        replace(o, status="accepted" if o.id == event.offer_id else "lapsed") if o.status == "open" else o
        for o in case.offers
    )
    changes: Changes = {
        "stage": "agreed",
        "offers": offers,
        "disputes": _ended_dispute(case, event, "settled"),
        "remedies": _mark(case.remedies, event.waived, status="waived") + event.remedies,
        "return_leg": event.return_leg or case.return_leg,
        "evidence_requests": _ended_requests(case),
        "appeals": _dropped(case, "settled"),
        "assigned_to": None,
        "assigned_until": None,
    }
    if case.requests[-1].answer is None:
        changes["requests"] = _answered(case, "settled", event)
    return changes


def _dropped(case: Case, why: Any) -> tuple[c.AppealRecord, ...]:
    """A pending appeal falls with what it was about: of a decision when settled, any when the case closes."""
    return tuple(
        replace(a, ended_as=why) if c.is_pending(a) and (why == "closed" or not a.against.startswith("x")) else a
        for a in case.appeals
    )


def _offer_ended(case: Case, event: e.SettlementDeclined) -> Changes:
    return {"offers": _mark(case.offers, [event.offer_id], status=event.status)}


def _posted(case: Case, event: e.MessagePosted) -> Changes:
    message = c.Message(event.at, event.actor.role, event.to, event.text)  # type: ignore[arg-type]  # buyer or seller by the table
    return {"messages": (*case.messages, message)}


def _suspended(case: Case, event: e.ProceedingsReported) -> Changes:
    started = c.Proceedings(event.kind, event.reference, event.actor.role, event.at, case.stage)
    return {"stage": "suspended", "proceedings": (*case.proceedings, started)}


def _resumed(case: Case, event: e.ProceedingsEnded) -> Changes:
    ended = replace(case.proceedings[-1], ended_at=event.at, outcome=event.outcome)
    changes: Changes = {"proceedings": (*case.proceedings[:-1], ended)}
    if event.resumed:
        changes["stage"] = ended.stage_before
    else:
        changes["disputes"] = _ended_dispute(case, event, "external")
    return changes


def _evidence_requested(case: Case, event: e.EvidenceRequested) -> Changes:
    return {"evidence_requests": (*case.evidence_requests, event.request)}


def _reclassified(case: Case, event: e.Reclassified) -> Changes:
    return {
        "reason": event.reason, "scenario": event.scenario, "visibility": event.visibility,
        "severity": event.severity, "deceptive": event.deceptive, "reclassified": case.reclassified + 1,
    }  # fmt: skip


def _admitted(case: Case, event: e.EvidenceAdmitted) -> Changes:
    return {"evidence": _mark(case.evidence, [event.evidence_id], admitted=True)}


def _verified(case: Case, event: e.VerificationRecorded) -> Changes:
    return {"verifications": (*case.verifications, event.verification)}


def _claimed(case: Case, event: e.CaseClaimed) -> Changes:
    return {"assigned_to": event.actor.id, "assigned_until": event.until}


def _released(case: Case, event: e.CaseReleased) -> Changes:
    return {"assigned_to": None, "assigned_until": None}


def _decided(case: Case, event: e.Decided) -> Changes:
    found = event.decision.findings
    return {
        "stage": "decided",
        "decisions": (*case.decisions, event.decision),
        "disputes": _ended_dispute(case, event, "decided"),
        "severity": found.severity or case.severity,
        "deceptive": case.deceptive if found.deceptive is None else found.deceptive,
        "evidence": _weighed(case.evidence, event.decision),
        "evidence_requests": _ended_requests(case),
        "remedies": _mark(case.remedies, event.waived, status="waived") + event.remedies,
        "return_leg": event.return_leg or case.return_leg,
        "recourse": event.recourse or case.recourse,
        "assigned_to": None,
        "assigned_until": None,
    }


def _weighed(evidence: tuple[c.Evidence, ...], decision: c.Decision) -> tuple[c.Evidence, ...]:
    weights = {w.id: w for w in decision.evidence}
    return tuple(
        replace(item, weight=weights[item.id].weight, why=weights[item.id].why) if item.id in weights else item
        for item in evidence
    )


def _corrected(case: Case, event: e.DecisionCorrected) -> Changes:
    last = case.decisions[-1]
    kept = tuple(r for r in last.remedies if r not in event.waived) + tuple(r.id for r in event.remedies)
    decision = replace(
        last,
        rationale=event.rationale or last.rationale,
        remedies=kept,
        corrections=(*last.corrections, f"{event.kind}: {event.statement}"),
    )
    return {
        "decisions": (*case.decisions[:-1], decision),
        "remedies": _mark(case.remedies, event.waived, status="waived") + event.remedies,
        "return_leg": event.return_leg or case.return_leg,
        "recourse": event.recourse or case.recourse,
    }


def _appealed(case: Case, event: e.AppealLodged) -> Changes:
    changes: Changes = {
        "appeals": (*case.appeals, event.appeal),
        "evidence": case.evidence + event.evidence,
    }
    if event.appeal.against.startswith("x"):
        changes["enforcement"] = _mark(case.enforcement, [event.appeal.against], status="appealed")
    else:
        changes |= {"stage": "under_appeal", "assigned_to": None, "assigned_until": None}
    return changes


def _appeal_decided(case: Case, event: e.AppealDecided) -> Changes:
    appeals = tuple(event.appeal if a.number == event.appeal.number else a for a in case.appeals)
    changes: Changes = {
        "appeals": appeals,
        "remedies": _mark(case.remedies, event.waived, status="waived") + event.remedies,
    }
    if event.appeal.against.startswith("x"):
        status = "reversed" if event.appeal.result == "changed" else "upheld"
        changes["enforcement"] = _mark(case.enforcement, [event.appeal.against], status=status)
        return changes
    changes |= {"assigned_to": None, "assigned_until": None, "recourse": event.recourse or case.recourse,
                "return_leg": event.return_leg or case.return_leg}  # fmt: skip
    changes["stage"] = "decided"
    if event.appeal.result == "sent_back":
        changes["stage"] = "under_review"
        reopened = replace(case.disputes[-1], ended_at=None, ended_as=None)
        changes["disputes"] = (*case.disputes[:-1], reopened)
    if event.decision is not None:
        overturned = replace(case.decisions[-1], overturned=True)
        changes["decisions"] = (*case.decisions[:-1], overturned, event.decision)
    elif event.appeal.result == "sent_back":
        changes["decisions"] = (*case.decisions[:-1], replace(case.decisions[-1], overturned=True))
    return changes


def _allocated(case: Case, event: e.RecourseAllocated) -> Changes:
    assert case.recourse is not None, "recourse is allocated only where it is pending"
    recourse = replace(
        case.recourse,
        status="allocated",
        bearer=event.bearer,
        shares=event.shares,
        rationale=event.rationale,
        by=event.actor.id,
        allocated_at=event.at,
    )
    return {"recourse": recourse, "remedies": case.remedies + event.remedies}


def _nothing(case: Case, event: e.Event) -> Changes:
    return {}


def _facts(case: Case, event: e.FactsUpdated) -> Changes:
    line = replace(case.order.line, traits=event.traits)
    changes: Changes = {"order": replace(case.order, fulfilment=event.fulfilment, line=line)}
    if event.return_trouble is not None:
        changes["return_leg"] = _leg(case, trouble=event.return_trouble)
    return changes


def _leg(case: Case, **changes: Any) -> c.ReturnLeg:
    assert case.return_leg is not None, "a return leg was begun"
    return replace(case.return_leg, **changes)


def _shipped(case: Case, event: e.ReturnShipped) -> Changes:
    leg = _leg(case, state="in_transit", carrier=event.carrier, tracking_number=event.tracking_number,
               shipped_at=event.at)  # fmt: skip
    return {"return_leg": leg, "remedies": _labels(case, "fulfilled")}


def _labels(case: Case, status: str) -> tuple[c.Remedy, ...]:
    ids = [r.id for r in case.remedies if r.kind == "return_label" and c.is_live(r)]
    return _mark(case.remedies, ids, status=status)


def _received(case: Case, event: e.ReturnReceived) -> Changes:
    leg = _leg(case, state="received", ended_at=event.at, condition=event.condition,
               accepted_by_silence=event.by_silence, borne_by=event.borne_by)  # fmt: skip
    return {"return_leg": leg, "remedies": _mark(case.remedies, event.waived, status="waived")}


def _return_refused(case: Case, event: e.ReturnRefused) -> Changes:
    return {
        "stage": "refused" if case.stage in ("agreed", "decided") else case.stage,
        "refused_at": event.at,
        "return_leg": _leg(
            case, state="refused", ended_at=event.at, condition=event.condition, borne_by=event.borne_by
        ),
        "remedies": _mark(case.remedies, event.waived, status="waived"),
        "evidence": case.evidence + event.evidence,
    }


def _return_lapsed(case: Case, event: e.ReturnLapsed) -> Changes:
    leg = _leg(case, state="lapsed", ended_at=event.at)
    return {"return_leg": leg, "remedies": _mark(case.remedies, event.waived, status="waived")}


def _sent_back(case: Case, event: e.ReturnSentBack) -> Changes:
    return {"remedies": case.remedies + event.remedies}


def _remedy(case: Case, remedy_id: str, **changes: Any) -> tuple[c.Remedy, ...]:
    return _mark(case.remedies, [remedy_id], **changes)


def _remedy_started(case: Case, event: e.RemedyStarted) -> Changes:
    due_at = next((d.due_at for d in event.starts if d.subject == event.remedy_id), None)
    return {"remedies": _remedy(case, event.remedy_id, awaits=None, due_at=due_at)}


def _remedy_reported(case: Case, event: e.RemedyReported) -> Changes:
    return {
        "remedies": _remedy(case, event.remedy_id, reported_at=event.at, reference=event.reference),
        "evidence": case.evidence + event.evidence,
    }


def _paid(case: Case, remedy_id: str, status: str, reference: str | None) -> Changes:
    remedy = next(r for r in case.remedies if r.id == remedy_id)
    changes: Changes = {
        "remedies": _remedy(case, remedy_id, status=status, reference=reference or remedy.reference, awaits=None)
    }
    if remedy.kind in c.MONEY_KINDS:
        changes["refunded"] = case.refunded + (remedy.amount or 0)
    return changes


def _fulfilled(case: Case, event: e.RemedyFulfilled) -> Changes:
    return _paid(case, event.remedy_id, "fulfilled", event.reference) | {"evidence": case.evidence + event.evidence}


def _deducted(case: Case, event: e.RemedyDeducted) -> Changes:
    return _paid(case, event.remedy_id, "deducted", event.reference)


def _overdue(case: Case, event: e.RemedyOverdue) -> Changes:
    if event.instead is not None:
        return {"remedies": (*_remedy(case, event.remedy_id, status="waived"), event.instead)}
    return {"remedies": _remedy(case, event.remedy_id, status="overdue", deducting=event.deduct)}


def _waived(case: Case, event: e.RemedyWaived) -> Changes:
    return {"remedies": _remedy(case, event.remedy_id, status="waived")}


def _charged_back(case: Case, event: e.ChargebackReported) -> Changes:
    reduced = {r.id: r for r in event.reduced}
    remedies = tuple(reduced.get(r.id, r) for r in _mark(case.remedies, event.waived, status="waived"))
    return {
        "chargebacks": (*case.chargebacks, event.chargeback),
        "refunded": case.refunded + event.chargeback.amount,
        "remedies": remedies,
    }


def _enforced(case: Case, event: e.EnforcementApplied) -> Changes:
    return {
        "enforcement": (*case.enforcement, event.enforcement),
        "remedies": case.remedies + event.remedies,
    }


def _reversed(case: Case, event: e.EnforcementReversed) -> Changes:
    return {
        "appeals": tuple(
            replace(a, ended_as="reversed") if c.is_pending(a) and a.against == event.enforcement_id else a
            for a in case.appeals
        ),
        "enforcement": _mark(case.enforcement, [event.enforcement_id], status="reversed"),
        "remedies": _mark(case.remedies, event.waived, status="waived"),
    }


def _expired(case: Case, event: e.EnforcementExpired) -> Changes:
    return {"enforcement": _mark(case.enforcement, [event.enforcement_id], status="expired")}


def _closed(case: Case, event: e.CaseClosed) -> Changes:
    changes: Changes = {
        "stage": "closed",
        "closed_as": event.closed_as,
        "assigned_to": None,
        "assigned_until": None,
        "remedies": _mark(case.remedies, event.waived, status="waived"),
        "appeals": _dropped(case, "closed"),
    }
    if case.recourse is not None and case.recourse.status == "pending":
        paid_by, cost = case.recourse.paid_by, case.recourse.cost
        changes["recourse"] = replace(
            case.recourse,
            status="allocated",
            bearer=paid_by,
            shares=(c.CostShare(paid_by, cost),),
            allocated_at=event.at,
        )
    return changes


EVOLVERS: dict[type[e.Event], Callable[[Case, Any], Changes]] = {
    e.RequestFiled: _filed, e.RequestApproved: _approved, e.RequestRejected: _rejected, e.DisputeOpened: _disputed,
    e.Withdrawn: _withdrawn, e.EvidenceSubmitted: _submitted, e.EvidenceDeclined: _declined,
    e.DeadlineLapsed: _lapsed, e.ReviewBegan: _reviewing, e.SettlementOffered: _offered,
    e.SettlementAccepted: _settled, e.SettlementDeclined: _offer_ended, e.MessagePosted: _posted,
    e.ProceedingsReported: _suspended, e.ProceedingsEnded: _resumed, e.EvidenceRequested: _evidence_requested,
    e.Reclassified: _reclassified, e.EvidenceAdmitted: _admitted, e.VerificationRecorded: _verified,
    e.CaseClaimed: _claimed, e.CaseReleased: _released, e.Decided: _decided, e.DecisionCorrected: _corrected,
    e.AppealLodged: _appealed, e.AppealDecided: _appeal_decided,
    e.CarrierHeard: _nothing, e.RecourseAllocated: _allocated,
    e.DeadlineExtended: _nothing, e.FactsUpdated: _facts, e.ReturnShipped: _shipped, e.ReturnReceived: _received,
    e.ReturnRefused: _return_refused, e.ReturnLapsed: _return_lapsed,
    e.ReturnSentBack: _sent_back, e.RemedyStarted: _remedy_started,
    e.RemedyReported: _remedy_reported, e.RemedyFulfilled: _fulfilled, e.RemedyOverdue: _overdue,
    e.RemedyDeducted: _deducted, e.RemedyWaived: _waived, e.ChargebackReported: _charged_back,
    e.EnforcementApplied: _enforced, e.EnforcementReversed: _reversed, e.EnforcementExpired: _expired,
    e.FileNoted: kept.file_noted, e.FileMissing: kept.file_missing, e.EvidenceRedacted: kept.redacted,
    e.LegalHoldPlaced: kept.held, e.LegalHoldLifted: kept.hold_lifted, e.PersonalDataErased: kept.erased,
    e.CaseClosed: _closed,
}  # fmt: skip
