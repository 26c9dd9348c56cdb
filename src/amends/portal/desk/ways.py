"""How the queues are set: whether the recommendation is shown only after the adjudicator's own findings were saved.

Seeing a recommendation first draws judgement towards it; a marketplace may choose that its people look first.
"""

from amends.portal.route import STAFF, Address
from amends.portal.visit import Page, Visit
from amends.portal.words import N_
from amends.store import desk

QUEUES = {"disputes": N_("Disputes"), "appeals": N_("Appeals")}


async def show(visit: Visit) -> Page:
    """The settings, which only an operator changes."""
    now = await desk.settings(visit.hinge.db, visit.marketplace)
    return visit.page("desk/ways.html", active="queue", queues=QUEUES, now=now, done=visit.query.get("done", ""))


async def save(visit: Visit) -> Page:
    """Set the queues as the form says."""
    at = visit.hinge.clock()
    for name in QUEUES:
        first = visit.form.get(name) == "yes"
        await desk.set_queue(visit.hinge.db, visit.marketplace, name, first, visit.actor.id, at)
    return visit.to("/desk/settings", done="1")


ADDRESSES = (
    Address(method="GET", path="/desk/settings", name="desk_ways", does=show, roles=STAFF),
    Address(method="POST", path="/desk/settings", name="desk_ways_set", does=save, roles=frozenset({"operator"})),
)
