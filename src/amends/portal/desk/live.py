"""One stream a page: says that the desk changed, and nothing of what. The page then asks for itself again.

Without it a page asks every half minute; without JavaScript it is as it was when it was opened.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from litestar.response import Stream

from amends.portal.route import STAFF, Address
from amends.portal.visit import HEADERS, Visit
from amends.store import cases, desk
from amends.store.errors import DatabaseError
from amends.store.ids import parse_case_id

EVERY_SECONDS = 3.0
LONGEST_SECONDS = 300.0
"""A stream ends then and the browser opens it anew, so that a session that ended is noticed."""
EVENTS = {"cache-control": "no-store", "x-accel-buffering": "no"}


async def live(visit: Visit) -> Any:
    """Say `changed` whenever the desk (or the one case that is named) does."""
    case_id = parse_case_id(visit.query.get("case", ""))
    known = visit.query.get("since") or await _version(visit, case_id)
    return Stream(
        _told(visit, case_id, known), media_type="text/event-stream", headers={**HEADERS, **EVENTS}
    )  # fmt: skip


async def _told(visit: Visit, case_id: str | None, known: str) -> AsyncIterator[bytes]:
    yield b"retry: 3000\n\n"
    waited = 0.0
    while waited < LONGEST_SECONDS:
        now = known
        with suppress(DatabaseError):
            now = await _version(visit, case_id)
        if now != known:
            known = now
            yield f"event: changed\nid: {known}\ndata: {known}\n\n".encode()
        else:
            yield b": still here\n\n"
        await asyncio.sleep(EVERY_SECONDS)
        waited += EVERY_SECONDS


async def _version(visit: Visit, case_id: str | None) -> str:
    """A text that changes with what is watched."""
    if case_id is None:
        return await desk.version(visit.hinge.db, visit.marketplace)
    row = await cases.get_case(visit.hinge.db, visit.marketplace, case_id)
    return str(row.revision) if row is not None else "0"


ADDRESSES = (Address(method="GET", path="/desk/live", name="desk_live", does=live, roles=STAFF),)
