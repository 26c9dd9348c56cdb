"""What a seller does after an outcome: checks a return, reports a remedy done, says that there is nothing to add.

Each in two steps, with files where the law takes them.
"""

from typing import Any

from amends.access.shapes import RemedyView
from amends.portal.acting import uploads_of
from amends.portal.attached import attached
from amends.portal.reading import Failed, Seen, command_of, seen
from amends.portal.route import Address
from amends.portal.seller.answer import why_not
from amends.portal.seller.sending import Line, Sending, in_two_steps
from amends.portal.seller.shop import SELLER
from amends.portal.terms import CONDITION, term
from amends.portal.visit import Page, Visit
from amends.portal.words import N_

NEEDS_WORDS = N_("Say what is wrong with it; the buyer reads this.")
CHOOSE = N_("Choose one.")
PROOF = {"refund": "proof_of_refund", "partial_refund": "proof_of_refund", "replacement": "proof_of_replacement"}
"""Which evidence shows that a remedy was performed; tracking shows the others."""


async def show_return(visit: Visit) -> Page:
    """The form: how the item came back."""
    return await _return_form(visit, await seen(visit), {}, {}, (), None)


async def send_return(visit: Visit) -> Page:
    """The return is accepted, or refused with words and pictures."""
    found = await seen(visit)
    given = dict(visit.form)
    uploads, faults = await uploads_of(visit)
    refuses = given.get("answer") == "refuse"
    if given.get("condition") not in CONDITION:
        faults["condition"] = visit.gettext(CHOOSE)
    if given.get("answer") not in ("receive", "refuse"):
        faults["answer"] = visit.gettext(CHOOSE)
    if refuses and not given.get("statement"):
        faults["statement"] = visit.gettext(NEEDS_WORDS)
    if faults:
        return await _return_form(visit, found, given, faults, uploads, None)
    fields: dict[str, Any] = {"condition": given["condition"]}
    if refuses:
        fields |= {"statement": given["statement"], "evidence": _pieces("photo_of_item", uploads)}
    built = command_of(visit, "refuse_return" if refuses else "receive_return", fields)
    if isinstance(built, Failed):
        return await _return_form(visit, found, given, {built.field: built.says}, uploads, None)
    _ = visit.gettext
    button = _("Refuse the return") if refuses else _("Accept the return")
    lines = [Line(_("The item is"), _(term("condition", given["condition"])))]
    if refuses:
        lines.append(Line(_("Your words"), given["statement"]))
    what = Sending(
        built, "return", button, button, tuple(lines),
        {name: given.get(name, "") for name in ("condition", "answer", "statement")}, uploads,
    )  # fmt: skip

    async def form(faults: dict[str, str], refused: Failed | None) -> Page:
        return await _return_form(visit, await seen(visit), given, faults, uploads, refused)

    return await in_two_steps(visit, found, what, form)


async def _return_form(
    visit: Visit, found: Seen, given: dict[str, str], faults: dict[str, str], uploads: tuple[str, ...],
    refused: Failed | None,
) -> Page:  # fmt: skip
    return visit.page(
        "seller/return.html", 409 if refused else 422 if faults else 200, found=found, given=given, faults=faults,
        refused=refused, options=CONDITION, files=await attached(visit, uploads), leg=found.shown.return_,
        open=found.action("receive_return"),
        clock=next((one for one in found.shown.deadlines if one.kind == "return_inspection"), None),
    )  # fmt: skip


async def show_remedy(visit: Visit) -> Page:
    """What the shop owes, and the form that says it is done."""
    found = await seen(visit)
    return await _remedy_form(visit, found, {"remedy_id": visit.query.get("remedy", "")}, {}, (), None)


