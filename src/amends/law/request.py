"""Chapter 1, the request: the buyer asks the seller, the seller answers, silence approves.

Clauses: US-2, 3, 8, 10, 13, 14, 16, 17, 19, 20, 36 … 40; ID-1, 2; readings A1, A7, A14, A15.
"""

from msgspec.structs import replace

from amends.law import commands as k
from amends.law import events as e
from amends.law.case import Deadline, Ended, Request, claimed
from amends.law.deadlines import dispute_window, filing_window, starting
from amends.law.evidence import collect
from amends.law.policy import SCENARIO_OF, Ground, Policy
from amends.law.refusal import Refused
from amends.law.remedy import order_wanted
from amends.law.rule import Moment, Result, ending, instant, unique

VALID_STATUS = frozenset({"paid", "shipped", "delivered"})
WAITING_REASONS = frozenset({"delivery_late", "not_received"})


def file(m: Moment, command: k.FileRequest) -> Result:
    """A buyer may ask within the scenario's window of a valid order of its own. [US-36, A14]"""
    if refused := intake(m, command.reason) or _amounts(m, command):
        return refused
    items = collect(m, command.evidence)
    if isinstance(items, Refused):
        return items
    window = m.policy.windows.seller_answer
    answer = starting(m, "seller_answer", "seller", window, "approve_request", event="notice",
                      clauses=_silence(m.policy))  # fmt: skip
    quantity = command.quantity or m.case.order.line.quantity
    return (
        e.RequestFiled(
            at=m.at, actor=m.actor, clauses=_filing_clauses(m, command.reason), starts=(answer,),
            ends=ending(m.case, "refile_request"), order=m.case.order, pack=m.policy.pack.pack,
            edition=m.policy.pack.edition, reason=command.reason, scenario=SCENARIO_OF.get(command.reason),
            wanted=command.wanted, statement=command.statement, quantity=quantity, amount=command.amount,
            claim_id=command.claim_id, visibility=command.visibility, severity=command.severity,
            noticed_at=command.noticed_at, evidence=items,
        ),
    )  # fmt: skip


def intake(m: Moment, reason: k.Reason) -> Refused | None:
    """The conditions of acceptance and grounds of refusal that concern a request (A1)."""
    for ground in (*m.policy.pack.eligibility.accept, *m.policy.pack.eligibility.refuse):
        if refused := _ground(m, reason, ground):
            return replace(refused, otherwise=ground.otherwise)
    return None


def _ground(m: Moment, reason: k.Reason, ground: Ground) -> Refused | None:
    order = m.case.order
    match ground.check:
        case "verified_buyer" if not order.buyer.verified:
            return Refused("not_a_buyer", ground.clauses)
        case "valid_transaction" if order.status not in VALID_STATUS:
            return Refused("no_valid_transaction", ground.clauses, {"status": order.status})
        case "acceptance_period":
            return _too_late_or_early(m, reason, ground)
    return None


def _too_late_or_early(m: Moment, reason: k.Reason, ground: Ground) -> Refused | None:
    """The filing window of the reason's scenario is open now; where nothing arrived, once the promise passed."""
    fulfilment = m.case.order.fulfilment
    clauses = _filing_clauses(m, reason)
    if reason in WAITING_REASONS and (early := _not_late_yet(m, reason, clauses)):
        return early
    if reason not in WAITING_REASONS and (fulfilment.delivered_at is None or fulfilment.delivered_at > m.at):
        return Refused("not_delivered", clauses)
    derivation, _ = filing_window(m, SCENARIO_OF.get(reason, "inconsistent"), late=fulfilment.delivered_at is None)
    if derivation is None:
        return Refused("not_late_yet", clauses, {"promised": "-"})
    if m.at >= derivation.due_at:
        return Refused("window_closed", unique(ground.clauses + clauses), {"until": instant(derivation.due_at)})
    return None


def _not_late_yet(m: Moment, reason: k.Reason, clauses: tuple[str, ...]) -> Refused | None:
    fulfilment = m.case.order.fulfilment
    delivered, promised = fulfilment.delivered_at, fulfilment.promised_by
    if reason == "not_received" and delivered is not None and delivered <= m.at:
        return None  # the buyer disputes the delivered scan itself (A14)
    arrived = delivered if reason == "delivery_late" and delivered is not None else m.at
    if promised is not None and min(arrived, m.at) < promised:
        return Refused("not_late_yet", clauses, {"promised": instant(promised)})
    return None


