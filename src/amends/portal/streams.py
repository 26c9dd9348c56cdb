"""One stream a page (server-sent events): says that what is watched changed, and nothing of what.

The page then asks for itself again. Without the stream, or without JavaScript, it is as it was when it was opened.
A server that stops ends every open stream at once; the browser then comes back by itself. So does a session that
ends, or goes on in another role: its streams end with it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from litestar.response import Stream

from amends.portal.visit import HEADERS, Visit
from amends.store import sessions
from amends.store.errors import DatabaseError

EVERY_SECONDS = 3.0
LONGEST_SECONDS = 300.0
"""A stream ends then and the browser opens it anew: nothing stays open for ever."""
EVENTS = {"cache-control": "no-store", "x-accel-buffering": "no"}
Version = Callable[[], Awaitable[str]]
"""A text that changes with what is watched."""


async def stream(visit: Visit, version: Version, known: str = "") -> Stream:
    """Say `changed` whenever the version does. Who was cut off goes on from what they heard last; else from `known`,
    or from how it stands now.
    """
    heard = visit.request.headers.get("last-event-id", "")
    since = heard or known or await version()
    told = _told(visit, version, since)
    return Stream(told, media_type="text/event-stream", headers={**HEADERS, **EVENTS})


async def _told(visit: Visit, version: Version, known: str) -> AsyncIterator[bytes]:
    session, db, leaving = visit.session, visit.hinge.db, visit.portal.leaving
    assert session is not None, "only who is signed in watches"
    yield b"retry: 3000\n\n"
    ends = asyncio.get_running_loop().time() + LONGEST_SECONDS
    while not leaving.is_set() and asyncio.get_running_loop().time() < ends:
        now = known
        with suppress(DatabaseError):
            if not await sessions.stands(db, session, visit.wall):
                return
            now = await version()
        if now != known:
            known = now
            yield f"event: changed\nid: {known}\ndata: {known}\n\n".encode()
        else:
            yield b": still here\n\n"
        with suppress(TimeoutError):
            await asyncio.wait_for(leaving.wait(), EVERY_SECONDS)
