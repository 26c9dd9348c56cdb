"""A case that changes while somebody looks at it: one stream a page says that it did, and nothing of what.

The page then asks for itself again. Without the stream, or without JavaScript, it is as it was when it was opened.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from litestar.response import Stream

from amends.portal.reading import seen
from amends.portal.route import PARTIES, Address
from amends.portal.visit import HEADERS, Visit
from amends.store import cases
from amends.store.errors import DatabaseError

EVERY_SECONDS = 3.0
LONGEST_SECONDS = 300.0
"""A stream ends then and the browser opens it anew, so that a session that ended is noticed."""
EVENTS = {"cache-control": "no-store", "x-accel-buffering": "no"}


async def live(visit: Visit) -> Any:
    """Say `changed` whenever the case does; who was cut off goes on from the revision they know."""
    found = await seen(visit)
    told = visit.request.headers.get("last-event-id") or visit.query.get("since", "")
    known = int(told) if told.isdigit() and len(told) < 12 else found.shown.revision
    stream = _told(visit, found.case.id, known)
    return Stream(stream, media_type="text/event-stream", headers={**HEADERS, **EVENTS})


async def _told(visit: Visit, case_id: str, known: int) -> AsyncIterator[bytes]:
    yield b"retry: 3000\n\n"
    waited = 0.0
    while waited < LONGEST_SECONDS:
        row = None
        with suppress(DatabaseError):
            row = await cases.get_case(visit.hinge.db, visit.marketplace, case_id)
        if row is not None and row.revision != known:
            known = row.revision
            yield f"event: changed\nid: {known}\ndata: {known}\n\n".encode()
        else:
            yield b": still here\n\n"
        await asyncio.sleep(EVERY_SECONDS)
        waited += EVERY_SECONDS


ADDRESSES = (Address(method="GET", path="/cases/{case_id:str}/live", name="case_live", does=live, roles=PARTIES),)
