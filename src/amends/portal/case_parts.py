"""Parts of a case that have a page of their own: an offer beside the claim, a decision with its reasons, one file.

Only what `access` shows of them is shown; what is not there for the visitor is not found.
"""

from amends.access import pictures
from amends.access.shapes import DecisionView, EvidenceView, OfferView
from amends.access.standing import standing
from amends.law.closed import not_open
from amends.portal.acting import consequence
from amends.portal.attached import size_words
from amends.portal.reading import Failed, Seen, command_of, foresee, seen
from amends.portal.refusals import said
from amends.portal.route import PARTIES, Address
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import N_
from amends.store import checks, derivatives
from amends.store.derivatives import Derivative

STATUS = {
    "open": N_("open"), "accepted": N_("accepted"), "declined": N_("declined"), "lapsed": N_("its time ran out"),
    "taken_back": N_("taken back"),
}  # fmt: skip
"""What became of an offer."""


async def offer(visit: Visit) -> Page:
    """An offer and what was asked, side by side, and what yes and no lead to."""
    found = await seen(visit)
    one = next((one for one in found.shown.offers if one.id == visit.path["offer_id"]), None)
    if one is None:
        raise Lost(404)
    role = visit.actor.role
    open_now = one.status == "open" and one.by != role and found.action("accept_settlement") is not None
    effects = {}
    for name in ("accept_settlement", "decline_settlement") if open_now else ():
        built = command_of(visit, name, {"offer_id": one.id})
        would = built if isinstance(built, Failed) else await foresee(visit, found.case.id, built)
        effects[name] = would if isinstance(would, Failed) else consequence(visit, found.shown, would.shown)
    return visit.page(
        "case/offer.html", found=found, shown=found.shown, offer=one, role=role, open=open_now, effects=effects,
        asked=found.shown.requests[-1] if found.shown.requests else None, running=_clock(found, one), became=STATUS,
    )  # fmt: skip


async def decision(visit: Visit) -> Page:
    """A decision: outcome, money, reasons by clause, every file with what was done, and how to contest it."""
    found = await seen(visit)
    number = visit.path["number"]
    one = next((one for one in found.shown.decisions if str(one.number) == number), None)
    if one is None:
        raise Lost(404)
    role = visit.actor.role
    closed_says, closed_by = _why_not(visit, found, role)
    return visit.page(
        "case/decision.html", found=found, shown=found.shown, decision=one, role=role,
        pieces={piece.id: piece for piece in found.shown.evidence}, contest=_contest(found, one, role),
        weighed={each.id: each for each in one.evidence}, closed_says=closed_says, closed_by=closed_by,
        remedies={remedy.id: remedy for remedy in found.shown.remedies},
    )  # fmt: skip


async def evidence(visit: Visit) -> Page:
    """One piece of evidence, as large as it is kept, with how it stands."""
    found = await seen(visit)
    one = next((one for one in found.shown.evidence if one.id == visit.path["evidence_id"]), None)
    if one is None:
        raise Lost(404)
    pages, text, says, download = await _of_file(visit, found, one)
    return visit.page(
        "case/evidence.html", found=found, shown=found.shown, piece=one, role=visit.actor.role, pages=pages,
        text=text, says=says, download=download, size_words=size_words,
    )  # fmt: skip


async def _of_file(
    visit: Visit, found: Seen, one: EvidenceView
) -> tuple[list[Derivative], str | None, str | None, bool]:
    """Its pages in order, its text, a sentence where it is not shown, and whether the bytes are theirs."""
    upload = getattr(one.file, "id", None)
    here = None
    if upload is not None:
        here = await standing(visit.hinge, visit.marketplace, visit.actor, upload, found.case.id)
    if here is None:
        return [], None, None, False
    db, marketplace = visit.hinge.db, visit.marketplace
    try:
        await pictures.clean(db, marketplace, here, visit.locale)
        made = await derivatives.of_upload(db, marketplace, here.upload.upload_id, derivatives.digest(here.covered))
        if here.covered and not made:
            await pictures.made(db, marketplace, here, "w640", 1, visit.locale)
        text = None
        if any(each.variant == "text" for each in made):
            shown = await pictures.made(db, marketplace, here, "text", 1, visit.locale)
            text = (await pictures.content(db, marketplace, here, shown, visit.locale)).decode()
    except pictures.NotShown as why:
        return (
            [],
            None,
            str(why) or None,
            here.stands_as == "owner" and not await _harmful(visit, here.upload.upload_id),
        )
    pages = sorted((each for each in made if each.variant == "w640"), key=lambda each: each.page)
    return pages, text, None, here.may_have_scanned_original


async def _harmful(visit: Visit, upload_id: str) -> bool:
    check = (await checks.state_of(visit.hinge.db, visit.marketplace, [upload_id])).get(upload_id)
    return check is not None and (check.infected or check.why == "damaged")


def _clock(found: Seen, one: OfferView) -> object | None:
    return next((each for each in found.shown.deadlines if each.kind == "settlement_offer" and each.subject == one.id),
                None)  # fmt: skip


def _why_not(visit: Visit, found: Seen, role: str) -> tuple[str, tuple[str, ...]]:
    """Why the visitor cannot contest the decision now, with the clauses."""
    command = "appeal" if role == "seller" else "open_dispute"
    asked = not_open(found.case, visit.actor, found.at, found.policy, ())
    refused = next((one.refused for one in asked if one.command == command), None)
    return (said(refused, visit.locale, found.zone), refused.clauses) if refused is not None else ("", ())


def _contest(found: Seen, one: DecisionView, role: str) -> str:
    """The command by which this visitor can contest the decision now; nothing where there is none."""
    if one != found.shown.decisions[-1]:
        return ""
    for name in ("appeal",) if role == "seller" else ("open_dispute",):
        if found.action(name) is not None:
            return name
    return ""


ADDRESSES = (
    Address(method="GET", path="/cases/{case_id:str}/offers/{offer_id:str}", name="offer", does=offer, roles=PARTIES),
    Address(method="GET", path="/cases/{case_id:str}/decisions/{number:str}", name="decision", does=decision,
            roles=PARTIES),
    Address(method="GET", path="/cases/{case_id:str}/evidence/{evidence_id:str}", name="piece", does=evidence,
            roles=PARTIES),
)  # fmt: skip
