"""What the seller's pages share: which clocks are the seller's own, where each action is done, and the way about.

Which kinds of deadlines there are is the law's; here they are sorted by what the seller does about them.
"""

from collections.abc import Mapping
from datetime import datetime

from amends.access.shapes import CaseView
from amends.portal.visit import Visit
from amends.portal.words import N_
from amends.store import marketplaces
from amends.store.shop import Clocks

SELLER = frozenset({"seller"})
CLOCKS = Clocks(
    own=(
        "seller_answer", "seller_evidence", "requested_evidence", "reply", "remedy", "return_inspection",
        "settlement_offer",
    ),
    appeals=("appeal", "enforcement"),
)  # fmt: skip
TO_DO: Mapping[str, tuple[str, str]] = {
    "seller_answer": (N_("Answer"), "answer"),
    "seller_evidence": (N_("Send evidence"), "evidence"),
    "requested_evidence": (N_("Send evidence"), "evidence"),
    "reply": (N_("Reply"), "evidence"),
    "remedy": (N_("Report it done"), "remedy"),
    "return_inspection": (N_("Check the return"), "return"),
    "settlement_offer": (N_("Answer the offer"), "offered"),
    "appeal": (N_("Appeal"), "appeal"),
    "enforcement": (N_("Appeal"), "appeal"),
}
"""By the clock that runs: the button, and the page under the case that does it."""
PAGES: Mapping[str, str] = {
    "approve_request": "accept",
    "reject_request": "contest",
    "submit_evidence": "evidence",
    "offer_settlement": "offer",
    "accept_settlement": "offered",
    "decline_settlement": "offered",
    "appeal": "appeal",
    "receive_return": "return",
    "refuse_return": "return",
    "report_remedy": "remedy",
}
"""The seller's own page of a command, under the case."""


def own_clock(shown: CaseView) -> tuple[str, datetime] | None:
    """The kind and instant of the soonest clock the seller answers."""
    own = [one for one in shown.deadlines if one.party == "seller" and one.kind in CLOCKS.own]
    soonest = min(own, key=lambda one: one.due_at, default=None)
    return (soonest.kind, soonest.due_at) if soonest is not None else None


async def now_of(visit: Visit) -> datetime:
    """The marketplace's present."""
    place = await marketplaces.get(visit.hinge.db, visit.marketplace)
    return (place.clock_at if place is not None else None) or visit.now
