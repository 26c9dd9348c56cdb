"""Pictures on pages: a page of a file, 160, 640 or 1600 pixels long, made of its pixels, for whoever stands to it.

Asked anew at every request (access/standing.py), and shown by the same rules as the API shows it (access/pictures.py).
"""

from typing import Any

from litestar import Response
from litestar.response import Stream

from amends.access import originals, pictures
from amends.access.originals import NeedsReason, Onlooker
from amends.access.pictures import NotShown
from amends.access.standing import standing
from amends.portal.route import PARTIES, STAFF, Address
from amends.portal.visit import Lost, Page, Visit
from amends.text import whole_number

LONGEST_REASON = 500
SAFE = {
    "cache-control": "private, max-age=300",
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "content-disposition": "inline",
}


async def picture(visit: Visit) -> Page:
    """One picture. `case` names the case it is looked at in, `page` the page, from 1."""
    variant, number = visit.path["variant"], whole_number(visit.query.get("page", "1"), 4)
    here = await standing(
        visit.hinge, visit.marketplace, visit.actor, visit.path["upload_id"], visit.query.get("case") or None
    )
    if here is None or variant not in pictures.PICTURES or number is None:
        raise Lost(404)
    db, marketplace = visit.hinge.db, visit.marketplace
    try:
        found = await pictures.made(db, marketplace, here, variant, number, visit.locale)
        data = await pictures.content(db, marketplace, here, found, visit.locale)
    except NotShown:
        raise Lost(404) from None
    return Response(data, media_type=found.media_type, headers=SAFE)


async def original(visit: Visit) -> Any:
    """The file as it was sent, as an attachment; staff say why in `reason`, and it is written down."""
    here = await standing(
        visit.hinge, visit.marketplace, visit.actor, visit.path["upload_id"], visit.query.get("case") or None
    )
    reason = visit.query.get("reason", "").strip()
    if here is None or len(reason) > LONGEST_REASON:
        raise Lost(404)
    who = Onlooker(visit.hinge, visit.marketplace, visit.actor, visit.locale)
    size = here.upload.size_bytes
    try:
        pieces = await originals.pieces(who, here, reason if len(reason) > 2 else None, 0, size, what="whole")
    except (NotShown, NeedsReason):
        raise Lost(404) from None
    name = f'attachment; filename="{originals.file_name(here)}"'
    headers = SAFE | {"cache-control": "private, no-store", "content-disposition": name, "content-length": str(size)}
    return Stream(pieces, media_type="application/octet-stream", headers=headers)


ADDRESSES = (
    Address(method="GET", path="/files/{upload_id:str}/original", name="original", does=original,
            roles=PARTIES | STAFF | {"carrier"}),
    Address(method="GET", path="/files/{upload_id:str}/{variant:str}", name="picture", does=picture,
            roles=PARTIES | STAFF | {"carrier"}),
)  # fmt: skip
