"""A case that changes while somebody looks at it: the stream of its page."""

from typing import Any

from amends.portal.reading import seen
from amends.portal.route import PARTIES, Address
from amends.portal.streams import stream
from amends.portal.visit import Visit
from amends.store import cases
from amends.text import whole_number


async def live(visit: Visit) -> Any:
    """Say `changed` whenever the case does."""
    found = await seen(visit)

    async def revision() -> str:
        row = await cases.get_case(visit.hinge.db, visit.marketplace, found.case.id)
        return str(row.revision if row is not None else found.shown.revision)

    since = visit.query.get("since", "")
    known = since if whole_number(since) is not None else str(found.shown.revision)
    return await stream(visit, revision, known)


ADDRESSES = (Address(method="GET", path="/cases/{case_id:str}/live", name="case_live", does=live, roles=PARTIES),)
