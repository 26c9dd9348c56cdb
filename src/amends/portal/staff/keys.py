"""The API's keys: which there are, a new one (its secret is shown once), ending one. For operators alone."""

import re

from amends.portal.route import Address
from amends.portal.visit import Lost, Page, Visit
from amends.store import keys as store
from amends.store import staff
from amends.store.ids import parse_case_id as parse_id

OPERATOR = frozenset({"operator"})
ROLES = ("operator", "adjudicator", "carrier", "auditor")
NAME = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?")


async def keys(visit: Visit) -> Page:
    """Every key, the ended ones too."""
    return await _list(visit)


async def _list(visit: Visit, errors: dict[str, str] | None = None, status: int = 200) -> Page:
    found = await store.list_keys(visit.hinge.db, visit.marketplace)
    working, ended = [k for k in found if k.revoked_at is None], [k for k in found if k.revoked_at is not None]
    return visit.page(
        "staff_pages/keys.html", status, keys=[*working[::-1], *ended[::-1]], roles=ROLES, errors=errors or {},
        typed=visit.form,
    )  # fmt: skip


async def make(visit: Visit) -> Page:
    """A new key; its secret is on this page and nowhere else."""
    _, name, role = visit.gettext, visit.form.get("name", ""), visit.form.get("role", "")
    wrong: dict[str, str] = {}
    if not NAME.fullmatch(name):
        wrong["name"] = _("Use 1 to 64 letters, digits and signs of plain English (ASCII).")
    elif await staff.get(visit.hinge.db, visit.marketplace, name) is not None:
        wrong["name"] = _("Somebody of the staff has this as their id. A key never speaks in a person’s name.")
    if role not in ROLES:
        wrong["role"] = _("Choose what the key may do.")
    if wrong:
        return await _list(visit, wrong, 422)
    db, now = visit.hinge.db, visit.hinge.clock()
    row, secret = await store.create(db, visit.marketplace, role=role, name=name, at=now)
    return visit.page("staff_pages/key.html", 201, key=row, secret=secret)


async def revoke(visit: Visit) -> Page:
    """End a key at once."""
    known = parse_id(visit.path["key_id"])
    if known is None or not await store.revoke(visit.hinge.db, visit.marketplace, known, visit.hinge.clock()):
        raise Lost(404)
    return visit.to("/operator/keys")


ADDRESSES = (
    Address(method="GET", path="/operator/keys", name="keys", does=keys, roles=OPERATOR),
    Address(method="POST", path="/operator/keys", name="make_key", does=make, roles=OPERATOR, step_up=True),
    Address(method="POST", path="/operator/keys/{key_id:str}/revoke", name="revoke_key", does=revoke, roles=OPERATOR,
            step_up=True),
)  # fmt: skip
