"""Evidence as people get it: pictures made of a file's pixels, text, and originals for the few they are for.

Who may have what is asked anew at every request (access/standing.py). Only a clean file reaches anybody but its owner,
and an infected one not even them. A member of staff who opens an original says why, and that is written down before the
first byte leaves. A link carries one such request for a minute and gives no right of its own.
"""

import time
from datetime import UTC, datetime

from msgspec import structs

from amends.access import links
from amends.access.standing import Standing, standing
from amends.api import showing
from amends.api.call import Answer, Call, answer
from amends.api.cases import found as case_found
from amends.api.file_shapes import (
    FileView,
    InCase,
    LinkMade,
    LinkWanted,
    LookList,
    LookView,
    OnePage,
    TextView,
    Why,
)
from amends.api.problems import not_found
from amends.api.route import Route
from amends.api.sending import header
from amends.handle import Hinge, secret_of
from amends.store import checks, keys, looks, marketplaces, uploads

MOST_LOOKS = 1000


async def describe(call: Call) -> Answer:
    """What is known of a file."""
    here = await _standing(call, call.query.case)
    found = (await checks.state_of(call.hinge.db, call.marketplace, [here.upload.upload_id])).get(here.upload.upload_id)
    return answer(await showing.described(call, here, found))


async def derived(call: Call) -> Answer:
    """A picture of one page."""
    here = await _standing(call, call.query.case)
    return await showing.derivative(call, here, call.path["variant"], call.query.page)


async def text(call: Call) -> Answer:
    """The beginning of a text file."""
    return await showing.text(call, await _standing(call, call.query.case))


async def original(call: Call) -> Answer:
    """The file's bytes, exactly as they came."""
    return await showing.original(call, await _standing(call, call.query.case), call.query.reason)


async def make_link(call: Call) -> Answer:
    """A link to one thing of the file, for the caller, for a minute."""
    wanted: LinkWanted = call.body
    here = await _standing(call, wanted.case)
    await showing.would_show(call, here, wanted)
    authorization, now = header(call.scope, b"authorization"), time.time()
    assert call.caller is not None, "the route asks for a credential"
    link = links.Link(
        marketplace=call.marketplace,
        actor=call.actor,
        credential=call.caller.credential,
        key_hash=links.key_hash_in(authorization),
        upload_id=here.upload.upload_id,
        case_id=wanted.case,
        variant=wanted.variant,
        page=wanted.page,
        reason=wanted.reason,
        expires=links.lasts_until(authorization, now),
    )
    written = links.write(link, await _link_key(call.hinge, call.marketplace))
    url = f"{call.house.settings.address}/v1/evidence-links/{written}"
    return answer(LinkMade(url, datetime.fromtimestamp(link.expires, UTC)), 201)


async def follow_link(call: Call) -> Answer:
    """What a link shows, to the person it was made for, if they may still see it."""
    link = await _link_in(call)
    if link is None or not await _still_stands(call, link):
        raise not_found()
    call.caller = link.caller
    here = await _standing_of(call, link.upload_id, link.case_id)
    match link.variant:
        case "original":
            return await showing.original(call, here, link.reason)
        case "text":
            return await showing.text(call, here)
    return await showing.derivative(call, here, link.variant, link.page)


async def case_looks(call: Call) -> Answer:
    """Who of the staff looked at originals of this case's files, and why."""
    case, _ = await case_found(call)
    named = [item.file.id for item in case.evidence if item.file is not None]
    rows = await uploads.get_many(call.hinge.db, call.marketplace, named)
    made = await looks.of_case(call.hinge.db, call.marketplace, case.id, list(rows.values()), limit=MOST_LOOKS)
    shown = [LookView(one.look_id, *structs.astuple(one)[1:]) for one in made]
    return answer(LookList(tuple(shown)))


async def _standing(call: Call, case_id: str | None) -> Standing:
    return await _standing_of(call, call.path["upload_id"], case_id)


async def _standing_of(call: Call, upload_id: str, case_id: str | None) -> Standing:
    """How the caller stands to the file; what does not exist for them is not found."""
    here = await standing(call.hinge, call.marketplace, call.actor, upload_id, case_id)
    if here is None:
        raise not_found()
    return here


async def _link_in(call: Call) -> links.Link | None:
    """The link of the path, if it was made here and lasts."""
    written = call.path["link"]
    marketplace = links.marketplace_of(written)
    if marketplace is None or await marketplaces.get(call.hinge.db, marketplace) is None:
        return None
    link = links.read(written, await _link_key(call.hinge, marketplace), time.time())
    return link if link is not None and link.marketplace == marketplace else None


async def _still_stands(call: Call, link: links.Link) -> bool:
    """Whether the key the link was made with still works, and nobody else is following it with a key of their own."""
    if link.key_hash is not None and await keys.find_hashed(call.hinge.db, link.key_hash) is None:
        return False
    authorization = header(call.scope, b"authorization")
    if authorization is None:
        return True
    caller = await call.house.doorkeeper.who(authorization)
    return caller is not None and (caller.marketplace, caller.role, caller.actor.id) == (
        link.marketplace,
        link.actor.role,
        link.actor.id,
    )


async def _link_key(hinge: Hinge, marketplace: str) -> bytes:
    return links.link_key(await secret_of(hinge, marketplace))


OF_ONE = (
    Route(
        method="GET", path="/v1/evidence/{upload_id}", name="describe_upload", tag="evidence", does=describe,
        summary="What is known of a file: how its check stands, and what of it can be shown", query=InCase,
        answer=FileView, also=(404,),
    ),
    Route(
        method="GET", path="/v1/evidence/{upload_id}/original", name="original", tag="evidence", does=original,
        summary="The file itself, unchanged, as an attachment: for its sender, for staff who say why, and for the "
        "other side where it is a film", query=Why, answer=bytes, answer_media="application/octet-stream",
        also=(206, 404, 409, 416),
    ),
    Route(
        method="GET", path="/v1/evidence/{upload_id}/text", name="evidence_text", tag="evidence", does=text,
        summary="The beginning of a text file", query=InCase, answer=TextView, also=(404, 409),
    ),
    Route(
        method="GET", path="/v1/evidence/{upload_id}/{variant}", name="evidence_picture", tag="evidence", does=derived,
        summary="A picture of one page, made from its pixels, 160, 640 or 1600 pixels long", query=OnePage,
        answer=bytes, answer_media="image/webp", also=(206, 404, 409, 416),
    ),
    Route(
        method="GET", path="/v1/evidence-links/{link}", name="follow_link", tag="access", does=follow_link,
        summary="What a link shows; no header is needed, and whether it may still be seen is asked again", roles=None,
        answer=bytes, answer_media="application/octet-stream", also=(206, 404, 409, 416),
    ),
)  # fmt: skip
ROUTES = (
    *OF_ONE,
    *(
        structs.replace(route, method="HEAD", name=f"head_{route.name}", summary=f"Headers only: {route.summary}")
        for route in OF_ONE
        if route.answer is bytes
    ),
    Route(
        method="POST", path="/v1/evidence/{upload_id}/links", name="make_link", tag="access", does=make_link,
        summary="A link that works for a minute without a header", body=LinkWanted, answer=LinkMade, status=201,
        key="optional", also=(404, 409),
    ),
    Route(
        method="GET", path="/v1/cases/{case_id}/looks", name="case_looks", tag="evidence", does=case_looks,
        summary="Who of the staff looked at originals, and why", roles=frozenset({"operator", "auditor"}),
        answer=LookList, also=(404,),
    ),
)  # fmt: skip
