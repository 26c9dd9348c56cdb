"""The desk, or one case on it, that changes while somebody looks: the stream of its page.

Without it a page asks every half minute.
"""

from typing import Any

from amends.portal.route import STAFF, Address
from amends.portal.streams import stream
from amends.portal.visit import Visit
from amends.store import cases, desk
from amends.store.ids import parse_case_id


async def live(visit: Visit) -> Any:
    """Say `changed` whenever the desk (or the one case that is named) does."""
    case_id = parse_case_id(visit.query.get("case", ""))

    async def version() -> str:
        if case_id is None:
            return await desk.version(visit.hinge.db, visit.marketplace)
        row = await cases.get_case(visit.hinge.db, visit.marketplace, case_id)
        return str(row.revision) if row is not None else "0"

    return await stream(visit, version, visit.query.get("since", ""))


ADDRESSES = (Address(method="GET", path="/desk/live", name="desk_live", does=live, roles=STAFF),)
