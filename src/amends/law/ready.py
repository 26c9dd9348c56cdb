"""Whether a move is open at this moment, whatever its details: one small question a row of the table.

The same answer draws a button, fills `available_actions` and refuses a command. Half-open: in time is `at < due_at`.
Clauses: those of the windows asked about.
"""

from amends.law.case import MONEY_KINDS, DeadlineKind, is_live, is_pending
from amends.law.desk import held_by_another
from amends.law.evidence import DELIVERY, asked_of, contested, may_file, submission_clauses
from amends.law.files import may_redact
from amends.law.refusal import Refused
from amends.law.rule import Moment, Ready, instant, open_for, settling
from amends.law.tidy import members

AWAITED = "it waits for the goods to come back"


def always(m: Moment) -> Refused | None:
    """Nothing more is asked than stage and role."""
    return None


def _window(m: Moment, kind: DeadlineKind, clauses: tuple[str, ...]) -> Refused | None:
    """The deadline of this kind is open and not yet due."""
    deadline = open_for(m.case, kind)
    if deadline is None or m.at >= deadline.due_at:
        ended = max((d.due_at for d in m.case.deadlines if d.kind == kind), default=None)
        return Refused("window_closed", clauses, {"until": instant(ended)})
    return None


def can_file(m: Moment) -> Refused | None:
    """A first request, or a new one after a request was withdrawn before any dispute, while that may be renewed."""
    if m.case.stage == "unopened":
        return None
    rule = m.policy.windows.refile_request
    if m.case.disputes:
        return Refused("withdrawn", rule.clauses)
    return _window(m, "refile_request", rule.clauses)


def answer_open(m: Moment) -> Refused | None:
    """The seller's time to answer runs; after a refusal it may still change its mind while the buyer may dispute."""
    if m.case.stage == "refused":
        return _window(m, "open_dispute", m.policy.windows.open_dispute.clauses)
    return _window(m, "seller_answer", m.policy.windows.seller_answer.clauses)


def may_submit(m: Moment) -> Refused | None:
    """While the matter is open material is always taken (late if late); afterwards only in a window that still runs."""
    if refused := _heard(m):
        return refused
    if m.case.stage in ("decided", "agreed"):
        return _own_window(m)
    return None


def may_decline(m: Moment) -> Refused | None:
    """Only an open window or request for material can be declined."""
    return _heard(m) or _own_window(m)


def _heard(m: Moment) -> Refused | None:
    """A carrier is heard where the parcel's journey matters."""
    if m.actor.role == "carrier" and m.case.scenario not in DELIVERY and not asked_of(m, "carrier"):
        return Refused("not_your_turn", m.policy.windows.carrier_evidence.clauses,
                       {"whose": "the carrier is heard on delivery only"})  # fmt: skip
    return None


def _own_window(m: Moment) -> Refused | None:
    if may_file(m, m.actor.role) or asked_of(m, m.actor.role):
        return None
    return Refused("window_closed", submission_clauses(m, m.actor.role), {"until": "-"})


def may_settle(m: Moment) -> Refused | None:
    """There is still money or an unperformed remedy to settle about."""
    if m.case.stage == "decided" and m.case.refundable == 0 and not m.case.owed:
        return Refused("already_resolved", settling(m))
    return None


def offer_open(m: Moment) -> Refused | None:
    """Some offer is open."""
    if any(o.status == "open" for o in m.case.offers):
        return None
    return Refused("unknown_reference", settling(m), {"what": "open offer"})


def offer_to_answer(m: Moment) -> Refused | None:
    """Some offer of the other side is open."""
    if any(o.status == "open" and o.by != m.actor.role for o in m.case.offers):
        return None
    if any(o.status == "open" for o in m.case.offers):
        return Refused("not_your_turn", settling(m),
                       {"whose": "the other side answers this offer"})  # fmt: skip
    return offer_open(m)


def return_to_ship(m: Moment) -> Refused | None:
    """Goods wait to be sent back, in time."""
    if m.case.return_leg is None or m.case.return_leg.state != "awaiting_shipment":
        return Refused("unknown_reference", m.policy.windows.return_shipment.clauses, {"what": "return to ship"})
    return _window(m, "return_shipment", m.policy.windows.return_shipment.clauses)


