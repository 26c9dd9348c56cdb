"""What was ruled and what follows, as it is shown: decisions, remedies, appeals, recourse, chargebacks.

Amounts become `{amount, currency}`; members of staff become pseudonyms for the parties (sight.py).
"""

from msgspec import UNSET
from msgspec.structs import replace

from amends.access import shapes as s
from amends.access.sight import Sight
from amends.law.case import AppealRecord, Case, Decision, Recourse, Remedy
from amends.law.money import Money


def money(case: Case, amount: int) -> Money:
    """An amount of the case in its order's currency."""
    return Money(amount, case.order.currency)


def maybe_money(case: Case, amount: int | None) -> Money | None:
    """An amount that may be left open."""
    return None if amount is None else Money(amount, case.order.currency)


def decision(one: Decision, sight: Sight) -> s.DecisionView:
    """A decision with its remedies; the trace of the policy's tables is for staff."""
    case = sight.case
    return s.DecisionView(
        number=one.number,
        dispute=one.dispute,
        at=one.at,
        outcome=one.outcome,
        basis=one.basis,
        by=one.by,
        adjudicator=sight.staff(one.adjudicator),
        findings=one.findings,
        fault=one.fault,
        clauses=one.clauses,
        rationale=one.rationale,
        evidence=one.evidence,
        remedies=tuple(remedy(case, r) for r in case.remedies if r.id in one.remedies),
        recourse=_recourse_of(one, sight),
        return_risk=one.return_risk,
        appeal_until=one.appeal_until,
        recommended=one.recommended,
        departure=one.departure,
        overturned=one.overturned,
        corrections=one.corrections,
        trace=one.trace if sight.is_staff else UNSET,
    )


def remedy(case: Case, one: Remedy) -> s.RemedyView:
    """An ordered act."""
    return s.RemedyView(
        id=one.id,
        kind=one.kind,
        owner=one.owner,
        amount=maybe_money(case, one.amount),
        status=one.status,
        due_at=one.due_at,
        awaits=one.awaits,
        ordered_by=one.ordered_by,
        reference=one.reference,
        reported_at=one.reported_at,
        clauses=one.clauses,
    )


def appeal(one: AppealRecord, sight: Sight) -> AppealRecord:
    """An appeal and its two results, its adjudicator named as the caller may know them."""
    return one if sight.is_staff else replace(one, adjudicator=sight.staff(one.adjudicator))


def recourse(one: Recourse, sight: Sight) -> s.RecourseView:
    """Who bears the cost in the end."""
    case = sight.case
    return s.RecourseView(
        status=one.status,
        paid_by=one.paid_by,
        proposed=one.proposed,
        cost=money(case, one.cost),
        remedies=one.remedies,
        bearer=one.bearer,
        shares=tuple(s.ShareView(bearer=x.bearer, amount=money(case, x.amount)) for x in one.shares),
        rationale=one.rationale,
        by=sight.staff(one.by),
        allocated_at=one.allocated_at,
        clauses=one.clauses,
    )


def chargebacks(case: Case) -> tuple[s.ChargebackView, ...]:
    """Money the buyer's bank took back."""
    return tuple(
        s.ChargebackView(at=one.at, amount=money(case, one.amount), reference=one.reference) for one in case.chargebacks
    )


def _recourse_of(one: Decision, sight: Sight) -> tuple[s.RecourseView, ...]:
    """The recourse stands beside the last decision, for those who may see it."""
    current = sight.case.recourse
    if current is None or one is not sight.case.decisions[-1] or not sight.sees_recourse():
        return ()
    return (recourse(current, sight),)
