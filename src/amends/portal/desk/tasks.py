"""A3: what an adjudicator does in a case beside deciding it, each a form with its consequences shown before it is sent.

Ask for more, admit late evidence, record what a third party said, reclassify, give more time, correct a slip, say who
bears the cost. The law says what is open; a form that does not fit comes back with its text.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from amends.access.shapes import CaseView
from amends.law import commands as c
from amends.portal import forms, terms
from amends.portal.words import N_
from amends.text import whole_number

Fields = tuple["Question", ...]


class Question(NamedTuple):
    """One question of a form. `kind`: text, line, choice, checks, money, hours. `options` is a table of terms."""

    name: str
    label: str
    kind: str = "text"
    options: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()


class Task(NamedTuple):
    """One thing to do: its questions, an example to ask the law why it is not open, and whether to list it then."""

    icon: str
    questions: Fields
    example: c.Command
    always: bool = False
    key: str = ""


WHY = Question("statement", N_("Why"), help=N_("Both sides read this, without your name."))
ASKED = ("photo_of_item", "video_of_item", "photo_of_packing", "unpacking_video", "tracking", "shipping_receipt",
         "proof_of_delivery", "delivery_signature", "address_check", "carrier_statement", "commercial_invoice",
         "test_report", "listing_snapshot", "conversation")  # fmt: skip
RATIONALE = Question("rationale", N_("Why"), help=N_("The seller and the ledger keep this."))

TASKS: dict[str, Task] = {
    "request_evidence": Task("message-square", (
        Question("party", N_("Who"), "choice", choices=("buyer", "seller", "carrier")),
        Question("types", N_("What"), "checks", "evidence", choices=ASKED),
        Question("statement", N_("What exactly, and why"), help=N_("The party reads this. Name the thing to be seen.")),
    ), c.RequestEvidence("buyer", ("photo_of_item",), "-"), True, "m"),
    "extend_deadline": Task("timer", (
        Question("deadline", N_("Which deadline"), "deadline"),
        Question("hours", N_("How many hours more"), "hours"),
        WHY,
    ), c.ExtendDeadline("-", "buyer", "PT24H", "-"), True, "e"),
    "admit_evidence": Task("check", (
        Question("evidence_id", N_("Which piece"), "late"),
        WHY,
    ), c.AdmitEvidence("-", "-")),
    "record_verification": Task("shield-check", (
        Question("source", N_("Who was asked"), "line", help=N_("A carrier, a laboratory, an authority.")),
        Question("result", N_("What they said")),
        Question("statement", N_("What follows from it (optional)")),
    ), c.RecordVerification("-", "-"), True),
    "reclassify": Task("pencil", (
        Question("reason", N_("Reason"), "choice", "reason"),
        Question("visibility", N_("The fault is"), "choice", "visibility"),
        Question("severity", N_("How grave"), "choice", "severity"),
        WHY,
    ), c.Reclassify("-"), True),
    "correct_decision": Task("pencil", (
        Question("kind", N_("What kind of slip"), "choice", "slip"),
        Question("rationale", N_("The corrected reasons (optional)")),
        Question("remedy", N_("The corrected remedy (optional)"), "choice", "remedy"),
        Question("amount", N_("Amount"), "money"),
        WHY,
    ), c.CorrectDecision("typing", "-")),
    "allocate_recourse": Task("wallet", (
        Question("bearer", N_("Who bears the cost"), "choice", choices=("seller", "carrier", "platform", "buyer")),
        RATIONALE,
    ), c.AllocateRecourse("seller", "-")),
}  # fmt: skip
VISIBILITY = {"visible": N_("Visible at once"), "hidden": N_("Hidden, found later")}
SEVERITY = {"major": N_("Major"), "minor": N_("Minor")}
SLIP = {"typing": N_("Typing"), "arithmetic": N_("Arithmetic"), "omission": N_("Something left out")}
TABLES = {"visibility": VISIBILITY, "severity": SEVERITY, "slip": SLIP}


def options_of(question: Question) -> dict[str, str]:
    """A choice's codes and texts."""
    table = TABLES.get(question.options) or terms.TABLES.get(question.options, terms.PARTY)
    if question.choices:
        return {code: table[code] for code in question.choices}
    return table


def command_fields(command: str, form: Mapping[str, str], types: list[str], shown: CaseView) -> dict[str, Any]:
    """The command's fields from a form."""
    found: dict[str, Any] = {}
    for question in TASKS[command].questions:
        if (text := form.get(question.name, "")) and question.kind in ("text", "line", "choice", "late"):
            found[question.name] = text
    if command == "request_evidence":
        found["types"] = types
    if command == "extend_deadline":
        chosen = next((one for one in shown.deadlines if one.id == form.get("deadline")), None)
        hours = form.get("hours", "")
        found |= {"kind": chosen.kind, "party": chosen.party} if chosen is not None else {}
        found |= {"by": f"PT{whole_number(hours)}H"} if 0 < (whole_number(hours) or 0) <= 9999 else {"by": hours}
    if command == "correct_decision" and (kind := found.pop("remedy", None)):
        currency = shown.paid.currency if shown.paid else ""
        units = forms.minor_units(form.get("amount", ""), currency)
        found["remedies"] = [{"kind": kind} | ({"amount": units} if units else {})]
    return found
