"""U2, what is one's own: language, zone, theme, density, shortcuts; roles to take, passkeys, open sessions."""

from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import structlog

from amends.portal.door import cookie_name
from amends.portal.entry import EVERYBODY, HOME
from amends.portal.route import STAFF, Address
from amends.portal.staff import ceremony
from amends.portal.staff.ceremony import Wrong, place_of
from amends.portal.visit import YEAR_SECONDS, Lost, Page, Visit
from amends.portal.words import LOCALES
from amends.store import attempts, sessions, staff

log = structlog.get_logger("amends.portal")
ZONES = (
    "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Asia/Singapore", "Asia/Tokyo", "Asia/Kolkata", "UTC",
    "Europe/London", "Europe/Berlin", "America/Sao_Paulo", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles",
)  # fmt: skip
CHOICES: dict[str, tuple[str, ...]] = {
    "language": LOCALES,
    "theme": ("system", "light", "dark"),
    "density": ("comfortable", "compact"),
    "keys": ("on", "off"),
    "zone": ("market", *ZONES),
}
"""What may be chosen; the first is how it is when nothing is."""
COOKIE = "trying"


async def preferences(visit: Visit) -> Page:
    """Everything that is one's own."""
    session, db, now = visit.session, visit.hinge.db, visit.hinge.clock()
    assert session is not None, "the address asks for a session"
    known = await staff.get(db, session.marketplace_id, session.person_id) if session.role in STAFF else None
    passkeys = await staff.passkeys_of(db, session.marketplace_id, session.person_id) if known else []
    return visit.page(
        "staff_pages/preferences.html",
        chosen=_chosen(visit),
        zones=[("market", visit.gettext("As the market")), *((zone, zone.replace("_", " ")) for zone in ZONES)],
        session=session,
        sessions=await sessions.list_own(db, session, now),
        person=known,
        passkeys=[(name_of(each), each) for each in passkeys],
        place=place_of(visit),
        home=HOME[session.role],
        is_staff=session.role in STAFF,
        saved=visit.query.get("saved") == "1",
    )


async def me(visit: Visit) -> Page:
    """A short address for it."""
    return visit.to("/preferences")


async def prefer(visit: Visit) -> Page:
    """Keep what was chosen; what cannot be chosen is left as it was."""
    session, form = visit.session, visit.form
    assert session is not None, "the address asks for a session"
    kept: dict[str, Any] = dict(visit.chosen)
    for name, choices in CHOICES.items():
        if form.get(name) in choices:
            kept[name] = form[name]
    if kept.get("zone") == "market":
        del kept["zone"]
    await sessions.prefer(visit.hinge.db, session.marketplace_id, session.role, session.person_id, kept)
    if kept.get("language"):
        visit.set_cookie("lang", kept["language"], YEAR_SECONDS)
    theme = kept.get("theme", "system")
    visit.set_cookie(
        "theme", "" if theme == "system" else theme, 0 if theme == "system" else YEAR_SECONDS, readable=True
    )
    return visit.to("/preferences", saved="1")


async def take_role(visit: Visit) -> Page:
    """Go on in another of one's roles."""
    session, role = visit.session, visit.form.get("role", "")
    assert session is not None, "the address asks for a session"
    if role not in HOME or not await sessions.take_role(visit.hinge.db, session, role):
        raise Lost(404)
    return visit.to(HOME[role])


async def end_session(visit: Visit) -> Page:
    """End one of one's own sessions."""
    session = visit.session
    assert session is not None, "the address asks for a session"
    await sessions.end_other(visit.hinge.db, session, visit.form.get("session", ""), visit.hinge.clock())
    return visit.to("/preferences")


async def new_passkey(visit: Visit) -> Page:
    """The page that makes one more passkey."""
    person, place = await _person(visit), place_of(visit)
    db, marketplace, options = visit.hinge.db, visit.marketplace, None
    if place.fits:
        known = await staff.passkeys_of(db, marketplace, person.staff_id)
        challenge, options = ceremony.to_enrol(place, marketplace, person, known)
        kept = {"challenge": b64encode(challenge).decode(), "person": person.staff_id}
        visit.set_cookie(
            cookie_name(visit.portal, COOKIE),
            await attempts.begin(db, marketplace, "enrol", kept, visit.hinge.clock()),
            600,
        )
    return visit.page("staff_pages/passkey.html", options=options, place=place)


async def add_passkey(visit: Visit) -> Page:
    """One more passkey, once the browser has made it."""
    person, now, db = await _person(visit), visit.hinge.clock(), visit.hinge.db
    if not visit.form.get("answer"):
        return await new_passkey(visit)
    kept = await attempts.take(db, visit.marketplace, "enrol", visit.cookie(cookie_name(visit.portal, COOKIE)), now)
    if kept is None or kept["person"] != person.staff_id:
        raise Lost(401, "attempt_over", "/preferences")
    try:
        made = ceremony.enrolled(
            place_of(visit), b64decode(kept["challenge"]), visit.form["answer"], person.staff_id, visit.agent, now
        )
    except Wrong as fault:
        log.info("enrolment refused", why=str(fault))
        raise Lost(401, "attempt_over", "/preferences") from fault
    await staff.add_passkey(db, visit.marketplace, person.staff_id, made)
    return visit.to("/preferences")


async def remove_passkey(visit: Visit) -> Page:
    """Take one of one's passkeys away."""
    person = await _person(visit)
    try:
        wanted = urlsafe_b64decode(visit.form.get("passkey", ""))
    except ValueError:
        raise Lost(404) from None
    if not await staff.remove_passkey(visit.hinge.db, visit.marketplace, person.staff_id, wanted):
        raise Lost(404)
    return visit.to("/preferences")


def name_of(passkey: staff.Passkey) -> str:
    """A passkey's id as forms give it."""
    return urlsafe_b64encode(passkey.credential_id).decode()


def _chosen(visit: Visit) -> dict[str, str]:
    chosen = {name: str(visit.chosen.get(name) or choices[0]) for name, choices in CHOICES.items()}
    return chosen | {"language": visit.locale, "theme": visit.theme or "system"}


async def _person(visit: Visit) -> staff.Person:
    """Who of the staff this is; a sandbox's visitors are nobody's."""
    found = await staff.get(visit.hinge.db, visit.marketplace, visit.actor.id)
    if found is None:
        raise Lost(404)
    return found


ADDRESSES = (
    Address(method="GET", path="/me", name="me", does=me, roles=EVERYBODY),
    Address(method="GET", path="/preferences", name="preferences", does=preferences, roles=EVERYBODY),
    Address(method="POST", path="/preferences", name="prefer", does=prefer, roles=EVERYBODY),
    Address(method="POST", path="/preferences/role", name="take_role", does=take_role, roles=STAFF),
    Address(method="POST", path="/preferences/end-session", name="end_session", does=end_session, roles=EVERYBODY),
    Address(method="GET", path="/preferences/passkey", name="new_passkey", does=new_passkey, roles=STAFF),
    Address(method="POST", path="/preferences/passkey", name="add_passkey", does=add_passkey, roles=STAFF,
            step_up=True),
    Address(method="POST", path="/preferences/passkey/remove", name="remove_passkey", does=remove_passkey, roles=STAFF,
            step_up=True),
)  # fmt: skip