def _filing_clauses(m: Moment, reason: k.Reason) -> tuple[str, ...]:
    late = m.case.order.fulfilment.delivered_at is None
    _, row = filing_window(m, SCENARIO_OF.get(reason, "inconsistent"), late=late)
    return row.clauses


def _silence(policy: Policy) -> tuple[str, ...]:
    """The clause by which silence approves stands beside the answer's window."""
    return policy.pack.rule_clauses.get("request.lapse", ())


def _amounts(m: Moment, command: k.FileRequest) -> Refused | None:
    """Quantity and amount fit the line; an amount is for partial refunds only."""
    line = m.case.order.line
    if command.quantity is not None and command.quantity > line.quantity:
        return Refused("amount_invalid", (), {"what": f"quantity is at most {line.quantity}"})
    return fits(m, command.wanted, command.amount, claimed(m.case, command.quantity or line.quantity))


def fits(m: Moment, wanted: str, amount: int | None, most: int) -> Refused | None:
    """A partial refund names an amount within what may still be refunded; nothing else names one."""
    if (wanted == "partial_refund") != (amount is not None):
        return Refused("amount_invalid", (), {"what": "give `amount` for partial_refund, and only then"})
    most = min(most, m.case.refundable)
    if amount is not None and amount > most:
        return Refused("amount_too_large", (), {"most": str(most)})
    return None


def approve(m: Moment, command: k.ApproveRequest) -> Result:
    """The seller agrees, to what was asked, or to the whole refund instead. [US-38]"""
    request = m.case.requests[-1]
    wanted = command.remedy or request.wanted
    amount = command.amount if command.remedy else (command.amount or request.amount)
    most = claimed(m.case, request.quantity)
    if refused := fits(m, wanted, amount, most) or _less_than_asked(request, wanted, amount):
        return refused
    return (_approved(m, wanted, amount, by_silence=False, statement=command.statement),)


def _less_than_asked(request: Request, wanted: str, amount: int | None) -> Refused | None:
    """What is agreed is what was asked or the whole price; anything else needs the buyer's consent (A12, A21)."""
    enough = wanted == "refund" or (wanted == request.wanted and (amount or 0) >= (request.amount or 0))
    if enough:
        return None
    return Refused("amount_invalid", (), {"what": "less or other than was asked is offered as a settlement"})


def reject(m: Moment, command: k.RejectRequest) -> Result:
    """The seller refuses with a reason; from here the buyer may go to the platform. [US-40]"""
    items = collect(m, command.evidence)
    if isinstance(items, Refused):
        return items
    window = dispute_window(m)
    starts = (window,) if window else ()
    clauses = unique(m.policy.windows.seller_answer.clauses + m.policy.windows.open_dispute.clauses)
    return (e.RequestRejected(at=m.at, actor=m.actor, clauses=clauses, starts=starts,
                              ends=ending(m.case, "seller_answer"), statement=command.statement,
                              evidence=items),)  # fmt: skip


def lapse_answer(m: Moment, deadline: Deadline) -> Result:
    """A seller who does not answer in time is taken to agree. [US-39]"""
    request = m.case.requests[-1]
    fired = (Ended(deadline.id, "fired"),)
    return (_approved(m, request.wanted, request.amount, by_silence=True, fired=fired),)


def _approved(
    m: Moment,
    wanted: str,
    amount: int | None,
    *,
    by_silence: bool,
    statement: str | None = None,
    fired: tuple[Ended, ...] = (),
) -> e.RequestApproved:
    most = claimed(m.case, m.case.requests[-1].quantity)
    source = "silence" if by_silence else "approval"
    ordered = order_wanted(m, wanted, amount, most, source)
    clauses = unique(m.policy.windows.seller_answer.clauses + _silence(m.policy) if by_silence
                     else m.policy.windows.seller_answer.clauses + ordered.clauses)  # fmt: skip
    ended = {f.id for f in fired}
    ends = fired + tuple(d for d in ending(m.case, "seller_answer", "open_dispute", "settlement_offer")
                         if d.id not in ended)  # fmt: skip
    return e.RequestApproved(at=m.at, actor=m.actor, clauses=clauses, starts=ordered.starts, ends=ends,
                             by_silence=by_silence, remedies=ordered.remedies, return_leg=ordered.return_leg,
                             recourse=ordered.recourse, statement=statement)  # fmt: skip
