"""A1, the queue: what waits for an adjudicator, most urgent first. Everything that was chosen stands in the address.

Views, filters, order and page are a GET form and links; taking the next case is a POST.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple, get_args
from urllib.parse import parse_qsl, urlencode

import msgspec

from amends.access.caller import may_see
from amends.answers import Accepted
from amends.handle import handle, policy_of
from amends.law import commands as c
from amends.law.case import MONEY_KINDS, Case, under
from amends.law.decision import recommend
from amends.law.policy import SCENARIO_OF
from amends.portal.desk import saved
from amends.portal.desk.strip import AHEAD, strip
from amends.portal.reading import act
from amends.portal.route import STAFF, Address
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import N_
from amends.store import desk, desk_work, queue, sessions
from amends.store.written import decode_case
from amends.text import whole_number

PAGE = 50
TRIES = 50
MOST_VIEWS = 20
VIEWS: dict[str, tuple[str, str]] = {
    "due": (N_("Due first"), "due"),
    "unassigned": (N_("Unassigned"), "unassigned"),
    "mine": (N_("Mine"), "mine"),
    "appeals": (N_("Appeals"), "appeals"),
    "late": (N_("Overdue"), "late"),
    "open": (N_("All open"), "all_open"),
}
WITHIN = {"4": N_("Next 4 hours"), "24": N_("Next 24 hours"), "72": N_("Next 3 days")}
STAGES = ("awaiting_seller", "refused", "gathering_evidence", "under_review", "agreed", "decided", "under_appeal",
          "suspended", "withdrawn")  # fmt: skip
CHOSEN = ("view", "reason", "stage", "pack", "within", "q", "sort")
"""What of the address is kept from page to page, and with a saved view."""


class Line(msgspec.Struct, frozen=True):
    """One case as a row of the queue."""

    case: Case
    due_at: Any
    kind: str | None
    zone: str
    by_buyer: int
    by_seller: int
    advice: str
    remedies: tuple[str, ...]
    missing: int
    held: bool
    own: bool
    flags: tuple[tuple[str, str], ...]

    @property
    def at_stake(self) -> Any:
        """What is still in dispute, as an amount."""
        case = self.case
        if case.stage == "under_appeal" and case.decision is not None:
            ordered = sum(one.amount or 0 for one in under(case, case.decision) if one.kind in MONEY_KINDS)
            return Amount(ordered or case.paid, case.order.currency)
        most = case.paid - case.refunded
        asked = case.asked_amount if case.requests else None
        return Amount(min(asked, most) if asked else most, case.order.currency)


class Amount(NamedTuple):
    """An amount in minor units."""

    amount: int
    currency: str


async def listed(visit: Visit) -> Page:
    """The queue."""
    wanted = wanted_of(visit)
    number = whole_number(visit.query.get("page", ""), 4) or 1
    db, marketplace = visit.hinge.db, visit.marketplace
    rows, more = await desk.work(db, marketplace, wanted, limit=PAGE, offset=(number - 1) * PAGE)
    marks = await desk.clocks(db, marketplace, visit.actor.id, visit.now, visit.now + AHEAD)
    lines = [line for row in rows if (line := _line(visit, row)) is not None]
    zone = lines[0].zone if lines else "UTC"
    return visit.page(
        "desk/queue.html",
        active=wanted.view if wanted.view in ("late", "mine", "appeals") else "queue",
        wanted=wanted,
        lines=lines,
        views=VIEWS,
        own_views=own_views(visit),
        strip=strip(marks, visit.now, zone, visit.locale),
        zone=zone,
        page=number,
        more=more,
        first=(number - 1) * PAGE + 1,
        total=_total(visit, wanted),
        reasons=tuple(SCENARIO_OF),
        stages=STAGES,
        packs=sorted({policy.pack.pack for policy in visit.hinge.catalogue.policies}),
        within=WITHIN,
        here=chosen(visit),
        link=lambda **other: link(visit, **other),
        filtered=any(visit.query.get(name) for name in ("reason", "stage", "pack", "within", "q")),
        waiting=await desk_work.waiting(db, marketplace, visit.actor.id),
        version=await desk.version(db, marketplace),
        wall=visit.hinge.clock(),
        took=visit.query.get("none", ""),
    )


async def start_next(visit: Visit) -> Page:
    """Take the most urgent case that this person may decide, and open it."""
    for row in await queue.waiting(visit.hinge.db, visit.marketplace, at=visit.now, limit=TRIES):
        answered = await handle(visit.hinge, visit.marketplace, row.case_id, c.Claim(), visit.actor)
        if isinstance(answered, Accepted) and may_see(answered.case, visit.actor):
            return visit.to(f"/desk/cases/{row.case_id}")
    return visit.to("/desk", none="1")


async def take(visit: Visit) -> Page:
    """Take the cases that were chosen; what cannot be taken is left, and its reason shown when there is just one."""
    failed = None
    ids = [*visit.lists.get("ids", []), *visit.lists.get("take", [])]
    if not ids:
        return visit.to("/desk")
    for case_id in ids[:TRIES]:
        done = await act(visit, case_id, c.Claim())
        failed = done if not hasattr(done, "case") else failed
    back = visit.form.get("back", "")
    return visit.to("/desk" + (f"?{back}" if back else ""))


async def keep_view(visit: Visit) -> Page:
    """Keep the filters of the page under a name of one's own, or forget some."""
    views = own_views(visit)
    if name := visit.form.get("forget", ""):
        views.pop(name, None)
    elif name := visit.form.get("name", "")[:40]:
        kept = [(key, value) for key, value in parse_qsl(visit.form.get("query", "")) if key in CHOSEN]
        views[name] = urlencode(kept)
    session = visit.session
    assert session is not None, "the page asks for one"
    chosen_now = visit.chosen | {"views": dict(list(views.items())[:MOST_VIEWS])}
    await sessions.prefer(visit.hinge.db, session.marketplace_id, session.role, session.person_id, chosen_now)
    where = views.get(name, "")
    return visit.to("/desk" + (f"?{where}" if where else ""))


