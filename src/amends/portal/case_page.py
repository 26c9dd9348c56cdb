"""The page of a case for its buyer and seller: where it stands, whose turn, until when, what one can do, the history.

Every action is listed, also those that are not open now, with the rule that says why: nothing hides.
"""

from collections.abc import Callable
from typing import Any

from amends.access.shapes import ActionView, DeadlineView, RemedyView
from amends.law.closed import not_open
from amends.portal import acting, case_parts, figures, papers, watching
from amends.portal.forms import FORMS
from amends.portal.reading import Seen, derived, events, seen
from amends.portal.refusals import said
from amends.portal.route import PARTIES, Address
from amends.portal.standing import standing, waiting_for
from amends.portal.timeline import entries
from amends.portal.visit import Page, Visit

SHOP = {
    "approve_request": "accept", "reject_request": "contest", "submit_evidence": "evidence",
    "offer_settlement": "offer", "accept_settlement": "offered", "decline_settlement": "offered", "appeal": "appeal",
    "receive_return": "return", "refuse_return": "return", "report_remedy": "remedy",
}  # fmt: skip
"""Where a seller does these: pages of the shop."""
PLACES = {
    "ship_return": 0, "approve_request": 1, "reject_request": 2, "open_dispute": 3, "submit_evidence": 4,
    "accept_settlement": 5, "decline_settlement": 6, "offer_settlement": 7, "post_message": 9,
    "decline_evidence": 10, "report_proceedings": 11, "withdraw": 12,
}  # fmt: skip
"""In which order people look for them; what ends the matter comes last."""
ANSWERS = frozenset({"accept_settlement", "decline_settlement"})
OF_MONEY = frozenset({"refund", "refund_after_return", "partial_refund"})


async def show(visit: Visit) -> Page:
    """The case."""
    found = await seen(visit)
    role, shown = visit.actor.role, found.shown
    _ = visit.gettext
    names = {
        "buyer": _("You") if role == "buyer" else _("The buyer"),
        "seller": _("You") if role == "seller" else shown.seller.name or _("The seller"),
    }
    stands, known = standing(shown, role, _), derived(visit, found)
    offer = next((one for one in reversed(shown.offers) if one.status == "open" and one.by != role), None)
    return visit.page(
        "case/case.html",
        found=found,
        shown=shown,
        role=role,
        stands=stands,
        waiting=waiting_for(stands, role, _),
        gone=_gone(visit, stands.clock, known),
        others=[one for one in shown.deadlines if stands.clock is None or one.id != stands.clock.id],
        open=_open(found, offer is not None),
        closed=_not_open(visit, found),
        door=_door(visit, found),
        sent=sum(1 for one in shown.evidence if one.party == role),
        gallery={one.id: one for one in shown.evidence},
        history=entries(await events(visit, found), names, _),
        derived=known,
        done=visit.query.get("done", ""),
        offer=offer,
        owed=_owed(found),
        money_says=_money_says(visit, found),
    )


def _open(found: Seen, offered: bool) -> list[ActionView]:
    """What may be done now. An offer is answered on its own page, which stands above."""
    known = {*FORMS, "file_request"} - (ANSWERS if offered else frozenset())
    may = [one for one in found.shown.available_actions if one.command in known]
    return sorted(may, key=lambda one: (not one.mandatory, PLACES.get(one.command, len(PLACES) // 2)))


def _door(visit: Visit, found: Seen) -> Callable[[str], str]:
    """Where a command is done."""
    case = found.case.id

    def door(command: str) -> str:
        if command == "file_request":
            return f"/my/orders/{found.shown.order_id}/claim?line={found.shown.line_id}"
        if visit.actor.role == "seller" and command in SHOP:
            return f"/shop/cases/{case}/{SHOP[command]}"
        return f"/cases/{case}/{command.replace('_', '-')}"

    return door


def _gone(visit: Visit, clock: DeadlineView | None, known: dict[str, Any]) -> int:
    """How much of the clock's whole window is gone, 0 to 100."""
    if clock is None or clock.id not in known:
        return 0
    whole = (clock.due_at - known[clock.id].derivation.start).total_seconds()
    return figures.arc(clock.due_at, visit.now, max(1.0, whole))


def _owed(found: Seen) -> list[RemedyView]:
    """Money that is promised, paid or was taken, in the order it was decided."""
    return [one for one in found.shown.remedies if one.kind in OF_MONEY and one.amount is not None]


def _money_says(visit: Visit, found: Seen) -> str:
    """Where the money stands, in a sentence or two."""
    _, shown, buyer = visit.gettext, found.shown, visit.actor.role == "buyer"
    waiting = next((one for one in _owed(found) if one.status in ("pending", "overdue")), None)
    if waiting is not None and waiting.amount is not None:
        sum_ = figures.money(waiting.amount.amount, waiting.amount.currency, visit.locale)
        clock = next((one for one in shown.deadlines if one.subject == waiting.id), None)
        first = _("You are owed %(money)s.") if buyer else _("The buyer is owed %(money)s.")
        return f"{first % {'money': sum_}} {clock.says if clock is not None else ''}".strip()
    if shown.refunded is not None and shown.refunded.amount:
        sum_ = figures.money(shown.refunded.amount, shown.refunded.currency, visit.locale)
        return _("%(money)s was paid back.") % {"money": sum_}
    if shown.stage == "closed":
        return _("No money moved in this case.")
    window = figures.window(found.policy.windows.remedy.window, visit.locale)
    if buyer:
        return _("No money has moved yet. If money is due to you in the end, it must be paid within %(window)s; after "
                 "that it is taken from the seller’s payout.") % {"window": window}  # fmt: skip
    return _("No money has moved yet. If money is due to the buyer in the end, you have %(window)s to pay; after that "
             "it is taken from your payout.") % {"window": window}  # fmt: skip


def _not_open(visit: Visit, found: Seen) -> list[tuple[str, str, tuple[str, ...]]]:
    """Actions people look for that are not open: command, why not, and the clauses that say so."""
    open_now = [one.command for one in found.shown.available_actions]
    closed = not_open(found.case, visit.actor, found.at, found.policy, open_now)
    return [
        (one.command, said(one.refused, visit.locale, found.zone, found.case.order.currency), one.refused.clauses)
        for one in closed
    ]


ADDRESSES = (
    *watching.ADDRESSES,
    *papers.ADDRESSES,
    *case_parts.ADDRESSES,
    Address(method="GET", path="/cases/{case_id:str}", name="case", does=show, roles=PARTIES),
    Address(method="GET", path="/cases/{case_id:str}/{command:str}", name="act", does=acting.show, roles=PARTIES),
    Address(method="POST", path="/cases/{case_id:str}/{command:str}", name="acted", does=acting.send, roles=PARTIES,
            uploads=True),
)  # fmt: skip
