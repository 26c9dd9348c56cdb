"""Getting in and out: the link a marketplace gives its buyers and sellers, signing out, where each role begins.

A link opens once: looking at it (a mail scanner does) uses nothing up, the button does. What it opens is a session;
whatever session the browser had before ends there. Staff of a real marketplace never come by a link.
"""

from amends.access.caller import Caller
from amends.access.credentials import is_own_path
from amends.portal.door import cookie_name
from amends.portal.route import ANYONE, PARTIES, STAFF, Address
from amends.portal.visit import Lost, Page, Visit
from amends.store import marketplaces, sessions
from amends.store.rows import Marketplace

HOME = {
    "buyer": "/my/cases",
    "seller": "/shop/cases",
    "carrier": "/signed-out",
    "adjudicator": "/desk",
    "operator": "/operator",
    "auditor": "/policies",
}
"""Where each role begins."""
EVERYBODY = PARTIES | STAFF


async def front(visit: Visit) -> Page:
    """The front door: on to one's own first page, or how to get in."""
    if visit.session is None:
        return visit.page("entry/front.html")
    return visit.to(HOME[visit.session.role])


async def look_at_link(visit: Visit) -> Page:
    """A link, looked at: a button to go in. In a sandbox the script presses it, as nothing there needs keeping."""
    token = visit.query.get("t", "")
    caller, place = await _let_in(visit, token)
    if await sessions.link_used(visit.hinge.db, caller.marketplace, token):
        raise Lost(401, "link_used")
    return visit.page("entry/enter.html", token=token, to=own(visit.query.get("to", "")), presses=place.sandbox)


async def use_link(visit: Visit) -> Page:
    """A link, used: a session, and on to where it leads."""
    token, now, db = visit.form.get("t", ""), visit.hinge.clock(), visit.hinge.db
    caller, _ = await _let_in(visit, token)
    if not await sessions.use_link(db, caller.marketplace, token, now):
        raise Lost(401, "link_used")
    opening = sessions.Opening(
        roles=(caller.role,), person_id=caller.actor.id, person_name=caller.actor.name, opened_by="link",
        agent=visit.agent,
    )  # fmt: skip
    opened = await sessions.open_session(db, caller.marketplace, opening, now)
    return await enter_with(visit, opened, own(visit.form.get("to", "")) or HOME[caller.role])


async def _let_in(visit: Visit, token: str) -> tuple[Caller, Marketplace]:
    """Whom a link lets in, and where."""
    caller = await visit.portal.doorkeeper.by_link(token, visit.hinge.clock())
    place = await marketplaces.get(visit.hinge.db, caller.marketplace) if caller is not None else None
    if caller is None or place is None or caller.role == "carrier" or (caller.role in STAFF and not place.sandbox):
        raise Lost(401, "link_over")
    return caller, place


async def enter_with(visit: Visit, opened: str, to: str) -> Page:
    """In, with a new session in place of whatever the browser had, and on to a page of ours."""
    if visit.session is not None:
        await sessions.end(visit.hinge.db, visit.session, visit.hinge.clock())
    visit.set_cookie(cookie_name(visit.portal), opened, None)
    return visit.to(to or "/")


async def sign_out(visit: Visit) -> Page:
    """End this session, or all of the person's."""
    session, now = visit.session, visit.hinge.clock()
    if session is not None:
        if visit.form.get("everywhere"):
            db, marketplace = visit.hinge.db, session.marketplace_id
            await sessions.end_all(db, marketplace, session.roles, session.person_id, now)
        else:
            await sessions.end(visit.hinge.db, session, now)
        visit.set_cookie(cookie_name(visit.portal), "", 0)
    return visit.to("/signed-out", **({"staff": "1"} if session is not None and session.role in STAFF else {}))


async def signed_out(visit: Visit) -> Page:
    """Nobody is signed in here any more."""
    return visit.page("entry/signed_out.html", of_staff=visit.query.get("staff") == "1")


def own(path: str) -> str:
    """A path of this server, or nothing: a link never leads elsewhere."""
    return path if is_own_path(path) else ""


ADDRESSES = (
    Address(method="GET", path="/", name="front", does=front, roles=ANYONE),
    Address(method="GET", path="/enter", name="enter", does=look_at_link, roles=ANYONE),
    Address(method="POST", path="/enter", name="entered", does=use_link, roles=ANYONE, csrf=False),
    Address(method="POST", path="/sign-out", name="sign_out", does=sign_out, roles=EVERYBODY),
    Address(method="GET", path="/signed-out", name="signed_out", does=signed_out, roles=ANYONE),
)
