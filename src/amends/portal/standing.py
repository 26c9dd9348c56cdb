"""Where a case stands for one party, in two sentences: what is so, what they need to do; and the clock that counts.

Headline, act-or-wait sentence and consequence follow UI.md 4.6. The consequence is the law's own (`deadline.says`).
"""

from typing import Literal

import msgspec

from amends.access.shapes import ActionView, CaseView, DeadlineView
from amends.portal.words import N_, Translate

Step = Literal["done", "now", "next"]
STEPS = (N_("Requested"), N_("Escalated"), N_("Evidence"), N_("Review"), N_("Decision"))
AT = {
    "awaiting_seller": 0, "refused": 1, "withdrawn": 1, "gathering_evidence": 2, "under_review": 3, "decided": 4,
    "under_appeal": 4,
}  # fmt: skip
"""How far along a dispute is in each stage; other stages are told without steps."""

HEADLINES: dict[str, dict[str, str]] = {
    "buyer": {
        "awaiting_seller": N_("The seller has your request"),
        "refused": N_("The seller contested your request"),
        "gathering_evidence": N_("Evidence is being collected"),
        "under_review": N_("We are reviewing your case"),
        "agreed": N_("It is agreed"),
        "decided": N_("Your case is decided"),
        "under_appeal": N_("The seller appealed the decision"),
        "suspended": N_("Your case is paused"),
        "withdrawn": N_("You withdrew"),
        "closed": N_("Your case is closed"),
    },
    "seller": {
        "awaiting_seller": N_("A buyer asks you to put something right"),
        "refused": N_("You contested the request"),
        "gathering_evidence": N_("Evidence is being collected"),
        "under_review": N_("We are reviewing the dispute"),
        "agreed": N_("It is agreed"),
        "decided": N_("The dispute is decided"),
        "under_appeal": N_("Your appeal is with another reviewer"),
        "suspended": N_("The case is paused"),
        "withdrawn": N_("The buyer withdrew"),
        "closed": N_("The case is closed"),
    },
}
WAIT = N_("You do not need to do anything right now.")
MUST = N_("It is your turn.")
MAY = N_("You may act, but you do not have to.")
OVER = N_("Nothing more is to be done.")


class Standing(msgspec.Struct, frozen=True):
    """Where the case stands for one party. `turn`: `must`, `may`, `wait` or `over`."""

    headline: str
    sentence: str
    opening: str
    """The first half of the sentence: act, or wait."""
    turn: Literal["must", "may", "wait", "over"]
    clock: DeadlineView | None
    steps: tuple[tuple[str, Step], ...]


def standing(shown: CaseView, role: str, _: Translate) -> Standing:
    """Where the case stands for the buyer or the seller."""
    duty = next((one for one in shown.available_actions if one.mandatory), None)
    clock = _clock(shown, role, duty)
    turn = _turn(shown, role, duty, clock)
    opening = {"must": MUST, "may": MAY, "wait": WAIT, "over": OVER}[turn]
    sentence = _(opening) + (f" {clock.says}" if clock is not None else "")
    return Standing(_(HEADLINES[role][shown.stage]), sentence, _(opening), turn, clock, _steps(shown, _))


WAITING = {
    "buyer": N_("Waiting for the buyer"),
    "seller": N_("Waiting for the seller"),
    "carrier": N_("Waiting for the carrier"),
    "adjudicator": N_("Waiting for our decision"),
    "operator": N_("Waiting for the platform"),
}


def waiting_for(stands: Standing, role: str, _: Translate) -> str:
    """What comes next, for the head of the history."""
    if stands.clock is None:
        return ""
    if stands.clock.party == role:
        return _("It is your turn") if stands.turn == "must" else _("You may act")
    return _(WAITING[stands.clock.party])


def _clock(shown: CaseView, role: str, duty: ActionView | None) -> DeadlineView | None:
    """The clock that counts now: one's own duty, else one's own right, else whoever is waited for."""
    running = [one for one in shown.deadlines if one.kind != "retention"]
    own = [one for one in running if one.party == role]
    if duty is not None and duty.due_at is not None:
        own = [one for one in own if one.due_at == duty.due_at] or own
    return next(iter(own or running), None)


def _turn(
    shown: CaseView, role: str, duty: ActionView | None, clock: DeadlineView | None
) -> Literal["must", "may", "wait", "over"]:
    if shown.stage == "closed":
        return "over"
    if duty is not None:
        return "must"
    return "may" if clock is not None and clock.party == role else "wait"


def _steps(shown: CaseView, _: Translate) -> tuple[tuple[str, Step], ...]:
    at = AT.get(shown.stage)
    if at is None:
        return ()
    return tuple((_(name), "done" if n < at else "now" if n == at else "next") for n, name in enumerate(STEPS))
