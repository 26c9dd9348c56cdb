"""The history of a case as a list people read: newest first, each event one line, in the reader's language.

Made of what `access.history` lets this person see; a hidden event keeps its place and says so.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs

from amends.access.history import EventView
from amends.portal.terms import term
from amends.portal.words import N_, Translate

SHAPES = {"buyer": "buyer", "seller": "seller", "carrier": "carrier"}
Data = Mapping[str, Any]


class Entry(msgspec.Struct, frozen=True):
    """One line of the history. `shape` is whose mark it bears; `quote` is somebody's own words."""

    seq: int
    at: datetime
    shape: str
    icon: str
    headline: str
    quote: str | None
    detail: str | None
    clauses: tuple[str, ...]
    evidence: tuple[Any, ...]
    routine: bool = False
    """Told small: nobody did it and nobody need act on it."""
    times: int = 1
    """How often it happened in a row; of those only the last is told."""


LINES: dict[str, tuple[str, str]] = {
    "request_filed": ("flag", N_("%(who)s asked: %(wanted)s")),
    "request_approved": ("check", N_("%(who)s accepted the request")),
    "request_rejected": ("x", N_("%(who)s contested the request")),
    "dispute_opened": ("gavel", N_("%(who)s asked us to decide (dispute %(number)s)")),
    "withdrawn": ("undo-2", N_("%(who)s withdrew")),
    "evidence_submitted": ("paperclip", N_("%(who)s sent evidence: %(items)s")),
    "evidence_declined": ("ban", N_("%(who)s had nothing more to send")),
    "deadline_lapsed": ("hourglass", N_("Time ended: %(deadline)s")),
    "review_began": ("eye", N_("Review began")),
    "settlement_offered": ("hand-coins", N_("%(who)s made an offer")),
    "settlement_accepted": ("check", N_("%(who)s accepted the offer")),
    "settlement_declined": ("x", N_("The offer was declined")),
    "message_posted": ("message-circle", N_("%(who)s wrote")),
    "proceedings_reported": ("scale", N_("%(who)s reported proceedings elsewhere; all clocks stopped")),
    "proceedings_ended": ("scale", N_("Proceedings elsewhere ended")),
    "evidence_requested": ("message-square", N_("We asked for more evidence")),
    "reclassified": ("pencil", N_("The case was reclassified")),
    "evidence_admitted": ("check", N_("Late evidence was admitted")),
    "verification_recorded": ("shield-check", N_("A verification was recorded")),
    "case_claimed": ("user", N_("%(who)s took the case")),
    "case_released": ("undo-2", N_("%(who)s gave the case back")),
    "decided": ("gavel", N_("Decision: %(outcome)s")),
    "decision_corrected": ("pencil", N_("A slip in the decision was corrected")),
    "appeal_lodged": ("scale", N_("%(who)s appealed")),
    "appeal_decided": ("scale", N_("The appeal was decided: %(result)s")),
    "carrier_heard": ("truck", N_("The carrier’s time to answer ended")),
    "recourse_allocated": ("wallet", N_("Who bears the cost was decided")),
    "deadline_extended": ("timer", N_("More time was given")),
    "facts_updated": ("truck", N_("The order’s facts were updated")),
    "return_shipped": ("truck", N_("%(who)s sent the item back")),
    "return_received": ("package-check", N_("The return was accepted")),
    "return_refused": ("x", N_("%(who)s refused the return")),
    "return_lapsed": ("hourglass", N_("The item was not sent back in time")),
    "return_sent_back": ("package", N_("The goods go back to the buyer")),
    "remedy_started": ("banknote", N_("A remedy is now due")),
    "remedy_reported": ("circle-check", N_("%(who)s reported it done")),
    "remedy_fulfilled": ("banknote", N_("Done: %(remedy)s")),
    "remedy_overdue": ("alarm-clock", N_("The remedy was not performed in time")),
    "remedy_deducted": ("banknote", N_("Taken from the seller’s payout")),
    "remedy_waived": ("ban", N_("A remedy is no longer owed")),
    "chargeback_reported": ("wallet", N_("The buyer’s bank took money back")),
    "enforcement_applied": ("shield-check", N_("Action against the shop: %(kind)s")),
    "enforcement_reversed": ("undo-2", N_("An action against the shop was reversed")),
    "enforcement_expired": ("hourglass", N_("An action against the shop ended")),
    "case_closed": ("archive", N_("%(closed)s")),
    "file_noted": ("paperclip", N_("A file was checked")),
    "file_missing": ("paperclip", N_("An announced file did not arrive")),
    "evidence_redacted": ("eye-off", N_("Parts of a picture were covered")),
    "legal_hold_placed": ("lock", N_("A legal hold was placed")),
    "legal_hold_lifted": ("lock", N_("The legal hold was lifted")),
    "personal_data_erased": ("eye-off", N_("Personal data was erased")),
}
NOTED = {
    "received": N_("An announced file arrived"),
    "clean": N_("A file was checked; it can be shown"),
    "refused": N_("A file did not pass the check; nobody can open it"),
}
ROUTINE = frozenset({"file_noted", "case_claimed", "case_released"})
RESULTS = {
    "stands": N_("the decision stands"),
    "changed": N_("the decision is changed"),
    "sent_back": N_("the case goes back to review"),
}
BY_SILENCE = N_("The seller did not answer, so the request counts as accepted")
AUTOMATIC = N_("Decided automatically by the policy")


