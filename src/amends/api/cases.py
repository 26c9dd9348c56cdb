"""Cases: reading them. The whole case in one call, its history, its deadlines, and lists of cases.

What does not exist for the caller is not found, in the same words as what does not exist at all.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec

from amends.access import view
from amends.access.caller import may_see
from amends.access.history import EventView, Recorded, history
from amends.access.shapes import CaseView, DerivedDeadline, PolicyView, Reference
from amends.access.sight import Sight
from amends.api.call import Answer, Call, answer
from amends.api.problems import not_found, problem
from amends.api.route import STAFF, Route
from amends.handle import policy_of
from amends.law.case import Case, ClosedAs, Stage
from amends.law.commands import Reason
from amends.law.facts import Id, Instant
from amends.law.money import Money
from amends.law.policy import Scenario
from amends.proof.receipt import Receipt
from amends.store import cases
from amends.store.cases import CaseFilter
from amends.store.ids import parse_case_id
from amends.store.rows import CaseRow
from amends.store.written import decode_case, decode_event

Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]
DueBefore = Annotated[
    datetime, msgspec.Meta(tz=True, description="For staff only: some deadlines are not shown to every party.")
]
Cursor = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class ActionsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`actions=all` (staff) lists what every role may do now."""

    actions: Annotated[str, msgspec.Meta(pattern="^(mine|all)$")] = "mine"


class CasesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters are equalities; `due_before` is for staff; `mine` is what the caller is a party to or has claimed."""

    limit: Limit = 50
    cursor: Cursor | None = None
    stage: Stage | None = None
    closed_as: ClosedAs | None = None
    reason: Reason | None = None
    scenario: Scenario | None = None
    order_id: Id | None = None
    claim_id: Id | None = None
    buyer: Id | None = None
    seller: Id | None = None
    assigned_to: Id | None = None
    mine: bool = False
    updated_after: Instant | None = None
    due_before: DueBefore | None = None


class CaseSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a list. A carrier sees no buyer and no money; only staff see who works on it."""

    id: str
    revision: int
    order_id: str
    line_id: str
    claim_id: str | None
    stage: Stage
    closed_as: ClosedAs | None
    reason: Reason | None
    scenario: Scenario | None
    policy: PolicyView
    buyer: Reference | None
    seller: Reference
    paid: Money | None
    refunded: Money | None
    opened_at: datetime
    updated_at: datetime
    next_due_at: datetime | None
    assigned_to: str | None
    assigned_until: datetime | None
    href: str


class CasePage(msgspec.Struct, frozen=True):
    """Some cases; `next` is the cursor of the following page."""

    items: tuple[CaseSummary, ...]
    next: str | None


class EventList(msgspec.Struct, frozen=True):
    """Every event of a case, in order."""

    items: tuple[EventView, ...]


class DeadlineList(msgspec.Struct, frozen=True):
    """Every deadline of a case, open and past, soonest first."""

    items: tuple[DerivedDeadline, ...]


async def read(call: Call) -> Answer:
    """The whole case."""
    case, at = await found(call)
    return shown(call, case, at, everyones=call.query.actions == "all")


async def events(call: Call) -> Answer:
    """The case's history."""
    case, _ = await found(call)
    rows = await cases.events_of(call.hinge.db, call.marketplace, case.id)
    recorded = [
        Recorded(row.seq, decode_event(row.body), row.hash.hex(), row.prev_hash.hex() if row.prev_hash else None)
        for row in rows
    ]
    sight = Sight(case, call.actor, policy_of(call.hinge, case), call.locale)
    return answer(EventList(history(sight, recorded)))


async def deadlines(call: Call) -> Answer:
    """The case's clocks."""
    case, _ = await found(call)
    return answer(DeadlineList(view.deadlines(case, call.actor, policy_of(call.hinge, case), call.locale)))


async def listed(call: Call) -> Answer:
    """The caller's cases that fit the filters."""
    filters = filters_of(call)
    if filters is None:
        return answer(CasePage((), None))
    query: CasesQuery = call.query
    page = await cases.list_cases(call.hinge.db, call.marketplace, filters, limit=query.limit, after=query.cursor)
    return answer(CasePage(tuple(summary(call, row) for row in page.rows), page.next))


def filters_of(call: Call) -> CaseFilter | None:
    """The filters, narrowed to what the caller may see; None when that leaves nothing. Problem for what is staff's."""
    query: CasesQuery = call.query
    if query.due_before is not None and call.actor.role not in STAFF:
        raise problem("bad_query", "`due_before` is for staff: some deadlines are not shown to every party.")
    wanted = CaseFilter(
        stage=query.stage,
        closed_as=query.closed_as,
        reason=query.reason,
        scenario=query.scenario,
        order_id=query.order_id,
        claim_id=query.claim_id,
        buyer_id=query.buyer,
        seller_id=query.seller,
        assigned_to=query.assigned_to,
        updated_after=query.updated_after,
        due_before=query.due_before,
    )
    return _narrowed(call, wanted)