def return_under_way(m: Moment) -> Refused | None:
    """Goods are on their way back and the seller's time to inspect runs."""
    if m.case.return_leg is None or m.case.return_leg.state != "in_transit":
        return Refused("unknown_reference", m.policy.windows.return_inspection.clauses, {"what": "return under way"})
    return _window(m, "return_inspection", m.policy.windows.return_inspection.clauses)


def owes(owner: str) -> Ready:
    """The owner has a remedy to perform."""

    def owes_remedy(m: Moment) -> Refused | None:
        if any(r.owner == owner and is_live(r) for r in m.case.remedies):
            return None
        return Refused("unknown_reference", m.policy.windows.remedy.clauses, {"what": f"remedy the {owner} owes"})

    return owes_remedy


def owes_money(m: Moment) -> Refused | None:
    """Money is owed and nothing has to happen before it is paid."""
    if any(is_live(r) and r.amount is not None and r.awaits is None for r in m.case.remedies):
        return None
    return _nothing_owed(m) or Refused("not_your_turn", m.policy.windows.remedy.clauses, {"whose": AWAITED})


def overdue_money(m: Moment) -> Refused | None:
    """A refund of the seller is overdue."""
    if any(r.status == "overdue" and r.kind in MONEY_KINDS and r.owner == "seller" for r in m.case.remedies):
        return None
    clauses = m.policy.windows.remedy.clauses
    return _nothing_owed(m) or Refused("not_your_turn", clauses, {"whose": "only an overdue refund is deducted"})


def _nothing_owed(m: Moment) -> Refused | None:
    """No money is owed: none was ordered, or all of it is done."""
    ordered = [r for r in m.case.remedies if r.amount is not None]
    if not ordered:
        return Refused("unknown_reference", m.policy.windows.remedy.clauses, {"what": "money owed"})
    if any(is_live(r) for r in ordered):
        return None
    return Refused("remedy_done", ordered[-1].clauses, {"status": ordered[-1].status})


def free(m: Moment) -> Refused | None:
    """Nobody else holds the case, and the adjudicator is no party to it."""
    return held_by_another(m)


def work_to_claim(m: Moment) -> Refused | None:
    """There is work for an adjudicator here, and nobody else has it."""
    if m.case.stage in ("decided", "agreed", "refused", "withdrawn") and recourse_open(m) is not None:
        return Refused("not_in_stage", (), {"stage": m.case.stage})
    return held_by_another(m)


def claimed(m: Moment) -> Refused | None:
    """The adjudicator holds the case."""
    if m.case.assigned_to == m.actor.id:
        return None
    return Refused("not_your_turn", (), {"whose": "this case is not claimed by you"})


def reclassifiable(m: Moment) -> Refused | None:
    """A case may be classed anew as often as the policy says (A22)."""
    limit = m.policy.limits.reclassifications
    if m.case.reclassified >= limit.value:
        return Refused("already_resolved", limit.clauses)
    return held_by_another(m)


def late_evidence(m: Moment) -> Refused | None:
    """Some evidence came late and was not admitted."""
    if any(x.late and not x.admitted for x in m.case.evidence):
        return held_by_another(m)
    return Refused("unknown_reference", m.policy.windows.reply.clauses, {"what": "late evidence"})


def redactable(m: Moment) -> Refused | None:
    """There is a picture or page of one's own (an adjudicator: of anybody) that can be covered."""
    if may_redact(m.case, m.actor.role):
        return held_by_another(m) if m.actor.role == "adjudicator" else None
    return Refused("unknown_reference", m.policy.pack.rule_clauses.get("files.redact", ()),
                   {"what": "picture or page of yours"})  # fmt: skip


def decidable(m: Moment) -> Refused | None:
    """Every right-holder's window ended or was waived: no reply or request for material is still open."""
    if refused := contested(m):
        return refused
    carrier = open_for(m.case, "carrier_evidence")
    if carrier is not None and m.case.order.fulfilment.mode == "ship_by_seller":
        return Refused("not_your_turn", carrier.clauses, {"whose": f"the carrier has until {instant(carrier.due_at)}"})
    return held_by_another(m)


