"""What is not open now, and why: the law asked with a plain example of each command people look for.

Nothing comes of asking: the answer is the refusal a person would get, with its clauses. Pure.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from amends.law import commands as k
from amends.law.actors import Actor
from amends.law.case import Case
from amends.law.moves import decide
from amends.law.policy import Policy
from amends.law.refusal import Refused

LOOKED_FOR: dict[str, tuple[str, ...]] = {
    "buyer": ("submit_evidence", "open_dispute", "withdraw", "accept_settlement", "offer_settlement", "ship_return"),
    "seller": ("approve_request", "reject_request", "submit_evidence", "offer_settlement", "appeal", "report_remedy"),
}
"""What people look for: shown with a reason when it is not open."""
EXAMPLES: dict[str, k.Command] = {
    "submit_evidence": k.SubmitEvidence((k.Item("conversation", text="-"),)),
    "open_dispute": k.OpenDispute(),
    "withdraw": k.Withdraw(),
    "accept_settlement": k.AcceptSettlement("-"),
    "offer_settlement": k.OfferSettlement("replacement"),
    "ship_return": k.ShipReturn("-", "0000"),
    "approve_request": k.ApproveRequest(),
    "reject_request": k.RejectRequest("-"),
    "appeal": k.Appeal("new_evidence", "-"),
    "report_remedy": k.ReportRemedy("-"),
}


class NotOpen(msgspec.Struct, frozen=True):
    """A command that is not open, and the refusal that says why."""

    command: str
    refused: Refused


def not_open(case: Case, actor: Actor, at: datetime, policy: Policy, open_now: Iterable[str]) -> tuple[NotOpen, ...]:
    """Commands people of the actor's role look for that are neither in `open_now` nor granted, each with its why."""
    known = set(open_now)
    asked = (command for command in LOOKED_FOR.get(actor.role, ()) if command not in known)
    answers = ((command, decide(case, EXAMPLES[command], actor, at, policy)) for command in asked)
    return tuple(NotOpen(command, answer) for command, answer in answers if isinstance(answer, Refused))


def why_not(case: Case, command: k.Command, actor: Actor, at: datetime, policy: Policy) -> Refused | None:
    """Why this very command would be refused now, or None when it would be granted."""
    answer = decide(case, command, actor, at, policy)
    return answer if isinstance(answer, Refused) else None