async def send_remedy(visit: Visit) -> Page:
    """A remedy is reported done."""
    found = await seen(visit)
    given = dict(visit.form)
    uploads, faults = await uploads_of(visit)
    own = [one for one in found.shown.remedies if one.owner == "seller"]
    remedy = next((one for one in own if one.id == given.get("remedy_id")), None)
    if remedy is None:
        faults["remedy_id"] = visit.gettext(CHOOSE)
    if faults or remedy is None:
        return await _remedy_form(visit, found, given, faults, uploads, None)
    fields = {"remedy_id": remedy.id, "reference": given.get("reference"),
              "evidence": _pieces(PROOF.get(remedy.kind, "tracking"), uploads)}  # fmt: skip
    built = command_of(visit, "report_remedy", fields)
    if isinstance(built, Failed):
        return await _remedy_form(visit, found, given, {built.field: built.says}, uploads, None)
    _ = visit.gettext
    lines = (Line(_("Done"), _(term("remedy", remedy.kind))), Line(_("Reference"), given.get("reference", "")))
    what = Sending(
        built, "remedy", _("Report it done"), _("Report it done"), lines,
        {name: given.get(name, "") for name in ("remedy_id", "reference")}, uploads,
    )  # fmt: skip

    async def form(faults: dict[str, str], refused: Failed | None) -> Page:
        return await _remedy_form(visit, await seen(visit), given, faults, uploads, refused)

    return await in_two_steps(visit, found, what, form)


def owed(found: Seen) -> list[RemedyView]:
    """The shop's remedies that are still to be done."""
    return [one for one in found.shown.remedies if one.owner == "seller" and one.status in ("pending", "overdue")]


async def _remedy_form(
    visit: Visit, found: Seen, given: dict[str, str], faults: dict[str, str], uploads: tuple[str, ...],
    refused: Failed | None,
) -> Page:  # fmt: skip
    mine = owed(found)
    if len(mine) == 1 and not given.get("remedy_id"):
        given = given | {"remedy_id": mine[0].id}
    return visit.page(
        "seller/remedy.html", 409 if refused else 422 if faults else 200, found=found, given=given, faults=faults,
        refused=refused, mine=mine, files=await attached(visit, uploads),
        why_not=why_not(visit, found, "report_remedy"),
        says={one.subject: one for one in found.shown.deadlines if one.kind == "remedy"},
    )  # fmt: skip


async def show_nothing(visit: Visit) -> Page:
    """The form: the shop has nothing to add."""
    return await _nothing_form(visit, await seen(visit), {}, {}, None)


async def send_nothing(visit: Visit) -> Page:
    """The shop has nothing to add; its time for evidence ends."""
    found = await seen(visit)
    given = dict(visit.form)
    built = command_of(visit, "decline_evidence", {"statement": given.get("statement")})
    if isinstance(built, Failed):
        return await _nothing_form(visit, found, given, {"statement": built.says}, None)
    _ = visit.gettext
    what = Sending(
        built, "nothing", _("Say that you have none"), _("Say that you have none"),
        (Line(_("Your words"), given.get("statement", "")),), {"statement": given.get("statement", "")},
        warning=_("This ends your time for evidence."),
    )  # fmt: skip

    async def form(faults: dict[str, str], refused: Failed | None) -> Page:
        return await _nothing_form(visit, await seen(visit), given, faults, refused)

    return await in_two_steps(visit, found, what, form)


async def _nothing_form(
    visit: Visit, found: Seen, given: dict[str, str], faults: dict[str, str], refused: Failed | None
) -> Page:
    return visit.page(
        "seller/nothing.html", 409 if refused else 422 if faults else 200, found=found, given=given, faults=faults,
        refused=refused, open=found.action("decline_evidence"),
    )  # fmt: skip


def _pieces(kind: str, uploads: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"type": kind, "upload": one} for one in uploads]


def _both(page: str, show: Any, send: Any) -> tuple[Address, ...]:
    at = f"/shop/cases/{{case_id:str}}/{page}"
    return (
        Address(method="GET", path=at, name=f"shop_{page}", does=show, roles=SELLER),
        Address(method="POST", path=at, name=f"shop_{page}_sent", does=send, roles=SELLER, uploads=True),
    )


ADDRESSES = (
    *_both("return", show_return, send_return),
    *_both("remedy", show_remedy, send_remedy),
    *_both("nothing", show_nothing, send_nothing),
)
