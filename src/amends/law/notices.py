"""Notices: who must be told of an event, under which public name. Names: dotted, as webhooks and the feed carry them.

A notice counts as received in the party's inbox; mail is a copy (G14). Clauses: US-50 … 52; ID-9.
"""

import msgspec

from amends.law import events as e
from amends.law.actors import Role
from amends.law.case import Case, Deadline


class Notice(msgspec.Struct, frozen=True):
    """One thing to tell, to whom."""

    kind: str
    to: tuple[Role, ...]


BOTH: tuple[Role, ...] = ("buyer", "seller")
ALL: tuple[Role, ...] = ("buyer", "seller", "carrier")

KINDS: dict[type[e.Event], tuple[str, tuple[Role, ...]]] = {
    e.RequestFiled: ("case.opened", BOTH), e.RequestRejected: ("request.rejected", BOTH),
    e.DisputeOpened: ("dispute.opened", ALL), e.Withdrawn: ("case.withdrawn", BOTH),
    e.EvidenceSubmitted: ("evidence.submitted", ALL), e.EvidenceDeclined: ("evidence.declined", ALL),
    e.ReviewBegan: ("review.began", BOTH), e.SettlementOffered: ("offer.made", BOTH),
    e.SettlementAccepted: ("offer.accepted", BOTH), e.SettlementDeclined: ("offer.denied", BOTH),
    e.MessagePosted: ("message.posted", BOTH), e.ProceedingsReported: ("case.suspended", ALL),
    e.ProceedingsEnded: ("case.resumed", ALL), e.EvidenceRequested: ("evidence.requested", ALL),
    e.Reclassified: ("case.reclassified", BOTH), e.EvidenceAdmitted: ("evidence.admitted", ALL),
    e.VerificationRecorded: ("evidence.verified", BOTH), e.CaseClaimed: ("case.claimed", ("operator",)),
    e.CaseReleased: ("case.released", ("operator",)), e.Decided: ("decision.issued", BOTH),
    e.DecisionCorrected: ("decision.corrected", BOTH), e.AppealLodged: ("appeal.opened", BOTH),
    e.AppealDecided: ("appeal.decided", BOTH), e.CarrierHeard: ("recourse.due", ("adjudicator",)),
    e.RecourseAllocated: ("recourse.allocated", ("seller", "carrier", "operator")),
    e.DeadlineExtended: ("deadline.extended", ALL), e.FactsUpdated: ("facts.updated", BOTH),
    e.ReturnShipped: ("return.shipped", BOTH), e.ReturnReceived: ("return.received", BOTH),
    e.ReturnRefused: ("return.refused", BOTH), e.ReturnLapsed: ("return.lapsed", BOTH),
    e.ReturnSentBack: ("remedy.due", BOTH),
    e.RemedyStarted: ("remedy.due", BOTH), e.RemedyReported: ("remedy.reported", ("buyer", "operator")),
    e.RemedyFulfilled: ("remedy.fulfilled", BOTH), e.RemedyOverdue: ("remedy.overdue", ("buyer", "seller", "operator")),
    e.RemedyDeducted: ("payout.deducted", BOTH), e.RemedyWaived: ("remedy.waived", BOTH),
    e.ChargebackReported: ("chargeback.reported", ("seller", "operator")),
    e.EnforcementApplied: ("enforcement.applied", ("seller",)),
    e.EnforcementReversed: ("enforcement.reversed", ("seller",)),
    e.EnforcementExpired: ("enforcement.expired", ("seller",)),
    e.FileMissing: ("evidence.file_missing", ALL), e.EvidenceRedacted: ("evidence.redacted", ALL),
    e.LegalHoldPlaced: ("case.held", ALL), e.LegalHoldLifted: ("case.hold_lifted", ALL),
    e.PersonalDataErased: ("case.erased", ALL), e.CaseClosed: ("case.closed", ALL),
}  # fmt: skip


def notices(after: Case, event: e.Event) -> tuple[Notice, ...]:
    """Who is told what, on the case as the event leaves it. The carrier only hears of cases it is part of."""
    kind, to = _named(event)
    heard = any(d.party == "carrier" for d in after.deadlines)
    told: tuple[Role, ...] = tuple(role for role in to if role != "carrier" or heard)
    made = [Notice(kind, told)]
    if isinstance(event, e.EvidenceSubmitted) and any(item.late for item in event.items):
        made.append(Notice("evidence.late", BOTH))
    if duties := _duties(event):
        made.append(Notice("action.required", tuple(dict.fromkeys(d.party for d in duties))))
    return tuple(made)


def names(event: e.Event) -> tuple[str, ...]:
    """Every public name an event is known by, whatever the case."""
    late = isinstance(event, e.EvidenceSubmitted) and any(item.late for item in event.items)
    return (_named(event)[0],) + (("evidence.late",) if late else ()) + (("action.required",) if _duties(event) else ())


def _duties(event: e.Event) -> tuple[Deadline, ...]:
    """The clocks that call on somebody: not a file the sender has under way, nor the time a record is kept."""
    return tuple(d for d in event.starts if d.kind not in ("upload", "retention"))


def _named(event: e.Event) -> tuple[str, tuple[Role, ...]]:
    match event:
        case e.RequestApproved():
            return ("request.auto_approved" if event.by_silence else "request.approved"), BOTH
        case e.AppealLodged() | e.AppealDecided() if event.appeal.against.startswith("x"):
            lodged = isinstance(event, e.AppealLodged)
            return ("enforcement.appealed" if lodged else "enforcement.appeal_decided"), ("seller", "operator")
        case e.ProceedingsEnded() if not event.resumed:
            return "proceedings.ended", ALL
        case e.FileNoted():
            return ("evidence.file_refused" if event.state == "refused" else "evidence.file_noted"), (event.party,)
        case e.DeadlineLapsed():
            return ("deadline.missed", ("adjudicator", "operator")) if event.alarm else ("deadline.missed", BOTH)
    return KINDS[type(event)]
