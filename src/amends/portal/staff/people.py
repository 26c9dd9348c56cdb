"""X2, the people of the staff: who has which role, invitations, and ending somebody. For operators alone."""

import re
from typing import Any

from amends.portal.route import Address
from amends.portal.visit import Lost, Page, Visit
from amends.store import sessions, staff
from amends.store.staff import ROLES, Person

OPERATOR = frozenset({"operator"})
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
NAME_CHARACTERS = 64
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
LINKED_IN_CHARACTERS = 254


async def people(visit: Visit) -> Page:
    """Everybody, and the form to invite."""
    return await _list(visit)


async def _list(visit: Visit, errors: dict[str, str] | None = None, status: int = 200) -> Page:
    found = await staff.people(visit.hinge.db, visit.marketplace)
    return visit.page(
        "staff_pages/people.html", status, people=found, roles=ROLES, errors=errors or {}, typed=visit.form,
        ticked=visit.lists.get("role", []), own_id=visit.actor.id,
    )  # fmt: skip


async def invite(visit: Visit) -> Page:
    """A new person, and the link for them, shown once."""
    wanted = _wanted(visit)
    name, staff_id = visit.form.get("name", ""), visit.form.get("id", "") or staff.id_of(visit.form.get("name", ""))
    if not ID.fullmatch(staff_id):
        wanted["id"] = visit.gettext("Give an id of lower-case letters, digits and hyphens.")
    elif await staff.get(visit.hinge.db, visit.marketplace, staff_id) is not None:
        wanted["id"] = visit.gettext("Somebody has this id already. Open their page, or give another id.")
    if wanted:
        return await _list(visit, wanted, 422)
    token = await staff.invite(
        visit.hinge.db, visit.marketplace, staff_id=staff_id, name=name, email=visit.form.get("email") or None,
        roles=_roles(visit), now=visit.hinge.clock(),
    )  # fmt: skip
    return _link(visit, name, token)


async def person(visit: Visit) -> Page:
    """One of them: roles, ways in, open sessions."""
    return await _one(visit, await _named(visit))


async def _one(visit: Visit, found: Person, errors: dict[str, str] | None = None, status: int = 200) -> Page:
    passkeys = await staff.passkeys_of(visit.hinge.db, visit.marketplace, found.staff_id)
    return visit.page(
        "staff_pages/person.html", status, person=found, passkeys=passkeys, roles=ROLES, errors=errors or {},
        own_id=visit.actor.id,
    )  # fmt: skip


async def change(visit: Visit) -> Page:
    """Other roles, name or address; sessions with the old roles end."""
    found = await _named(visit)
    wrong = _wanted(visit)
    if found.staff_id == visit.actor.id and "operator" not in _roles(visit):
        wrong["role"] = visit.gettext("You cannot take the operator’s role from yourself; another operator can.")
    if wrong:
        return await _one(visit, found, wrong, 422)
    try:
        await staff.change(
            visit.hinge.db, visit.marketplace, found.staff_id, name=visit.form["name"],
            email=visit.form.get("email") or None, roles=_roles(visit), now=visit.hinge.clock(),
        )  # fmt: skip
    except staff.Ended:
        raise Lost(404) from None
    return visit.to("/operator/people")


async def again(visit: Visit) -> Page:
    """A new link for somebody: for another passkey, or one that was lost."""
    found = await _named(visit)
    try:
        token = await staff.invite(
            visit.hinge.db, visit.marketplace, staff_id=found.staff_id, name=found.name, email=found.email,
            roles=found.roles, now=visit.hinge.clock(),
        )  # fmt: skip
    except staff.Ended:
        raise Lost(404) from None
    return _link(visit, found.name, token)


async def out(visit: Visit) -> Page:
    """Sign somebody out everywhere."""
    found, now = await _named(visit), visit.hinge.clock()
    await sessions.end_all(visit.hinge.db, visit.marketplace, ROLES, found.staff_id, now)
    return visit.to("/operator/people" if found.staff_id != visit.actor.id else "/")


async def end(visit: Visit) -> Page:
    """Let somebody in no more."""
    found = await _named(visit)
    if found.staff_id == visit.actor.id:
        wrong = {"end": visit.gettext("You cannot end yourself; another operator can.")}
        return await _one(visit, found, wrong, 422)
    await staff.end(visit.hinge.db, visit.marketplace, found.staff_id, visit.hinge.clock())
    return visit.to("/operator/people")


def invitation_link(address: str, token: str) -> str:
    """The address an invitation opens under."""
    return f"{address}/staff/invitation?t={token}"


def _link(visit: Visit, name: str, token: str) -> Page:
    link = invitation_link(visit.portal.settings.address, token)
    return visit.page("staff_pages/link.html", 201, name=name, link=link, until=visit.hinge.clock() + staff.INVITED_FOR)


async def _named(visit: Visit) -> Person:
    found = await staff.get(visit.hinge.db, visit.marketplace, visit.path["staff_id"])
    if found is None:
        raise Lost(404)
    return found


def _wanted(visit: Visit) -> dict[str, str]:
    """What is wrong with name, address and roles, by field."""
    _, form, wrong = visit.gettext, visit.form, dict[str, Any]()
    if not 0 < len(form.get("name", "")) <= NAME_CHARACTERS:
        wrong["name"] = _("Give a name of at most 64 characters.")
    email = form.get("email", "")
    if email and (len(email) > LINKED_IN_CHARACTERS or not EMAIL.fullmatch(email)):
        wrong["email"] = _("This is not an e-mail address.")
    if not _roles(visit):
        wrong["role"] = _("Choose at least one role.")
    return wrong


def _roles(visit: Visit) -> tuple[str, ...]:
    given = visit.lists.get("role", [])
    return tuple(role for role in ROLES if role in given)


ADDRESSES = (
    Address(method="GET", path="/operator/people", name="people", does=people, roles=OPERATOR),
    Address(method="POST", path="/operator/people", name="invite", does=invite, roles=OPERATOR, step_up=True),
    Address(method="GET", path="/operator/people/{staff_id:str}", name="person", does=person, roles=OPERATOR),
    Address(method="POST", path="/operator/people/{staff_id:str}", name="person_change", does=change, roles=OPERATOR,
            step_up=True),
    Address(method="POST", path="/operator/people/{staff_id:str}/invite", name="person_again", does=again,
            roles=OPERATOR, step_up=True),
    Address(method="POST", path="/operator/people/{staff_id:str}/sign-out", name="person_out", does=out,
            roles=OPERATOR, step_up=True),
    Address(method="POST", path="/operator/people/{staff_id:str}/end", name="person_end", does=end, roles=OPERATOR,
            step_up=True),
)  # fmt: skip