def _narrowed(call: Call, wanted: CaseFilter) -> CaseFilter | None:
    actor = call.actor
    own: dict[str, str] = {}
    match actor.role:
        case "buyer":
            own = {"buyer_id": actor.id}
        case "seller":
            own = {"seller_id": actor.id}
        case "carrier":
            own = {"carrier_id": actor.id.lower()}
        case "adjudicator" if call.query.mine:
            own = {"assigned_to": actor.id}
    if not own and call.query.mine:
        return None
    if actor.role in ("buyer", "seller", "carrier") and wanted.assigned_to is not None:
        return None
    if actor.role == "carrier" and wanted.buyer_id is not None:
        return None
    for name, value in own.items():
        if getattr(wanted, name) not in (None, value):
            return None
    return msgspec.structs.replace(wanted, **own)


def summary(call: Call, row: CaseRow) -> CaseSummary:
    """A stored case as it stands in a list."""
    facts, actor = row.projection, call.actor
    staff = call.caller is not None and call.caller.is_staff
    carrier = actor.role == "carrier"
    return CaseSummary(
        id=row.case_id,
        revision=row.revision,
        order_id=facts.order_id,
        line_id=facts.line_id,
        claim_id=facts.claim_id,
        stage=_known(facts.stage),
        closed_as=_known(facts.closed_as),
        reason=_known(facts.reason),
        scenario=_known(facts.scenario),
        policy=PolicyView(pack=facts.pack, edition=facts.edition),
        buyer=None if carrier else Reference(facts.buyer_id),
        seller=Reference(facts.seller_id),
        paid=None if carrier else Money(facts.paid, facts.currency),
        refunded=None if carrier else Money(facts.refunded, facts.currency),
        opened_at=facts.opened_at,
        updated_at=facts.updated_at,
        next_due_at=facts.next_due_at if staff else None,
        assigned_to=facts.assigned_to if staff else None,
        assigned_until=facts.assigned_until if staff else None,
        href=f"/v1/cases/{row.case_id}",
    )


def _known(word: Any) -> Any:
    """A word of the law as the store keeps it (plain text)."""
    return word


def case_id_in(call: Call) -> str:
    """The case id of the path; what cannot be an id is simply not found."""
    case_id = parse_case_id(call.path["case_id"])
    if case_id is None:
        raise not_found()
    return case_id


async def found(call: Call) -> tuple[Case, datetime]:
    """The case of the path, if it exists for the caller, and the marketplace's present."""
    read = await cases.read_case(call.hinge.db, call.marketplace, case_id_in(call))
    case = decode_case(read.state) if read.state is not None else None
    if case is None or not may_see(case, call.actor):
        raise not_found()
    return case, read.clock_at or call.hinge.clock()


def shown(
    call: Call, case: Case, at: datetime, *, status: int = 200, everyones: bool = False, receipt: Receipt | None = None
) -> Answer:
    """The case as the caller sees it at an instant, with its ETag and the receipt of what was just done."""
    policy = policy_of(call.hinge, case)
    seen = view.show(case, call.actor, at, policy, all_actions=everyones, locale=call.locale)
    if receipt is not None:
        seen = msgspec.structs.replace(seen, receipt=receipt)
    return answer(seen, status, [(b"etag", b'"%d"' % case.revision)])


OF_ONE: tuple[tuple[str, str, Callable[..., Any], Any, str], ...] = (
    ("/events", "case_events", events, EventList, "The history: every event with its clauses and hashes"),
    ("/deadlines", "case_deadlines", deadlines, DeadlineList, "Every deadline, open and past, with its derivation"),
)

ROUTES = (
    Route(
        method="GET", path="/v1/cases", name="list_cases", tag="cases", summary="Cases, newest first", does=listed,
        query=CasesQuery, answer=CasePage,
    ),
    Route(
        method="GET", path="/v1/cases/{case_id}", name="get_case", tag="cases", summary="The whole case in one call",
        does=read, query=ActionsQuery, answer=CaseView, also=(404,), etag=True,
    ),
    *(
        Route(
            method="GET", path="/v1/cases/{case_id}" + path, name=name, tag="cases", summary=summary_, does=does,
            answer=shape, also=(404,),
        )
        for path, name, does, shape, summary_ in OF_ONE
    ),
)  # fmt: skip
