"""Over to the organisation's sign-in and back: to sign in, to use an invitation, or to show again who somebody is.

The way over begins with a link, never a form: pages may send forms nowhere else. What the browser must come back with
(state, nonce, PKCE verifier) is sealed in its cookie, which it can neither read nor change, and succeeds once.
"""

import msgspec
import structlog

from amends.portal.door import cookie_name
from amends.portal.entry import enter_with, own
from amends.portal.route import ANYONE, STAFF, Address
from amends.portal.staff.provider import NotVouched, Provider, ProviderAway, Vouched, Way
from amends.portal.staff.sign_in import marketplace_of
from amends.portal.staff.step_up import waiting
from amends.portal.visit import Lost, Page, Visit
from amends.store import attempts, sessions, staff

log = structlog.get_logger("amends.portal")
COOKIE = "away"
MINUTES_SECONDS = 600


class Trip(msgspec.Struct, frozen=True):
    """Why the browser went over, kept until it is back."""

    way: Way
    marketplace: str
    to: str = ""
    invitation: str = ""
    proof: str = ""
    session: str = ""


async def go(visit: Visit) -> Page:
    """Over, to sign in or with an invitation."""
    invitation = visit.query.get("t", "")
    marketplace = invitation.partition(".")[0] or await marketplace_of(visit)
    if invitation and await staff.invited(visit.hinge.db, marketplace, invitation, visit.hinge.clock()) is None:
        raise Lost(401, "invitation_over")
    provider = _provider(visit)
    trip = Trip(provider.new_way(fresh=False), marketplace, own(visit.query.get("to", "")), invitation)
    return await _over(visit, provider, trip)


async def prove(visit: Visit) -> Page:
    """Over, to show again who somebody is; their form waits."""
    provider, session = _provider(visit), visit.session
    assert session is not None, "the address asks for a session"
    way = provider.new_way(fresh=True)
    trip = Trip(way, session.marketplace_id, proof=visit.query.get("proof", ""), session=session.name)
    return await _over(visit, provider, trip)


async def _over(visit: Visit, provider: Provider, trip: Trip) -> Page:
    try:
        address = await provider.address(trip.way)
    except ProviderAway as fault:
        log.warning("provider away", why=str(fault))
        raise Lost(503, "provider_away") from fault
    now, kept = visit.hinge.clock(), msgspec.to_builtins(trip)
    sealed = await attempts.seal(visit.hinge.db, trip.marketplace, "organisation", kept, now)
    visit.set_cookie(cookie_name(visit.portal, COOKIE), f"{trip.marketplace}.{sealed}", MINUTES_SECONDS)
    return visit.to(address)


async def back(visit: Visit) -> Page:
    """Back from the organisation."""
    provider, now = _provider(visit), visit.hinge.clock()
    marketplace, _, sealed = visit.cookie(cookie_name(visit.portal, COOKIE)).partition(".")
    kept = await attempts.unseal(visit.hinge.db, marketplace, "organisation", sealed, now) if sealed else None
    visit.set_cookie(cookie_name(visit.portal, COOKIE), "", 0)
    if kept is None:
        raise Lost(401, "attempt_over", "/staff")
    trip = msgspec.convert(kept, Trip)
    try:
        vouched = await provider.vouch(trip.way, dict(visit.query))
    except NotVouched as fault:
        log.warning("organisation refused", why=str(fault))
        raise Lost(401, "not_vouched", "/staff") from fault
    except ProviderAway as fault:
        log.warning("provider away", why=str(fault))
        raise Lost(503, "provider_away", "/staff") from fault
    if not await attempts.spend(visit.hinge.db, marketplace, sealed, now):
        raise Lost(401, "attempt_over", "/staff")
    if trip.way.fresh:
        return await _proved(visit, trip, vouched)
    return await _signed_in(visit, provider, trip, vouched)


async def _signed_in(visit: Visit, provider: Provider, trip: Trip, vouched: Vouched) -> Page:
    db, now, place = visit.hinge.db, visit.hinge.clock(), trip.marketplace
    subject = vouched.issuer, vouched.subject
    person = await staff.by_subject(db, place, *subject)
    if trip.invitation and person is None:
        entered = await staff.enter_invited(db, place, trip.invitation, now, agent=visit.agent, subject=subject)
        if entered is None:
            raise Lost(401, "invitation_over")
        return await enter_with(visit, entered, trip.to)
    if provider.maps_roles:
        staff_id = await _mapped(visit, trip, vouched, person)
    else:
        staff_id = person.staff_id if person is not None else ""
    entered = await staff.enter(db, place, staff_id, "organisation", now, agent=visit.agent) if staff_id else None
    if entered is None:
        raise Lost(403, "no_role", "/staff")
    return await enter_with(visit, entered, trip.to)


async def _mapped(visit: Visit, trip: Trip, vouched: Vouched, person: staff.Person | None) -> str:
    """The person as the provider has them now, made or changed on the spot; empty for one without a role."""
    db, now, place = visit.hinge.db, visit.hinge.clock(), trip.marketplace
    if not vouched.roles:
        return ""
    if person is None:
        return await staff.adopt(
            db, place, issuer=vouched.issuer, subject=vouched.subject, name=vouched.name, email=vouched.email,
            roles=vouched.roles, now=now,
        )  # fmt: skip
    if person.roles != vouched.roles:
        try:
            await staff.change(
                db, place, person.staff_id, name=person.name, email=person.email, roles=vouched.roles, now=now
            )
        except staff.Ended:
            return ""
    return person.staff_id


async def _proved(visit: Visit, trip: Trip, vouched: Vouched) -> Page:
    """The form that waited, ready to go on."""
    session = visit.session
    if session is None or session.name != trip.session:
        raise Lost(401, "attempt_over", "/staff")
    person = await staff.by_subject(visit.hinge.db, session.marketplace_id, vouched.issuer, vouched.subject)
    if person is None or person.staff_id != session.person_id:
        raise Lost(401, "not_vouched", "/staff")
    await sessions.step_up(visit.hinge.db, session, visit.hinge.clock())
    kept = await waiting(visit, session, trip.proof)
    if kept is None:
        raise Lost(401, "attempt_over", "/")
    return visit.page("staff_pages/go_on.html", path=kept["path"], fields=kept["fields"])


def _provider(visit: Visit) -> Provider:
    if visit.portal.provider is None:
        raise Lost(404)
    return visit.portal.provider


ADDRESSES = (
    Address(method="GET", path="/staff/organisation", name="organisation", does=go, roles=ANYONE),
    Address(method="GET", path="/staff/organisation/prove", name="organisation_prove", does=prove, roles=STAFF),
    Address(method="GET", path="/staff/organisation/back", name="organisation_back", does=back, roles=ANYONE),
)
