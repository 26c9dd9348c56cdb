"""Lapse: a deadline ran out in silence. The clock's only command, dispatched by the deadline's kind.

Clauses: those of the deadline; silence approves (US-39), decides on the buyer's material (US-114), deducts (ID-20).
"""

from collections.abc import Callable

from amends.law import commands as k
from amends.law import enforcement, evidence, files, privacy, recourse, remedy, request, returns, settlement
from amends.law.case import Deadline, DeadlineKind
from amends.law.refusal import Refused
from amends.law.rule import Moment, Result, instant

LAPSES: dict[DeadlineKind, Callable[[Moment, Deadline], Result]] = {
    "seller_answer": request.lapse_answer,
    "open_dispute": settlement.lapse_close,
    "further_dispute": settlement.lapse_close,
    "refile_request": settlement.lapse_close,
    "buyer_evidence": evidence.lapse_window,
    "seller_evidence": evidence.lapse_window,
    "carrier_evidence": evidence.lapse_window,
    "requested_evidence": evidence.lapse_window,
    "reply": evidence.lapse_window,
    "decision": recourse.lapse_alarm,
    "appeal_decision": recourse.lapse_alarm,
    "recourse": recourse.lapse_alarm,
    "remedy": remedy.lapse,
    "appeal": settlement.lapse_close,
    "return_shipment": returns.lapse_shipment,
    "return_inspection": returns.lapse_inspection,
    "settlement_offer": settlement.lapse_offer,
    "enforcement": enforcement.lapse,
    "upload": files.lapse_upload,
    "retention": privacy.lapse_retention,
}


def lapse(m: Moment, command: k.Lapse) -> Result:
    """What the silence of one deadline means."""
    deadline = next((d for d in m.case.deadlines if d.id == command.deadline_id), None)
    if deadline is None:
        return Refused("unknown_reference", (), {"what": f"deadline {command.deadline_id}"})
    if deadline.state != "open":
        return Refused("already_resolved", deadline.clauses)
    if m.at < deadline.due_at:
        return Refused("not_your_turn", deadline.clauses, {"whose": f"it runs until {instant(deadline.due_at)}"})
    return LAPSES[deadline.kind](m, deadline)
