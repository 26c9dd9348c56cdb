"""Chapter 2, the dispute: the buyer brings a refused request to the platform, at most twice a line, never two at once.

Clauses: US-4, 15 … 24, 29, 40 … 43, 63, 64; ID-3, 11, 12; readings A1, A2, A4, A6, A7, A8.
"""

from msgspec.structs import replace

from amends.law import commands as k
from amends.law import events as e
from amends.law.case import Deadline, Evidence, claimed, return_refused_since
from amends.law.deadlines import acceptance
from amends.law.evidence import collect, first_windows
from amends.law.policy import SCENARIO_OF, Ground
from amends.law.refusal import Refused
from amends.law.request import fits
from amends.law.rule import Moment, Result, ending, instant, open_for, unique


def open_dispute(m: Moment, command: k.OpenDispute) -> Result:
    """A refused buyer may go to the platform in time; the evidence windows of all sides start here."""
    if refused := intake(m, command.reason or m.case.reason):
        return refused
    reason = command.reason or m.case.reason
    assert reason is not None, "a case that was requested has a reason"
    wanted = command.wanted or m.case.wanted
    named = command.amount or (m.case.asked_amount if wanted == "partial_refund" else None)
    if refused := fits(m, wanted, named, claimed(m.case, m.case.requests[-1].quantity)):
        return refused
    scenario = SCENARIO_OF[reason]
    visibility = command.visibility or m.case.visibility
    items = collect(m, command.evidence)
    if isinstance(items, Refused):
        return items
    number = m.case.round + 1
    items = tuple(_in_round(item, number) for item in items)
    windows = first_windows(m, scenario, visibility)
    return (
        e.DisputeOpened(
            at=m.at, actor=m.actor, clauses=_clauses(m), starts=windows,
            ends=ending(m.case, "open_dispute", "further_dispute"), number=number,
            reason=reason, scenario=scenario, wanted=wanted, amount=named, visibility=visibility,
            severity=command.severity or m.case.severity, statement=command.statement, evidence=items,
        ),
    )  # fmt: skip


def _in_round(item: Evidence, number: int) -> Evidence:
    return replace(item, round=number)


def _clauses(m: Moment) -> tuple[str, ...]:
    first = not m.case.disputes
    rule = m.policy.windows.open_dispute if first else m.policy.windows.further_dispute
    return unique(rule.clauses + m.policy.pack.rule_clauses.get("dispute.open", ()))


def ready(m: Moment) -> Refused | None:
    """Whether a dispute can be opened at all now, whatever its reason."""
    return intake(m, None)


def intake(m: Moment, reason: k.Reason | None) -> Refused | None:
    """The conditions of acceptance (all must hold) and grounds of refusal (any suffices), in the pack's order (A1)."""
    for ground in (*m.policy.pack.eligibility.refuse, *m.policy.pack.eligibility.accept):
        if refused := _ground(m, reason, ground):
            return replace(refused, otherwise=ground.otherwise)
    return None


def _ground(m: Moment, reason: k.Reason | None, ground: Ground) -> Refused | None:
    case, clauses = m.case, ground.clauses
    match ground.check:
        case "verified_buyer" if not case.order.buyer.verified:
            return Refused("not_a_buyer", clauses)
        case "already_resolved" if (
            case.stage == "decided"
            and case.decision
            and case.decision.outcome == "buyer_favour"
            and not return_refused_since(case)
        ):
            return Refused("already_resolved", clauses)
        case "dispute_limit" if case.round >= m.policy.limits.disputes_per_line.value:
            return Refused("dispute_limit", clauses, {"limit": str(m.policy.limits.disputes_per_line.value)})
        case "disputable_reason" if why := _not_disputable(m, reason):
            return Refused("not_disputable", clauses, {"why": why})
        case "acceptance_period" if not return_refused_since(case) and (until := _over(m, reason)):
            return Refused("window_closed", clauses, {"until": until})
        case "in_time_after_refusal" if _never_refused(m):
            return Refused("seller_has_not_refused", clauses)
        case "in_time_after_refusal" if _window(m) is None:
            return Refused("window_closed", clauses, {"until": _ended_at(m)})
    return None


def closed(m: Moment) -> Refused | None:
    """Why a closed case that was not resolved takes no dispute or request: the time, the limit, or a withdrawal."""
    grounds = {g.check: g for g in (*m.policy.pack.eligibility.accept, *m.policy.pack.eligibility.refuse)}
    limit = m.policy.limits.disputes_per_line.value
    match m.case.closed_as:
        case "expired":
            clauses = grounds["in_time_after_refusal"].clauses
            return Refused("window_closed", clauses, {"until": _ended_at(m)})
        case "withdrawn" if m.case.round >= limit:
            return Refused("dispute_limit", grounds["dispute_limit"].clauses, {"limit": str(limit)})
        case "withdrawn":
            return Refused("withdrawn", grounds["withdrawn"].clauses)
    return None


def _never_refused(m: Moment) -> bool:
    """Whether the request was taken back before any answer: then there is nothing to dispute."""
    return not m.case.disputes and m.case.requests[-1].answer == "withdrawn"


def _over(m: Moment, reason: k.Reason | None) -> str | None:
    """When the acceptance period of the reason's scenario ended, if it has."""
    limit = acceptance(m, SCENARIO_OF[reason]) if reason in SCENARIO_OF else None
    return instant(limit.due_at) if limit is not None and m.at >= limit.due_at else None


def _not_disputable(m: Moment, reason: k.Reason | None) -> str | None:
    if "digital" in m.case.order.line.traits:
        return "digital goods"
    if reason is not None and reason not in SCENARIO_OF:
        return reason
    return None


def _window(m: Moment) -> Deadline | None:
    """The buyer's open window to dispute, if it still runs at this instant."""
    for kind in ("open_dispute", "further_dispute"):
        deadline = open_for(m.case, kind)
        if deadline is not None and m.at < deadline.due_at:
            return deadline
    return None


def _ended_at(m: Moment) -> str:
    ends = [d.due_at for d in m.case.deadlines if d.kind in ("open_dispute", "further_dispute")]
    return instant(max(ends, default=None))
