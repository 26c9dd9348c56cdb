"""The audit log: what was done in the marketplace and by whom, newest first, and every look of staff at an original.

Events are shown by kind, person and clauses; what anybody wrote is read in the case, where sight rules it.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from urllib.parse import urlencode

from amends.law.actors import Role
from amends.portal.timeline import LINES
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import N_
from amends.store import trail
from amends.store.errors import BadCursor, Busy
from amends.store.ids import parse_case_id
from amends.store.trail import Sought
from amends.text import whole_number

PAGE = 60
ROLES = tuple(role for role in get_args(Role) if role != "auditor")
KINDS = {
    "request_filed": N_("Request filed"),
    "request_approved": N_("Request accepted"),
    "request_rejected": N_("Request contested"),
    "dispute_opened": N_("Dispute opened"),
    "withdrawn": N_("Withdrawn"),
    "evidence_submitted": N_("Evidence sent"),
    "evidence_declined": N_("Evidence declined"),
    "deadline_lapsed": N_("Time ended"),
    "review_began": N_("Review began"),
    "settlement_offered": N_("Offer made"),
    "settlement_accepted": N_("Offer accepted"),
    "settlement_declined": N_("Offer declined"),
    "message_posted": N_("Message written"),
    "proceedings_reported": N_("Proceedings reported"),
    "proceedings_ended": N_("Proceedings ended"),
    "evidence_requested": N_("Evidence asked for"),
    "reclassified": N_("Case reclassified"),
    "evidence_admitted": N_("Late evidence admitted"),
    "verification_recorded": N_("Verification recorded"),
    "case_claimed": N_("Case taken"),
    "case_released": N_("Case given back"),
    "decided": N_("Decision"),
    "decision_corrected": N_("Decision corrected"),
    "appeal_lodged": N_("Appeal"),
    "appeal_decided": N_("Appeal decided"),
    "carrier_heard": N_("Carrier heard"),
    "recourse_allocated": N_("Cost allocated"),
    "deadline_extended": N_("More time given"),
    "facts_updated": N_("Facts updated"),
    "return_shipped": N_("Return sent"),
    "return_received": N_("Return accepted"),
    "return_refused": N_("Return refused"),
    "return_lapsed": N_("Return not sent in time"),
    "return_sent_back": N_("Goods sent back to the buyer"),
    "remedy_started": N_("Remedy due"),
    "remedy_reported": N_("Remedy reported"),
    "remedy_fulfilled": N_("Remedy done"),
    "remedy_overdue": N_("Remedy overdue"),
    "remedy_deducted": N_("Payout deducted"),
    "remedy_waived": N_("Remedy waived"),
    "chargeback_reported": N_("Chargeback"),
    "enforcement_applied": N_("Action against a shop"),
    "enforcement_reversed": N_("Action taken back"),
    "enforcement_expired": N_("Action ended"),
    "case_closed": N_("Case closed"),
    "file_noted": N_("File checked"),
    "file_missing": N_("File missing"),
    "evidence_redacted": N_("Picture covered"),
    "legal_hold_placed": N_("Legal hold placed"),
    "legal_hold_lifted": N_("Legal hold lifted"),
    "personal_data_erased": N_("Personal data erased"),
}


async def show(visit: Visit) -> Page:
    """The audit log: events, or looks."""
    looks = visit.query.get("tab") == "looks"
    asked = {name: value for name, value in visit.query.items() if name not in ("after", "lang", "page") and value}
    told: dict[str, Any] = {
        "active": "audit", "asked": asked, "query": urlencode(asked), "kinds": KINDS, "roles": ROLES, "looks": looks,
    }  # fmt: skip
    if looks:
        return await _looks(visit, told)
    try:
        found = await trail.done(
            visit.hinge.db, visit.marketplace, _sought(visit), limit=PAGE + 1, after=visit.query.get("after") or None
        )
    except BadCursor as bad:
        raise Lost(400) from bad
    except Busy as busy:
        raise Lost(503, "too_much") from busy
    more = found[PAGE - 1].cursor if len(found) > PAGE else ""
    icons = {kind: icon for kind, (icon, _line) in LINES.items()}
    return visit.page("operator/audit.html", found=found[:PAGE], more=more, icons=icons, looked=(), **told)


async def _looks(visit: Visit, told: dict[str, Any]) -> Page:
    page = whole_number(visit.query.get("page", ""), 4) or 1
    looked = await trail.looks(
        visit.hinge.db, visit.marketplace, who=visit.query.get("who", "").strip() or None, case_id=_case(visit),
        limit=PAGE + 1, offset=(page - 1) * PAGE,
    )  # fmt: skip
    more = str(page + 1) if len(looked) > PAGE else ""
    return visit.page("operator/audit.html", found=(), more=more, icons={}, looked=looked[:PAGE], **told)


def _sought(visit: Visit) -> Sought:
    asked = visit.query
    kind, role = asked.get("type"), asked.get("role")
    return Sought(
        type=kind if kind in KINDS else None, role=role if role in ROLES else None,
        who=asked.get("who", "").strip() or None, case_id=_case(visit), before=_after_day(asked.get("until", "")),
    )  # fmt: skip


def _case(visit: Visit) -> str | None:
    text = visit.query.get("case", "").strip()
    found = parse_case_id(text) if text else None
    if text and found is None:
        raise Lost(404)
    return found


def _after_day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), UTC) if text else None
    except (ValueError, OverflowError):
        return None
