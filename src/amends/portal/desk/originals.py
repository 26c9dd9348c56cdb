"""The original of a file, for staff who say why; the look is written down before the first byte leaves."""

from typing import Any

from litestar.response import Stream

from amends.access import originals
from amends.access.originals import NeedsReason, Onlooker
from amends.access.pictures import NotShown
from amends.access.standing import standing
from amends.portal.route import STAFF, Address
from amends.portal.visit import Lost, Visit

LEAST_REASON, MOST_REASON = 3, 500
SAFE = {
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
}


async def original(visit: Visit) -> Any:
    """The bytes as they were sent, always as an attachment under our own name."""
    reason = visit.query.get("reason", "").strip()[:MOST_REASON]
    here = await standing(
        visit.hinge, visit.marketplace, visit.actor, visit.path["upload_id"], visit.query.get("case") or None
    )
    if here is None or len(reason) < LEAST_REASON:
        raise Lost(404 if here is None else 400)
    who = Onlooker(visit.hinge, visit.marketplace, visit.actor, visit.locale)
    try:
        pieces = await originals.pieces(who, here, reason, 0, here.upload.size_bytes, what="whole")
    except (NotShown, NeedsReason):
        raise Lost(404) from None
    name = originals.file_name(here)
    told = SAFE | {
        "content-disposition": f'attachment; filename="{name}"',
        "content-length": str(here.upload.size_bytes),
    }
    return Stream(pieces, media_type="application/octet-stream", headers=told)


ADDRESSES = (
    Address(method="GET", path="/desk/originals/{upload_id:str}", name="desk_original", does=original, roles=STAFF),
)
