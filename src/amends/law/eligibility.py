"""Eligibility: what a buyer may still do about an order line, for the order page of a marketplace.

The answer is the table's own (moves.py): what is shown as open is granted, and what is refused says why. Pure.
Clauses: US-13 … US-22, US-36; ID-11; reading A1.
"""

from datetime import datetime

import msgspec

from amends.law import commands as k
from amends.law.case import Case
from amends.law.deadlines import filing_window
from amends.law.moves import decide
from amends.law.policy import SCENARIO_OF
from amends.law.refusal import Refused
from amends.law.rule import Moment, open_for

REASONS: tuple[k.Reason, ...] = (*SCENARIO_OF, "changed_mind")


class Eligibility(msgspec.Struct, frozen=True):
    """What a buyer may still do about a line: request (for which `reasons`), dispute, until when, or why not."""

    requestable: bool
    disputable: bool
    reasons: tuple[k.Reason, ...]
    closes_at: datetime | None
    disputes_left: int
    refused: Refused | None


def eligibility(case: Case, m: Moment) -> Eligibility:
    """What the buyer (the moment's actor) may do about this line at this instant."""
    left = max(0, m.policy.limits.disputes_per_line.value - case.round)
    answers = {reason: _filing(case, m, reason) for reason in REASONS}
    reasons = tuple(reason for reason, refused in answers.items() if refused is None)
    refused = _disputing(case, m)
    disputable = refused is None or refused.code == "amount_invalid"
    if reasons or disputable:
        return Eligibility(bool(reasons), disputable, reasons, _closes_at(m, reasons), left, None)
    why = refused if case.requests else next(iter(answers.values()))
    return Eligibility(False, False, (), None, left, why)


def _filing(case: Case, m: Moment, reason: k.Reason) -> Refused | None:
    order = case.order
    asked = k.FileRequest(order.order_id, order.line.id, reason, "refund", "-")
    answer = decide(case, asked, m.actor, m.at, m.policy)
    return answer if isinstance(answer, Refused) else None


def _disputing(case: Case, m: Moment) -> Refused | None:
    answer = decide(case, k.OpenDispute(), m.actor, m.at, m.policy)
    return answer if isinstance(answer, Refused) else None


def _closes_at(m: Moment, reasons: tuple[k.Reason, ...]) -> datetime | None:
    """When the last of what is open closes: the buyer's running window, or the longest filing window."""
    for kind in ("open_dispute", "further_dispute", "refile_request"):
        deadline = open_for(m.case, kind)
        if deadline is not None and m.at < deadline.due_at:
            return deadline.due_at
    late = m.case.order.fulfilment.delivered_at is None
    ends = [filing_window(m, SCENARIO_OF.get(reason, "inconsistent"), late=late)[0] for reason in reasons]
    return max((d.due_at for d in ends if d is not None), default=None)