def wanted_of(visit: Visit) -> desk.Wanted:
    """What the address asks for; what it says wrongly is left out."""
    query, multi = visit.query, visit.request.query_params
    view, sort, within = query.get("view", "due"), query.get("sort", "due"), query.get("within", "")
    reasons = tuple(one for one in multi.getall("reason", []) if one in SCENARIO_OF)
    stages = tuple(one for one in multi.getall("stage", []) if one in STAGES)
    return desk.Wanted(
        view=view if view in VIEWS else "due",  # type: ignore[arg-type]  # one of the views
        person=visit.actor.id,
        at=visit.now,
        reasons=reasons,
        stages=stages,
        packs=tuple(one for one in multi.getall("pack", []) if one),
        within=timedelta(hours=int(within)) if within in WITHIN else None,
        text=query.get("q", "").strip()[:100],
        sort=sort if sort in get_args(desk.Sort) else "due",  # type: ignore[arg-type]  # one of the orders
    )


def chosen(visit: Visit) -> str:
    """The part of the address that says what is shown."""
    return urlencode([(name, value) for name, value in visit.request.query_params.multi_items() if name in CHOSEN])


def link(visit: Visit, **other: object) -> str:
    """This page with something chosen otherwise (None: not at all); a list keeps the others of its name."""
    kept = [(k, v) for k, v in visit.request.query_params.multi_items() if k in CHOSEN and k not in other]
    kept += [(k, str(v)) for k, v in other.items() if v not in (None, "")]
    return "/desk" + (f"?{urlencode(kept)}" if kept else "")


def own_views(visit: Visit) -> dict[str, str]:
    """The person's own saved views: name and query."""
    views = visit.chosen.get("views")
    return dict(views) if isinstance(views, dict) else {}


def _total(visit: Visit, wanted: desk.Wanted) -> int | None:
    """How many there are in the view, where nothing more was filtered."""
    if wanted.reasons or wanted.stages or wanted.packs or wanted.within or wanted.text or visit.rail is None:
        return None
    return int(getattr(visit.rail.counts, VIEWS[wanted.view][1]))


def _line(visit: Visit, row: desk.WorkRow) -> Line | None:
    case = decode_case(row.row.state)
    if not may_see(case, visit.actor):
        return None
    policy = policy_of(visit.hinge, case)
    advice = recommend(case, c.Findings(), policy) if case.disputes else None
    held = case.assigned_to is not None and case.assigned_until is not None and visit.now < case.assigned_until
    return Line(
        case=case,
        due_at=row.due_at,
        kind=row.kind,
        zone=policy.pack.zone,
        by_buyer=sum(one.party == "buyer" for one in case.evidence),
        by_seller=sum(one.party == "seller" for one in case.evidence),
        advice=(advice.outcome or "") if advice else "",
        remedies=tuple(one.kind for one in advice.remedies) if advice else (),
        missing=len(advice.needed) if advice else 0,
        held=held,
        own=held and case.assigned_to == visit.actor.id,
        flags=tuple(_flags(case)),
    )


def _flags(case: Case) -> Sequence[tuple[str, str]]:
    found = list[tuple[str, str]]()
    if case.stage == "under_appeal":
        found.append(("info", N_("Appeal")))
    if case.round > 1:
        found.append(("", N_("Second dispute")))
    silent = any(d.kind == "seller_evidence" and d.state == "fired" for d in case.deadlines)
    if silent and case.stage in ("under_review", "gathering_evidence"):
        found.append(("bad", N_("Seller sent nothing in time")))
    if any(one.late and not one.admitted for one in case.evidence):
        found.append(("warn", N_("Late evidence")))
    return found


async def forget(visit: Visit) -> Page:
    """Throw away work that came back."""
    case_id = visit.form.get("case", "")
    if not case_id:
        raise Lost(404)
    await saved.forget(visit, case_id)
    return visit.to("/desk")


ADDRESSES = (
    Address(method="GET", path="/desk", name="desk", does=listed, roles=STAFF),
    Address(method="POST", path="/desk/next", name="desk_next", does=start_next, roles=frozenset({"adjudicator"})),
    Address(method="POST", path="/desk/take", name="desk_take", does=take, roles=frozenset({"adjudicator"})),
    Address(method="POST", path="/desk/views", name="desk_views", does=keep_view, roles=STAFF),
)
