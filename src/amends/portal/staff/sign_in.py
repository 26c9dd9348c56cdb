"""Signing in as staff: a passkey, the organisation, or an invitation that opens once. There are no passwords.

Looking at a link uses nothing up, and what a sign-in page says of a person that is not there is what it says of one
who is and fails. A new session always replaces the browser's old one.
"""

from base64 import b64decode, b64encode

import structlog

from amends.portal.door import cookie_name
from amends.portal.entry import HOME, enter_with, own
from amends.portal.route import ANYONE, Address
from amends.portal.staff import ceremony
from amends.portal.staff.ceremony import Wrong, place_of
from amends.portal.staff.step_up import shown_by
from amends.portal.visit import Lost, Page, Visit
from amends.store import attempts, marketplaces, staff

log = structlog.get_logger("amends.portal")
COOKIE = "trying"
"""The cookie of what a browser has begun: which attempt is its own."""


async def sign_in_page(visit: Visit) -> Page:
    """Where staff sign in."""
    return await _page(visit)


async def _page(visit: Visit, status: int = 200, failed: str = "") -> Page:
    marketplace, place, now = await marketplace_of(visit), place_of(visit), visit.hinge.clock()
    options = None
    if place.fits:
        challenge, options = ceremony.to_show(place)
        kept = {"challenge": b64encode(challenge).decode()}
        visit.set_cookie(
            cookie_name(visit.portal, COOKIE),
            await attempts.seal(visit.hinge.db, marketplace, "sign_in", kept, now),
            600,
        )
    provider = visit.portal.provider
    return visit.page(
        "staff_pages/sign_in.html", status, options=options, place=place, marketplace=marketplace, failed=failed,
        provider=provider.name if provider else None, to=own(visit.query.get("to", "") or visit.form.get("to", "")),
    )  # fmt: skip


async def by_passkey(visit: Visit) -> Page:
    """Sign in with what the passkey signed."""
    marketplace, now, db, sealed = (
        await marketplace_of(visit),
        visit.hinge.clock(),
        visit.hinge.db,
        visit.cookie(cookie_name(visit.portal, COOKIE)),
    )
    kept = await attempts.unseal(db, marketplace, "sign_in", sealed, now)
    if kept is None:
        return await _page(visit, 401, "over")
    try:
        challenge = b64decode(kept["challenge"])
        staff_id = await shown_by(visit, visit.form.get("answer", ""), challenge, None, marketplace)
    except Wrong as fault:
        log.info("sign-in refused", why=str(fault))
        staff_id = None
    if not staff_id:
        return await _page(visit, 401, "unknown")
    if not await attempts.spend(db, marketplace, sealed, now):
        return await _page(visit, 401, "over")
    token = await staff.enter(db, marketplace, staff_id, "passkey", now, agent=visit.agent)
    if token is None:
        return await _page(visit, 401, "unknown")
    return await enter_with(visit, token, own(visit.form.get("to", "")))


async def invitation(visit: Visit) -> Page:
    """An invitation, looked at: what it is for, and the ways to use it."""
    person, marketplace, token = await _invited(visit, visit.query.get("t", ""))
    place, now, db = place_of(visit), visit.hinge.clock(), visit.hinge.db
    options = None
    if place.fits:
        known = await staff.passkeys_of(db, marketplace, person.staff_id)
        challenge, options = ceremony.to_enrol(place, marketplace, person, known)
        kept = {"challenge": b64encode(challenge).decode(), "person": person.staff_id}
        visit.set_cookie(
            cookie_name(visit.portal, COOKIE), await attempts.begin(db, marketplace, "enrol", kept, now), 600
        )
    provider = visit.portal.provider
    return visit.page(
        "staff_pages/invitation.html", person=person, token=token, options=options, place=place,
        provider=provider.name if provider else None,
    )  # fmt: skip


async def accept(visit: Visit) -> Page:
    """An invitation, used: with the passkey that was made for it, or just this once without."""
    person, marketplace, token = await _invited(visit, visit.form.get("t", ""))
    db, now, made = visit.hinge.db, visit.hinge.clock(), None
    if answer := visit.form.get("answer", ""):
        kept = await attempts.take(db, marketplace, "enrol", visit.cookie(cookie_name(visit.portal, COOKIE)), now)
        if kept is None or kept["person"] != person.staff_id:
            raise Lost(401, "attempt_over", f"/staff/invitation?t={token}")
        try:
            made = ceremony.enrolled(
                place_of(visit), b64decode(kept["challenge"]), answer, person.staff_id, visit.agent, now
            )
        except Wrong as fault:
            log.info("enrolment refused", why=str(fault))
            raise Lost(401, "attempt_over", f"/staff/invitation?t={token}") from fault
    entered = await staff.enter_invited(db, marketplace, token, now, agent=visit.agent, passkey=made)
    if entered is None:
        raise Lost(401, "invitation_over")
    return await enter_with(visit, entered, HOME[person.roles[0]])


async def _invited(visit: Visit, token: str) -> tuple[staff.Person, str, str]:
    """Whom an invitation is for, and of which marketplace."""
    marketplace = token.partition(".")[0]
    known = await marketplaces.get(visit.hinge.db, marketplace) if marketplace else None
    person = await staff.invited(visit.hinge.db, marketplace, token, visit.hinge.clock()) if known else None
    if person is None:
        raise Lost(401, "invitation_over")
    return person, marketplace, token


async def marketplace_of(visit: Visit) -> str:
    """Whose staff signs in: the one the address names (`m`), or this server's."""
    named = visit.query.get("m") or visit.form.get("m") or visit.portal.settings.marketplace
    if await marketplaces.get(visit.hinge.db, named) is None:
        raise Lost(404)
    return named


ADDRESSES = (
    Address(method="GET", path="/staff", name="staff_sign_in", does=sign_in_page, roles=ANYONE),
    Address(method="POST", path="/staff/passkey", name="staff_by_passkey", does=by_passkey, roles=ANYONE, csrf=False),
    Address(method="GET", path="/staff/invitation", name="staff_invitation", does=invitation, roles=ANYONE),
    Address(method="POST", path="/staff/invitation", name="staff_accept", does=accept, roles=ANYONE, csrf=False),
)