def entries(events: Sequence[EventView], names: Mapping[str, str], _: Translate) -> list[Entry]:
    """The history, newest first. `names` says what each role is called on this page."""
    found: list[Entry] = []
    for event in reversed(events):
        entry = _entry(event, names, _)
        if entry.routine and found and found[-1].routine and found[-1].headline == entry.headline:
            found[-1] = structs.replace(found[-1], times=found[-1].times + 1)
        else:
            found.append(entry)
    return found


def _entry(event: EventView, names: Mapping[str, str], _: Translate) -> Entry:
    if event.hidden is True or not isinstance(event.type, str):
        return Entry(event.seq, event.at, "", "lock", _("An entry that is not shown to you"), None, None, (), ())
    data: Data = event.data if isinstance(event.data, dict) else {}
    role = getattr(event.actor, "role", "clock")
    icon, line = LINES.get(event.type, ("info", event.type.replace("_", " ")))
    if event.type == "request_approved" and data.get("by_silence"):
        line = BY_SILENCE
    if event.type == "file_noted":
        line = NOTED.get(str(data.get("state")), line)
    who = getattr(event.actor, "name", None) if role == "adjudicator" else None
    told = _gaps(data, who or names.get(role) or _(term("party", role)), _)
    clauses = event.clauses if isinstance(event.clauses, tuple) else ()
    evidence = tuple(data.get("evidence") or data.get("items") or ()) if event.type != "decided" else ()
    evidence = tuple(one for one in evidence if hasattr(one, "type"))
    return Entry(
        event.seq, event.at, SHAPES.get(role, ""), icon, _(line) % told, _quote(data), _detail(event.type, data, _),
        clauses, evidence, event.type in ROUTINE and data.get("state") != "refused",
    )  # fmt: skip


def _gaps(data: Data, who: str, _: Translate) -> dict[str, str]:
    """What the sentences may name."""
    decision, appeal = data.get("decision"), data.get("appeal")
    remedy = data.get("remedy_kind") or ""
    return {
        "who": who,
        "wanted": _(term("wanted", data.get("wanted", ""))),
        "number": str(data.get("number", "")),
        "items": ", ".join(dict.fromkeys(_(term("evidence", one.type)) for one in data.get("items", ()))),
        "deadline": _(term("deadline", str(data.get("deadline_id", "")).partition(".")[0])),
        "outcome": _(term("outcome", decision.outcome)) if decision is not None else "",
        "result": _(RESULTS.get(getattr(appeal, "result", None) or "", "")) if appeal is not None else "",
        "kind": _(term("enforcement", getattr(data.get("enforcement"), "kind", ""))),
        "closed": _(term("closed_as", data.get("closed_as", ""))),
        "remedy": _(term("remedy", remedy)) if remedy else _("a remedy"),
    }


def _quote(data: Data) -> str | None:
    """Somebody's own words, left as they were written."""
    for source in (data, *(data.get(name) for name in ("decision", "appeal", "offer", "request"))):
        for field in ("statement", "text", "rationale"):
            found = source.get(field) if isinstance(source, dict) else getattr(source, field, None)
            if isinstance(found, str) and found:
                return found
    return None


def _detail(kind: str, data: Data, _: Translate) -> str | None:
    decision = data.get("decision")
    if kind == "decided" and getattr(decision, "by", "") == "automatic":
        return _(AUTOMATIC)
    if kind in DETAILS:
        return DETAILS[kind](data, _)
    return None


def _shipped(data: Data, _: Translate) -> str:
    return f"{data.get('carrier', '')} {data.get('tracking_number', '')}".strip()


DETAILS: dict[str, Callable[[Data, Translate], str]] = {"return_shipped": _shipped}
