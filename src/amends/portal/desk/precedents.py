"""A5: similar cases. Decided cases of the same reason, policy and amount band, with their outcomes and what became of
them, so that like is decided alike. They bind nobody.
"""

from collections import Counter

import msgspec

from amends.access.caller import may_see
from amends.law.case import Case, Decision
from amends.portal.reading import seen
from amends.portal.route import STAFF, Address
from amends.portal.visit import Page, Visit
from amends.store import cases, desk
from amends.store.written import decode_case

BAND = 2
"""A line is in the band when it cost from half to twice as much."""
MOST = 40


class Precedent(msgspec.Struct, frozen=True):
    """A decided case: its last decision, and the clauses it shares with the one at hand."""

    case: Case
    decision: Decision
    shared: tuple[str, ...]
    overturned: bool


async def listed(visit: Visit) -> Page:
    """Cases like this one."""
    found = await seen(visit)
    row = await cases.get_case(visit.hinge.db, visit.marketplace, found.case.id)
    paid = found.case.paid
    rows = await desk.similar(
        visit.hinge.db, visit.marketplace, row, paid // BAND, paid * BAND, limit=MOST
    ) if row is not None else []  # fmt: skip
    clauses = {one for decision in found.case.decisions for one in decision.clauses}
    clauses |= {one for row_ in found.policy.decision.rows for one in row_.clauses
                if found.case.scenario in _scenarios(row_.when.get("scenario"))}  # fmt: skip
    made = list[Precedent]()
    for one in rows:
        case = decode_case(one.state)
        if case.decision is None or not may_see(case, visit.actor):
            continue
        shared = tuple(clause for clause in case.decision.clauses if clause in clauses)
        overturned = any(each.overturned for each in case.decisions)
        made.append(Precedent(case, case.decision, shared, overturned))
    tally = Counter(one.decision.outcome for one in made)
    return visit.page(
        "desk/similar.html", active="queue", found=found, shown=found.shown, precedents=made, tally=tally,
        overturned=sum(one.overturned for one in made), least=paid // BAND, most=paid * BAND,
    )  # fmt: skip


def _scenarios(accepts: object) -> tuple[object, ...]:
    return accepts if isinstance(accepts, tuple) else (accepts,)


ADDRESSES = (
    Address(method="GET", path="/desk/cases/{case_id:str}/similar", name="desk_similar", does=listed, roles=STAFF),
)