def correctable(m: Moment) -> Refused | None:
    """There is a decision to correct, and no other adjudicator holds the case."""
    return held_by_another(m)


def appealable(m: Moment) -> Refused | None:
    """The time to appeal a decision (or an enforcement) runs and that appeal was not made."""
    if _measure_window(m):
        return None
    limit = m.policy.limits.appeals_per_decision
    number = str(m.case.decision.number) if m.case.decision else "0"
    if sum(1 for a in m.case.appeals if a.against == number) >= limit.value:
        return Refused("already_resolved", limit.clauses)
    return _window(m, "appeal", m.policy.windows.appeal.clauses)


def enforcement_appealable(m: Moment) -> Refused | None:
    """An enforcement's own time to appeal runs."""
    if _measure_window(m):
        return None
    if not m.case.enforcement:
        return Refused("not_in_stage", m.policy.windows.appeal.clauses, {"stage": m.case.stage})
    last = m.case.enforcement[-1]
    if any(a.against == last.id for a in m.case.appeals):
        return Refused("already_resolved", m.policy.limits.appeals_per_decision.clauses)
    return Refused("window_closed", m.policy.windows.enforcement_appeal.clauses, {"until": instant(last.appeal_until)})


def _measure_window(m: Moment) -> bool:
    """Whether some enforcement may be appealed now."""
    return any(d.on_timeout == "enforcement_stands" and m.at < d.due_at for d in m.case.open_deadlines("enforcement"))


def appeal_pending(m: Moment) -> Refused | None:
    """An appeal waits for its result, and this adjudicator is free to give it."""
    pending = [a for a in m.case.appeals if is_pending(a)]
    if not pending:
        return Refused("unknown_reference", m.policy.windows.appeal_decision.clauses, {"what": "open appeal"})
    rules = m.policy.pack.appeals.other_adjudicator
    decision = m.case.decision
    against_decision = any(not a.against.startswith("x") for a in pending)
    if against_decision and len(pending) == 1 and decision and decision.adjudicator == m.actor.id:
        return Refused("same_adjudicator", rules.clauses)
    return held_by_another(m)


def recourse_open(m: Moment) -> Refused | None:
    """The cost is not allocated yet, and the carrier was heard or its time ended."""
    recourse = m.case.recourse
    if recourse is None or recourse.status != "pending":
        return Refused("unknown_reference", (), {"what": "recourse to allocate"})
    if recourse.paid_by == "seller" and any(is_live(r) for r in members(m.case, recourse)):
        return Refused("not_your_turn", recourse.clauses, {"whose": "the seller has yet to do what it is about"})
    carrier = open_for(m.case, "carrier_evidence")
    if carrier is not None:
        return Refused("not_your_turn", carrier.clauses, {"whose": f"the carrier has until {instant(carrier.due_at)}"})
    return held_by_another(m)


def has_deadlines(m: Moment) -> Refused | None:
    """Some clock runs."""
    if m.case.open_deadlines():
        return held_by_another(m)
    return Refused("unknown_reference", (), {"what": "running deadline"})


def money_left(m: Moment) -> Refused | None:
    """Something paid is not yet back with the buyer."""
    if m.case.refunded < m.case.paid:
        return None
    return Refused("amount_too_large", (), {"most": "0"})


def enforced(m: Moment) -> Refused | None:
    """Some enforcement can be taken back."""
    if any(x.status not in ("reversed", "expired") for x in m.case.enforcement):
        return None
    if m.case.enforcement:
        last = m.case.enforcement[-1]
        return Refused("remedy_done", last.clauses, {"status": last.status})
    return Refused("unknown_reference", (), {"what": "enforcement"})


def something_due(m: Moment) -> Refused | None:
    """Some deadline is due."""
    if any(m.at >= d.due_at for d in m.case.open_deadlines()):
        return None
    return Refused("not_your_turn", (), {"whose": "no deadline is due yet"})
