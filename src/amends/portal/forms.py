"""The forms of commands: which fields a page asks for, in which words, and how an answer becomes a command.

One description a command; buyer, seller and desk draw their forms from it. Limits and meanings are the command's own
(law/commands.py): a field that does not fit comes back with its reason and the text kept.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from amends.access.shapes import CaseView
from amends.portal import terms
from amends.portal.figures import MINOR
from amends.portal.words import N_

Kind = Literal["text", "line", "choice", "money", "files", "duration", "yes", "hidden"]


class Field(NamedTuple):
    """One question. `options` names a table of terms; `needed`: the law asks for it."""

    name: str
    label: str
    kind: Kind = "text"
    options: str = ""
    needed: bool = True
    help: str = ""
    choices: tuple[str, ...] = ()


STATEMENT = Field("statement", N_("In your own words"), help=N_("Both sides and our reviewers read this."))
WHY = Field("statement", N_("Why"), help=N_("Both sides read this."))
MAY_SAY = Field("statement", N_("In your own words (optional)"), needed=False)
FILES = Field("evidence", N_("Photos, video or documents"), "files", needed=False)
WANTED = Field("wanted", N_("What would put it right?"), "choice", "wanted")
REMEDY = Field("remedy", N_("What do you offer?"), "choice", "wanted")
AMOUNT = Field("amount", N_("Amount"), "money", needed=False, help=N_("Only for part of the money back."))
CONDITION = Field("condition", N_("The item is"), "choice", "condition")

FORMS: dict[str, tuple[Field, ...]] = {
    "approve_request": (MAY_SAY,),
    "reject_request": (STATEMENT, FILES),
    "open_dispute": (Field("statement", N_("Tell us what happened"), needed=False), FILES),
    "withdraw": (MAY_SAY,),
    "submit_evidence": (
        Field("type", N_("What does it show?"), "choice", "evidence"),
        Field("evidence", N_("Photos, video or documents"), "files", needed=False),
        Field("text", N_("In your own words"), needed=False),
        Field(
            "describes",
            N_("What should we look at?"),
            "line",
            needed=False,
            help=N_("Read out to people who cannot see the picture."),
        ),
        Field("private", N_("Only our staff may see this"), "yes", needed=False),
        Field(
            "last",
            N_("That is all I have"),
            "yes",
            needed=False,
            help=N_("Ends your time for evidence, so we can go on sooner."),
        ),
    ),
    "decline_evidence": (MAY_SAY,),
    "offer_settlement": (REMEDY, AMOUNT, MAY_SAY),
    "accept_settlement": (Field("offer_id", "", "hidden"), MAY_SAY),
    "decline_settlement": (Field("offer_id", "", "hidden"), MAY_SAY),
    "post_message": (Field("text", N_("Your message")), Field("to", "", "hidden")),
    "report_proceedings": (
        Field("kind", N_("Where"), "choice", choices=("court", "regulator", "mediation", "other")),
        Field("reference", N_("Case number or reference"), "line"),
        MAY_SAY,
    ),
    "ship_return": (Field("carrier", N_("Carrier"), "line"), Field("tracking_number", N_("Tracking number"), "line")),
    "receive_return": (CONDITION,),
    "refuse_return": (CONDITION, WHY, FILES),
    "report_remedy": (
        Field("remedy_id", "", "hidden"),
        Field("reference", N_("Reference"), "line", needed=False),
        FILES,
    ),
    "appeal": (
        Field("grounds", N_("What is wrong with the decision?"), "choice", "grounds"),
        Field("statement", N_("What is new, and how does it change the decision?")),
        FILES,
    ),
}
"""Forms of buyers and sellers; those of the desk are its own pages."""

MONEY = re.compile(r"^\d{1,12}(?:[.,]\d{1,3})?$")
KINDS = {"court": N_("Court"), "regulator": N_("Regulator"), "mediation": N_("Mediation"), "other": N_("Elsewhere")}


def fields_of(command: str, shown: CaseView) -> tuple[Field, ...]:
    """The questions a command's form asks in this case."""
    fields = FORMS[command]
    if command == "appeal":
        return fields
    return tuple(field for field in fields if not (field.name == "amount" and shown.paid is None))


def options_of(field: Field) -> dict[str, str]:
    """A choice's codes and their texts."""
    if field.choices:
        return {code: KINDS[code] for code in field.choices}
    return terms.TABLES[field.options]


def preset(command: str, shown: CaseView, asked: Mapping[str, str]) -> dict[str, str]:
    """What a form begins with: the thing it is about, where there is just one, and what the address names."""
    begun = dict(asked)
    if command in ("accept_settlement", "decline_settlement") and "offer_id" not in begun:
        begun["offer_id"] = next((one.id for one in reversed(shown.offers) if one.status == "open"), "")
    if command == "report_remedy" and "remedy_id" not in begun:
        begun["remedy_id"] = next((one.id for one in shown.remedies if one.status in ("pending", "overdue")), "")
    if command == "post_message":
        begun.setdefault("to", "all")
    return begun


def minor_units(text: str, currency: str) -> int | None:
    """An amount as people write it, in minor units; None when it cannot be one. No floats pass through here."""
    plain = text.replace("\u00a0", "").replace(" ", "")
    decimals = MINOR.get(currency, 2)
    if currency == "IDR":
        plain = plain.removeprefix("Rp").replace(".", "")
    plain = plain.lstrip("$€£").replace(",", ".")
    if not MONEY.fullmatch(plain):
        return None
    whole, _, part = plain.partition(".")
    if len(part) > decimals:
        return None
    return int(whole + part.ljust(decimals, "0"))


def command_fields(command: str, given: Mapping[str, str], shown: CaseView, uploads: tuple[str, ...]) -> dict[str, Any]:
    """The command's fields from what the form sent. Uploads become evidence items of the type the form names."""
    found: dict[str, Any] = {}
    for field in FORMS[command]:
        text = given.get(field.name, "")
        if field.kind in ("files", "yes") or not text:
            continue
        found[field.name] = text
    if (amount := given.get("amount")) and shown.paid is not None:
        units = minor_units(amount, shown.paid.currency)
        found["amount"] = units if units is not None else amount
        if given.get("remedy") != "partial_refund":
            found.pop("amount")
    if command == "submit_evidence":
        return _submission(given, uploads)
    if uploads:
        kind = given.get("type") or "photo_of_item"
        found["evidence"] = [
            {"type": kind, "upload": one, "describes": given.get("describes") or None} for one in uploads
        ]
    return found


def _submission(given: Mapping[str, str], uploads: tuple[str, ...]) -> dict[str, Any]:
    kind, private = given.get("type", ""), given.get("private") == "yes"
    shared = {"type": kind, "describes": given.get("describes") or None, "private": private}
    items: list[dict[str, Any]] = [shared | {"upload": one} for one in uploads]
    if text := given.get("text"):
        if items:
            items[0]["text"] = text
        else:
            items = [shared | {"text": text}]
    return {"items": items or [shared], "last": given.get("last") == "yes"}
