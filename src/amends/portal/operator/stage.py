"""The stage of a sandbox: the little marketplace explained, its people to step into, and a clock to move.

It opens by a link that works once (`access.stage`); the browser then keeps a cookie of its own for it, beside the one
of whoever is being played. Without that, or where the marketplace is real, there is no stage. The clock is moved by
the very code the API's sandbox clock uses, so all that falls due on the way happens as it would.
"""

import hmac
from copy import copy
from datetime import datetime, timedelta

import msgspec

from amends.access import stage
from amends.handle import policy_of
from amends.law.case import Case
from amends.portal.door import cookie_name
from amends.portal.entry import HOME, own
from amends.portal.reading import events, look
from amends.portal.route import ANYONE, Address
from amends.portal.terms import term
from amends.portal.timeline import Entry, entries
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import N_
from amends.store import cases, figures, marketplaces, sessions
from amends.store.cases import CaseFilter
from amends.store.sessions import Session
from amends.store.written import decode_case
from amends.sweep import GRACE, ClockRefused, advance

MOST_CASES = 100
SHOWN_FIRST = 6
MOST_TOLD = 8
CLOCKS = 5
MOVES: dict[str, tuple[timedelta | None, str]] = {
    "1h": (timedelta(hours=1), N_("1 hour")),
    "24h": (timedelta(hours=24), N_("24 hours")),
    "48h": (timedelta(hours=48), N_("48 hours")),
    "next": (None, N_("To the next deadline")),
}
STAFF: tuple[tuple[str, str, str], ...] = (
    ("adjudicator", "Citra", N_("Decides disputes at the desk; holds some of the open ones.")),
    ("adjudicator", "Bima", N_("A second pair of eyes: appeals go to someone who did not decide.")),
    ("operator", "Olga", N_("Runs the marketplace: figures, money, health, people.")),
    ("auditor", "Ari", N_("Reads everything, changes nothing.")),
)


class Person(msgspec.Struct, frozen=True):
    """Somebody of the little marketplace. `needs` is the deadline (a term) that waits for them first."""

    role: str
    id: str
    name: str
    cases: int
    needs: str | None = None
    due_at: datetime | None = None
    zone: str = "UTC"
    case_id: str | None = None
    about: str = ""


class Told(msgspec.Struct, frozen=True):
    """What happened in one case: its title, its people, the entries of its history, newest first."""

    case_id: str
    title: str
    zone: str
    people: tuple[tuple[str, str, str], ...]
    entries: tuple[Entry, ...]


async def show(visit: Visit) -> Page:
    """The stage, or the button that opens it."""
    if token := visit.query.get("t", ""):
        if await stage.read(visit.hinge.db, token, visit.hinge.clock()) is None:
            raise Lost(401, "link_over")
        return visit.page("operator/stage_door.html", token=token)
    on = await _on_stage(visit)
    if on is None:
        return visit.page("operator/stage_closed.html", 403)
    known = await _cases(visit, on)
    ahead = await figures.ahead(visit.hinge.db, on.marketplace_id, CLOCKS)
    people = _people(visit, known)
    since = _instant(visit.query.get("since", ""))
    return visit.page(
        "operator/stage.html", secret=on.csrf, moves=MOVES, staff=STAFF, ahead=ahead, cases=known,
        buyers=[one for one in people if one.role == "buyer"], shown_first=SHOWN_FIRST,
        sellers=[one for one in people if one.role == "seller"], since=since,
        told=await _told(visit, on, since) if since else [], fired=visit.query.get("fired", ""),
        failed=visit.query.get("failed", "0"), zone_of=_zones(visit, known),
        case_of={case.id: case for case in known}, scanner=visit.portal.settings.scanner,
    )  # fmt: skip


async def open_(visit: Visit) -> Page:
    """Use the link: the stage is this browser's."""
    token = visit.form.get("t", "")
    opened = await stage.use(visit.hinge.db, token, visit.hinge.clock(), visit.agent)
    if opened is None:
        raise Lost(401, "link_used")
    visit.set_cookie(cookie_of(visit), opened, None)
    return visit.to("/sandbox")


async def step_in(visit: Visit) -> Page:
    """Become somebody of the little marketplace, for as long as one likes."""
    on = await _allowed(visit)
    role, person = visit.form.get("role", ""), visit.form.get("id", "")
    if role not in HOME or role == "carrier" or not person or len(person) > 128:
        raise Lost(400, "form")
    name = visit.form.get("name", "")[:200] or person
    opening = sessions.Opening(
        roles=(role,), person_id=person, person_name=name, opened_by=stage.OPENED_BY, agent=visit.agent,
        stepped_up=True,
    )  # fmt: skip
    if visit.session is not None and visit.session.token_hash != on.token_hash:
        await sessions.end(visit.hinge.db, visit.session, visit.hinge.clock())
    opened = await sessions.open_session(visit.hinge.db, on.marketplace_id, opening, visit.hinge.clock())
    visit.set_cookie(cookie_name(visit.portal), opened, None)
    return visit.to(own(visit.form.get("to", "")) or HOME[role])


