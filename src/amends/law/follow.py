"""What follows of itself from the state a decision leaves: reviews begin, defaults fall, waiting remedies start,
cases close. Asked again after each answer until nothing follows.

Nothing is decided before every right-holder's window ended or was waived, except the default of A5. With platform
shipping the carrier's window does not hold up the buyer's decision (A26).
Clauses: US-45, 49, 86, 113, 114; ID-18; readings A5, A9, A17, A26.
"""

from amends.law import events as e
from amends.law.case import MONEY_KINDS, Case, ClosedAs, Stage, is_live, is_pending
from amends.law.deadlines import starting
from amends.law.decision import decision_clauses, default
from amends.law.evidence import buyer_material_complete, seller_silent, under_way
from amends.law.privacy import retention
from amends.law.recourse import allocation_alarm
from amends.law.remedy import order_deduction, ship_back, start
from amends.law.rule import Moment, ending, settling

RIGHTS = ("appeal", "further_dispute", "open_dispute", "refile_request")
ENDS: dict[Stage, ClosedAs] = {"refused": "expired", "withdrawn": "withdrawn", "decided": "decided"}
WAITING = frozenset({"refused", "withdrawn", "agreed", "decided"})


def follow(m: Moment) -> e.Event | None:
    """The next thing that follows, or None."""
    stage = m.case.stage
    if stage == "gathering_evidence":
        return _starting_remedy(m) or _from_evidence(m)
    if stage == "under_review":
        return _starting_remedy(m) or _review_resumed(m)
    if stage == "under_appeal":
        return _carrier_heard(m) or _starting_remedy(m)
    if stage in WAITING:
        return _carrier_heard(m) or _starting_remedy(m) or _deducting(m) or _shipping_back(m) or _closing(m)
    return None


def _from_evidence(m: Moment) -> e.Event | None:
    if under_way(m.case):
        return None
    asked = m.case.open_deadlines("reply", "requested_evidence")
    if seller_silent(m.case) and not asked and buyer_material_complete(m.case, m.policy):
        return default(m)
    kinds = ["buyer_evidence", "seller_evidence", "reply", "requested_evidence"]
    if m.case.order.fulfilment.mode == "ship_by_seller":
        kinds.append("carrier_evidence")
    if m.case.open_deadlines(*kinds):  # type: ignore[arg-type]  # names of deadline kinds
        return None
    return _review(m)


def _review_resumed(m: Moment) -> e.Event | None:
    """Material asked for or a reply came in, or its time ended: the adjudicator's time runs anew from here (G2)."""
    if m.case.open_deadlines("reply", "requested_evidence", "decision"):
        return None
    kinds = [d.kind for d in m.case.deadlines if d.kind in ("decision", "reply", "requested_evidence")]
    return _review(m) if kinds and kinds[-1] != "decision" else None


def _review(m: Moment) -> e.ReviewBegan:
    alarm = starting(m, "decision", "adjudicator", m.policy.windows.decision, "alarm", event="evidence_complete")
    return e.ReviewBegan(at=m.at, actor=m.actor, clauses=decision_clauses(m.policy), starts=(alarm,))


def _carrier_heard(m: Moment) -> e.Event | None:
    """The carrier's window is over and who bears the cost is still open: the adjudicator's clock starts."""
    recourse = m.case.recourse
    if recourse is None or recourse.status != "pending" or m.case.open_deadlines("carrier_evidence"):
        return None
    if any(d.kind == "recourse" for d in m.case.deadlines):
        return None
    return e.CarrierHeard(at=m.at, actor=m.actor, clauses=recourse.clauses, starts=(allocation_alarm(m),))


def _starting_remedy(m: Moment) -> e.Event | None:
    """A refund that waited for the goods, or a discard that waited for irrevocability, is due now."""
    for remedy in m.case.remedies:
        if not is_live(remedy) or remedy.awaits is None:
            continue
        returned = m.case.return_leg is not None and m.case.return_leg.state == "received"
        if remedy.awaits == "return" and returned:
            return start(m, remedy)
        if (
            remedy.awaits == "irrevocable"
            and m.case.stage in WAITING
            and not m.case.open_deadlines("appeal", "further_dispute")
        ):
            return start(m, remedy)
    return None


def _deducting(m: Moment) -> e.Event | None:
    """A deduction that waited for a further dispute or an appeal is ordered once that is over (ID-18)."""
    for r in m.case.remedies:
        if (
            r.status == "overdue"
            and r.owner == "seller"
            and r.kind in MONEY_KINDS
            and not (r.deducting or r.reported_at)
        ):
            return order_deduction(m, r)
    return None


def _shipping_back(m: Moment) -> e.Event | None:
    """Goods the seller refused, and nobody disputes or can dispute any more, go back to the buyer. [G5]"""
    leg = m.case.return_leg
    if leg is None or leg.state != "refused" or m.case.stage not in ("refused", "withdrawn", "decided"):
        return None
    if m.case.open_deadlines("open_dispute", "further_dispute", "refile_request"):
        return None
    back = any(r.kind == "ship_back_to_buyer" for r in m.case.remedies)
    money = any(r.kind in MONEY_KINDS and r.status != "waived" for r in m.case.remedies)
    return None if back or money else ship_back(m)


def _closing(m: Moment) -> e.Event | None:
    if not closable(m.case):
        return None
    closed_as = ENDS.get(m.case.stage) or _agreed_end(m.case)
    return e.CaseClosed(
        at=m.at, actor=m.actor, clauses=_ends_by(m, closed_as), starts=retention(m), ends=ending(m.case),
        closed_as=closed_as,
    )  # fmt: skip


def _ends_by(m: Moment, closed_as: str) -> tuple[str, ...]:
    """The clauses on which a case ends."""
    windows = m.policy.windows
    if closed_as == "decided" and m.case.decision:
        return m.case.decision.clauses
    if closed_as == "settled":
        return settling(m)
    ended = {"expired": windows.open_dispute, "withdrawn": windows.further_dispute}
    return ended.get(closed_as, windows.remedy).clauses


def _agreed_end(case: Case) -> ClosedAs:
    """How an agreement ended: a settlement, a remedy performed, or a return that was never sent."""
    if any(o.status == "accepted" for o in case.offers):
        return "settled"
    done = any(r.status in ("fulfilled", "deducted") and r.kind != "return_label" for r in case.remedies)
    lapsed = case.return_leg is not None and case.return_leg.state == "lapsed"
    return "expired" if lapsed and not done else "remedied"


def closable(case: Case) -> bool:
    """Nothing is owed, under way, unallocated, or still to be contested by anybody."""
    if any(is_live(r) for r in case.remedies):
        return False
    if case.return_leg is not None and case.return_leg.state in ("awaiting_shipment", "in_transit"):
        return False
    if case.recourse is not None and case.recourse.status == "pending":
        return False
    if case.open_deadlines(*RIGHTS):  # type: ignore[arg-type]  # names of deadline kinds
        return False
    if any(is_pending(a) for a in case.appeals):
        return False
    return all(d.on_timeout != "enforcement_stands" for d in case.open_deadlines("enforcement"))
