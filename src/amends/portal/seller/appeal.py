"""The appeal beside the decision it attacks: it must say what is new; closed, it says since when and why.

The form is kept as a draft when one asks for it, and whenever it is refused.
"""

from msgspec import structs

from amends.law.commands import Item
from amends.portal.acting import uploads_of
from amends.portal.attached import attached
from amends.portal.reading import Failed, Seen, command_of, derived, seen
from amends.portal.route import Address
from amends.portal.seller import draft
from amends.portal.seller.answer import why_not
from amends.portal.seller.draft import Plan
from amends.portal.seller.sending import Line, Sending, in_two_steps
from amends.portal.seller.shop import SELLER
from amends.portal.seller.texts import filled, texts_of
from amends.portal.terms import GROUNDS, term
from amends.portal.visit import Page, Visit
from amends.portal.words import N_

HELP = {
    "new_evidence": N_("Add the file that we did not have. Without one, this ground is refused."),
    "error_of_fact": N_("Name the sentence of the decision that is wrong, and what shows it."),
    "error_of_policy": N_("Name the clause that was applied and the one that should have been."),
    "procedure": N_("Say which step was missed and what it changed."),
}
MISSING = {"grounds": N_("Choose what is wrong with the decision."), "statement": N_("Say what is new.")}
ONCE = N_("A decision can be appealed once. Another reviewer decides, and that ends it.")


async def show(visit: Visit) -> Page:
    """The form, filled from the draft where there is one."""
    found = await seen(visit)
    return await _form(visit, found, await draft.plan_of(visit, found, "appeal"), {}, None)


async def send(visit: Visit) -> Page:
    """Kept as a draft, shown with what follows, or sent."""
    found = await seen(visit)
    uploads, faults = await uploads_of(visit)
    words = {name: visit.form.get(name, "")[:8000] for name in ("grounds", "statement")}
    words["grounds"] = words["grounds"] if words["grounds"] in GROUNDS else ""
    items = tuple(Item("appeal_statement", upload=one) for one in uploads)
    plan = structs.replace(await draft.plan_of(visit, found, "appeal"), words=words, items=items)
    if visit.form.get("step") in ("keep", "auto"):
        await draft.keep(visit, found, plan)
        plan = await draft.plan_of(visit, found, "appeal")
        if visit.form.get("step") == "auto":
            return visit.page("seller/saved.html", plan=plan, found=found, kept=True)
        return await _form(visit, found, plan, faults, None)
    faults |= {name: visit.gettext(says) for name, says in MISSING.items() if not words[name]}
    built = command_of(visit, "appeal", plan.fields())
    if isinstance(built, Failed) and not faults:
        faults[built.field] = built.says
    if faults or isinstance(built, Failed):
        await draft.keep(visit, found, plan)
        return await _form(visit, found, plan, faults, None)
    _ = visit.gettext
    what = Sending(
        built, "appeal", _("Your appeal"), _("Send appeal"),
        (Line(_("What is wrong"), _(term("grounds", words["grounds"]))), Line(_("What is new"), words["statement"])),
        words, uploads, warning=_(ONCE),
    )  # fmt: skip

    async def form(faults: dict[str, str], refused: Failed | None) -> Page:
        again = await seen(visit)
        await draft.keep(visit, again, plan)
        return await _form(visit, again, await draft.plan_of(visit, again, "appeal"), faults, refused)

    return await in_two_steps(visit, found, what, form)


async def _form(visit: Visit, found: Seen, plan: Plan, faults: dict[str, str], refused: Failed | None) -> Page:
    shown = found.shown
    ended = [one for one in derived(visit, found).values() if one.kind == "appeal" and one.state != "open"]
    return visit.page(
        "seller/appeal.html",
        409 if refused else 422 if faults else 200,
        found=found,
        plan=plan,
        decision=shown.decisions[-1] if shown.decisions else None,
        options=GROUNDS,
        help=HELP,
        faults=faults,
        refused=refused,
        files=await attached(visit, [item.upload for item in plan.items if item.upload]),
        open=found.action("appeal"),
        why_not=why_not(visit, found, "appeal"),
        clock=next((one for one in shown.deadlines if one.kind == "appeal" and one.party == "seller"), None),
        ended=max(ended, key=lambda one: one.due_at, default=None),
        lodged=shown.appeals[-1] if shown.appeals else None,
        derived=derived(visit, found),
        texts=texts_of(visit.chosen),
        filled=filled,
    )


AT = "/shop/cases/{case_id:str}/appeal"
ADDRESSES = (
    Address(method="GET", path=AT, name="shop_appeal", does=show, roles=SELLER),
    Address(method="POST", path=AT, name="shop_appeal_sent", does=send, roles=SELLER, uploads=True),
)