async def move(visit: Visit) -> Page:
    """Move the clock, then show what happened."""
    on = await _allowed(visit)
    by, _label = MOVES.get(visit.form.get("by", ""), (None, ""))
    before = visit.now
    if by is None:
        ahead = await figures.ahead(visit.hinge.db, on.marketplace_id, 1)
        if not ahead:
            return visit.to("/sandbox")
        to = max(before, ahead[0].due_at + GRACE)
    else:
        to = before + by
    moved = await advance(visit.hinge, on.marketplace_id, to)
    if isinstance(moved, ClockRefused):
        raise Lost(409, "clock")
    told = {"since": before.isoformat(), "fired": str(moved.fired), "failed": str(moved.failed)}
    return visit.to("/sandbox", **told)


def cookie_of(visit: Visit) -> str:
    """The cookie of the stage, beside the one of whoever is being played."""
    return f"{cookie_name(visit.portal)}-stage"


async def _on_stage(visit: Visit) -> Session | None:
    """The session of the stage, if this browser has one and the marketplace is a sandbox; the clock is then its."""
    token = str(visit.request.cookies.get(cookie_of(visit), ""))
    found = await sessions.find(visit.hinge.db, token, visit.hinge.clock()) if token else None
    if found is None or found.opened_by != stage.OPENED_BY or found.role != "operator":
        return None
    place = await marketplaces.get(visit.hinge.db, found.marketplace_id)
    if place is None or not place.sandbox:
        return None
    visit.now, visit.standing = place.clock_at or visit.hinge.clock(), place.clock_at is not None
    return found


async def _allowed(visit: Visit) -> Session:
    """The session of the stage, and a form that came from its page."""
    on = await _on_stage(visit)
    if on is None:
        raise Lost(401, "signed_out")
    if not hmac.compare_digest(visit.form.get("csrf", "").encode(), on.csrf.encode()):
        raise Lost(403, "stale_form")
    return on


async def _cases(visit: Visit, on: Session) -> list[Case]:
    page = await cases.list_cases(visit.hinge.db, on.marketplace_id, CaseFilter(), limit=MOST_CASES)
    return [decode_case(row.state) for row in page.rows if row.state]


def _people(visit: Visit, known: list[Case]) -> list[Person]:
    """The buyers and sellers of the cases: who is called upon first, then the others by name."""
    found: dict[tuple[str, str], Person] = {}
    for case in known:
        zone = policy_of(visit.hinge, case).pack.zone
        for role, who in (("buyer", case.order.buyer), ("seller", case.order.seller)):
            person = found.get((role, who.id)) or Person(role, who.id, who.name or who.id, 0, zone=zone)
            clocks = [] if case.stage == "suspended" else [d for d in case.deadlines if d.state == "open"]
            clocks = [d for d in clocks if d.party == role and d.kind != "upload"]
            first = min(clocks, key=lambda d: d.due_at, default=None)
            person = msgspec.structs.replace(person, cases=person.cases + 1, case_id=person.case_id or case.id)
            if first and (person.due_at is None or first.due_at < person.due_at):
                person = msgspec.structs.replace(
                    person, needs=first.kind, due_at=first.due_at, zone=zone, case_id=case.id,
                    about=case.order.line.title or "",
                )  # fmt: skip
            found[role, who.id] = person
    return sorted(found.values(), key=lambda one: (one.due_at is None, one.due_at or visit.now, one.name))


async def _told(visit: Visit, on: Session, since: datetime) -> list[Told]:
    """What happened since an instant, case by case, as the operator sees it."""
    operator = copy(visit)
    operator.session = on
    _, made = visit.gettext, []
    for case_id in await figures.happened(visit.hinge.db, on.marketplace_id, since, MOST_TOLD):
        row = await cases.get_case(visit.hinge.db, on.marketplace_id, case_id)
        if row is None or not row.state:
            continue
        case = decode_case(row.state)
        found = look(operator, case, visit.now)
        names = {
            "buyer": case.order.buyer.name or _("The buyer"),
            "seller": case.order.seller.name or _("The seller"),
            "clock": _(term("party", "clock")),
        }
        new = [one for one in entries(await events(operator, found), names, _) if one.at > since]
        people = (("buyer", case.order.buyer.id, names["buyer"]), ("seller", case.order.seller.id, names["seller"]))
        made.append(Told(case_id, case.order.line.title or case.order.line.id, found.zone, people, tuple(new)))
    return made


def _zones(visit: Visit, known: list[Case]) -> dict[str, str]:
    return {case.id: policy_of(visit.hinge, case).pack.zone for case in known}


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


ADDRESSES = (
    Address(method="GET", path="/sandbox", name="stage", does=show, roles=ANYONE),
    Address(method="POST", path="/sandbox/open", name="stage_open", does=open_, roles=ANYONE, csrf=False),
    Address(method="POST", path="/sandbox/step", name="stage_step", does=step_in, roles=ANYONE, csrf=False),
    Address(method="POST", path="/sandbox/clock", name="stage_clock", does=move, roles=ANYONE, csrf=False),
)
