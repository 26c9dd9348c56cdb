"""Tidy: what an event leaves behind is put in order, so that no clock or copy outlives what it belongs to.

A remedy no longer owed has no clock and no return leg; an offer or a request for material whose time ended is over; a
moved deadline moves its copies; what a carrier may have to pay shrinks with the refunds it is about. Part of evolve.py:
total, never refuses. Clauses: none of its own.
"""

from typing import Any

from msgspec.structs import replace

from amends.law import events as e
from amends.law.case import MONEY_KINDS, Case, CostShare, Deadline, Recourse, Remedy, claimed, is_live
from amends.law.money import split

OF_REMEDY = frozenset({"remedy", "return_shipment", "return_inspection"})
UNDER_WAY = frozenset({"awaiting_shipment", "in_transit"})


def tidy(case: Case, event: e.Event) -> Case:
    """The case with everything that depended on what ended, ended too."""
    if event.moves:
        case = _copies_moved(case, {moved.id for moved in event.moves})
    if case.remedies:
        case = _clocks_of_waived(_idle_return(case))
    if case.recourse is not None:
        case = replace(case, recourse=_shrunk(case, case.recourse))
    return _questions_over(case) if event.ends else case


def _idle_return(case: Case) -> Case:
    """A return that nothing waits for any more has lapsed, and so has its label."""
    leg = case.return_leg
    if leg is None or leg.state not in UNDER_WAY or _lives(case, leg.remedy_id):
        return case
    remedies = tuple(
        replace(r, status="waived") if r.kind == "return_label" and is_live(r) else r for r in case.remedies
    )
    return replace(case, return_leg=replace(leg, state="lapsed", ended_at=case.updated_at), remedies=remedies)


def _lives(case: Case, remedy_id: str) -> bool:
    return any(r.id == remedy_id and is_live(r) for r in case.remedies)


def _clocks_of_waived(case: Case) -> Case:
    """No clock runs for a remedy that is no longer owed."""
    live = {r.id for r in case.remedies if is_live(r)}
    idle = {d.id for d in case.deadlines if d.state == "open" and d.kind in OF_REMEDY and d.subject not in live}
    if not idle:
        return case
    return replace(case, deadlines=tuple(replace(d, state="ended") if d.id in idle else d for d in case.deadlines))


def _questions_over(case: Case) -> Case:
    """Offers and requests for material follow their deadlines."""
    running = {d.subject for d in case.deadlines if d.state == "open"}
    changes: dict[str, Any] = {}
    if any(o.status == "open" and o.id not in running for o in case.offers):
        changes["offers"] = tuple(
            replace(o, status="lapsed") if o.status == "open" and o.id not in running else o for o in case.offers
        )
    if any(q.status == "open" and q.id not in running for q in case.evidence_requests):
        changes["evidence_requests"] = tuple(
            replace(q, status="ended") if q.status == "open" and q.id not in running else q
            for q in case.evidence_requests
        )
    return replace(case, **changes) if changes else case


def _copies_moved(case: Case, moved: set[str]) -> Case:
    """Where a deadline's end is shown elsewhere, it is the same end."""
    ends: dict[tuple[str, str | None], Deadline] = {(d.kind, d.subject): d for d in case.deadlines if d.id in moved}

    def due(kind: str, subject: str | None, old: Any) -> Any:
        deadline: Deadline | None = ends.get((kind, subject))
        return deadline.due_at if deadline is not None else old

    decisions = case.decisions
    if decisions:
        last = decisions[-1]
        decisions = (*decisions[:-1], replace(last, appeal_until=due("appeal", None, last.appeal_until)))
    return replace(
        case,
        remedies=tuple(replace(r, due_at=due("remedy", r.id, r.due_at)) for r in case.remedies),
        offers=tuple(replace(o, valid_until=due("settlement_offer", o.id, o.valid_until)) for o in case.offers),
        evidence_requests=tuple(
            replace(q, due_at=due("requested_evidence", q.id, q.due_at)) for q in case.evidence_requests
        ),
        enforcement=tuple(_measure_moved(case, x, moved) for x in case.enforcement),
        decisions=decisions,
    )


def _measure_moved(case: Case, measure: Any, moved: set[str]) -> Any:
    for deadline in case.deadlines:
        if deadline.id not in moved or deadline.kind != "enforcement" or deadline.subject != measure.id:
            continue
        name = "expires_at" if deadline.on_timeout == "enforcement_expires" else "appeal_until"
        measure = replace(measure, **{name: deadline.due_at})
    return measure


def members(case: Case, recourse: Recourse) -> tuple[Remedy, ...]:
    """The remedies a recourse is about, with those that took their place."""
    return tuple(r for r in case.remedies if r.id in recourse.remedies or r.ordered_by in recourse.remedies)


def borne_so_far(case: Case, bearer: str) -> int:
    """What a bearer already carries of money that somebody else paid, minor units."""
    recourse = case.recourse
    if recourse is None or recourse.status != "allocated" or recourse.paid_by == bearer:
        return 0
    paid = sum(r.amount or 0 for r in members(case, recourse) if r.status in ("fulfilled", "deducted"))
    if not paid or not any(s.amount for s in recourse.shares):
        return 0
    parts = split(paid, [s.amount for s in recourse.shares])
    return sum(part for s, part in zip(recourse.shares, parts, strict=True) if s.bearer == bearer)


def _shrunk(case: Case, recourse: Recourse) -> Recourse | None:
    """The cost is what was really ordered and not waived; a pending one without cost is over."""
    if not recourse.remedies:
        return recourse
    about = [r for r in members(case, recourse) if r.status != "waived"]
    worth = claimed(case, case.requests[-1].quantity)
    cost = min(case.paid, sum((r.amount or 0) if r.kind in MONEY_KINDS else worth for r in about))
    if cost == recourse.cost:
        return recourse
    if recourse.status == "pending":
        return replace(recourse, cost=cost) if cost else None
    if recourse.bearer == recourse.paid_by:
        return replace(recourse, cost=cost, shares=(CostShare(recourse.bearer, cost),))
    return recourse
