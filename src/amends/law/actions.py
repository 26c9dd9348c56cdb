"""Actions: what an actor may do now, with the deadline that waits for it and what silence would mean.

Drawn beside the table (moves.py), which says whether an action is open at all. Clauses: those of the deadlines.
"""

from datetime import datetime

import msgspec

from amends.law.actors import Role
from amends.law.case import Case, Deadline, DeadlineKind
from amends.law.evidence import checklist
from amends.law.rule import Moment

WAITS: dict[str, tuple[DeadlineKind, ...]] = {
    "file_request": ("refile_request",),
    "approve_request": ("seller_answer",),
    "reject_request": ("seller_answer",),
    "open_dispute": ("open_dispute", "further_dispute"),
    "submit_evidence": ("requested_evidence", "reply", "buyer_evidence", "seller_evidence", "carrier_evidence"),
    "decline_evidence": ("requested_evidence", "reply", "buyer_evidence", "seller_evidence", "carrier_evidence"),
    "accept_settlement": ("settlement_offer",),
    "decline_settlement": ("settlement_offer",),
    "report_remedy": ("remedy",),
    "confirm_payment": ("remedy",),
    "ship_return": ("return_shipment",),
    "receive_return": ("return_inspection",),
    "refuse_return": ("return_inspection",),
    "appeal": ("appeal", "enforcement"),
    "decide": ("decision",),
    "decide_appeal": ("appeal_decision",),
    "allocate_recourse": ("recourse",),
}
"""Which deadlines an action answers."""

DUTIES = frozenset({"approve_request", "reject_request", "submit_evidence", "report_remedy", "confirm_payment",
                    "ship_return", "receive_return", "refuse_return", "decide", "decide_appeal",
                    "allocate_recourse"})  # fmt: skip
"""Actions that are owed while their deadline runs; the others are rights."""

NEEDS: dict[str, tuple[str, ...]] = {
    "file_request": ("reason", "wanted", "statement"),
    "reject_request": ("statement",),
    "offer_settlement": ("remedy",),
    "refuse_return": ("condition", "statement"),
    "receive_return": ("condition",),
    "ship_return": ("carrier", "tracking_number"),
    "appeal": ("grounds", "statement"),
    "decide": ("findings", "rationale"),
    "decide_appeal": ("result", "rationale"),
    "allocate_recourse": ("bearer", "rationale"),
    "apply_enforcement": ("clauses", "statement"),
    "redact_evidence": ("evidence_id", "areas"),
    "place_legal_hold": ("statement",),
    "lift_legal_hold": ("statement",),
    "erase_personal_data": ("party", "statement"),
}
"""What an action must carry; evidence still missing from the checklist is added."""


class Action(msgspec.Struct, frozen=True):
    """Something an actor may do now; `mandatory` when a deadline of its own waits for it."""

    command: str
    role: Role
    mandatory: bool
    due_at: datetime | None
    on_timeout: str | None
    requirements: tuple[str, ...]
    clauses: tuple[str, ...]


def action(m: Moment, command: str) -> Action:
    """The action of a command that is open to the moment's actor."""
    waiting = answered_by(m.case, m.actor.role, command)
    return Action(
        command,
        m.actor.role,
        waiting is not None and command in DUTIES,
        waiting.due_at if waiting else None,
        waiting.on_timeout if waiting else None,
        NEEDS.get(command, ()) + _missing(m, command),
        waiting.clauses if waiting else (),
    )


def answered_by(case: Case, role: str, command: str) -> Deadline | None:
    """The open deadline of a role that this command of theirs answers: the soonest, None where none waits for it."""
    kinds = WAITS.get(command)
    if not kinds:
        return None
    own = [d for d in case.open_deadlines(*kinds) if d.party == role]
    return min(own, key=lambda d: d.due_at, default=None)


def _missing(m: Moment, command: str) -> tuple[str, ...]:
    if command != "submit_evidence":
        return ()
    return tuple(
        " or ".join(line.types)
        for line in checklist(m.case, m.policy)
        if line.party == m.actor.role and line.required and line.status == "missing"
    )
