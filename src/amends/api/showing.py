"""Showing one file over HTTP: its facts, a picture, its text, or the bytes as they were sent.

Which of it is shown to whom is decided in access (pictures.py, originals.py); here it becomes an answer or a problem.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from amends.access import checked as states
from amends.access import originals, pictures
from amends.access.originals import NeedsReason, Onlooker
from amends.access.pictures import PICTURES, NotShown
from amends.access.sight import LOCALES
from amends.access.standing import Standing
from amends.api.call import Answer, Call, answer
from amends.api.file_shapes import FileView, LinkWanted, TextView, VariantView
from amends.api.problems import RETRY_AFTER_SECONDS, not_found, problem
from amends.api.sending import Sent, header, part_of, wants_head
from amends.api.uploads import receipt_of
from amends.store import derivatives
from amends.store.checks import CheckRow
from amends.store.derivatives import Derivative

CODES = {
    "unchecked": "file_unchecked", "unavailable": "file_unavailable", "copy_awaited": "redacted_copy_awaited",
}  # fmt: skip
"""The problem's code of why something is not shown."""


@contextmanager
def said_plainly() -> Iterator[None]:
    """What is not shown, as a problem."""
    try:
        yield
    except NotShown as why:
        if why.why == "unknown":
            raise not_found() from None
        again = () if why.why == "unavailable" else ((b"retry-after", b"%d" % RETRY_AFTER_SECONDS),)
        raise problem(CODES[why.why], str(why), again) from None
    except NeedsReason:
        said = "Say why you look at the original in `reason` (3 to 500 characters); it is recorded."
        raise problem("bad_query", said) from None


def onlooker(call: Call) -> Onlooker:
    """Who looks."""
    return Onlooker(call.hinge, call.marketplace, call.actor, locale_of(call))


async def described(call: Call, here: Standing, check: CheckRow | None) -> FileView:
    """The file's facts, as far as this person may know them."""
    row, standing = here.upload, pictures.stands(here, check)
    made = await _variants(call, here) if standing == "clean" else ()
    insider = here.stands_as != "other"
    return FileView(
        id=row.upload_id,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        media_type=row.media_type,
        name=row.name if insider else None,
        ticket_at=row.ticket_at,
        received_at=row.received_at,
        state=standing,
        says=pictures.said(here, check, locale_of(call)),
        checked_at=check.checked_at if check else None,
        pages=max((one.page for one in made if one.variant in PICTURES), default=0),
        redacted=bool(here.covered),
        variants=made,
        original=_original_href(here, check, standing),
        receipt=receipt_of(call, row) if insider else None,
        claims=await _claims(call, here, check) if here.stands_as == "staff" and standing == "clean" else None,
    )


async def derivative(call: Call, here: Standing, variant: str, page: int) -> Answer:
    """A picture of one page, covered where this person's copy is."""
    if variant not in PICTURES:
        raise not_found()
    db, locale = call.hinge.db, locale_of(call)
    with said_plainly():
        found = await pictures.made(db, call.marketplace, here, variant, page, locale)
        part = part_of(call, found.size_bytes)
        name = f"{here.upload.upload_id}-{page}-{variant}.webp"
        if wants_head(call.scope):
            return Sent(part, None, media=found.media_type.encode(), name=name)
        data = await pictures.content(db, call.marketplace, here, found, locale)
    return Sent(part, _pieces(data[part.start : part.end]), media=found.media_type.encode(), name=name)


async def text(call: Call, here: Standing) -> Answer:
    """The beginning of a text file."""
    db, locale = call.hinge.db, locale_of(call)
    with said_plainly():
        found = await pictures.made(db, call.marketplace, here, "text", 1, locale)
        data = await pictures.content(db, call.marketplace, here, found, locale)
    return answer(TextView(data.decode(), len(data) >= here.upload.size_bytes))


async def original(call: Call, here: Standing, reason: str | None) -> Answer:
    """The bytes as they were sent; for staff only after their look is written down."""
    head, who = wants_head(call.scope), onlooker(call)
    with said_plainly():
        await originals.may_have(who, here, reasoned=reason is not None or head)
        part = part_of(call, here.upload.size_bytes)
        name, media = originals.file_name(here), b"application/octet-stream"
        if head:
            return Sent(part, None, media=media, name=name)
        what = header(call.scope, b"range") or "whole"
        pieces = await originals.pieces(who, here, reason, part.start, part.end, what=what)
    return Sent(part, pieces, media=media, name=name)


async def would_show(call: Call, here: Standing, wanted: LinkWanted) -> None:
    """Raise the problem that following such a link would meet now."""
    with said_plainly():
        if wanted.variant == "original":
            reasoned = wanted.reason is not None or wants_head(call.scope)
            await originals.may_have(onlooker(call), here, reasoned=reasoned)
        else:
            await pictures.made(call.hinge.db, call.marketplace, here, wanted.variant, wanted.page, locale_of(call))


def locale_of(call: Call) -> str:
    """The language asked for, English otherwise."""
    return call.locale if call.locale in LOCALES else "en"


async def _variants(call: Call, here: Standing) -> tuple[VariantView, ...]:
    row = here.upload
    areas = derivatives.digest(here.covered)
    if areas and await derivatives.want_copy(call.hinge.db, call.marketplace, row.upload_id, here.covered) != "drawn":
        return ()
    within = f"&case={here.case_id}" if here.case_id else ""
    return tuple(
        VariantView(one.variant, one.page, one.width, one.height, one.size_bytes, _href(one, within))
        for one in await derivatives.of_upload(call.hinge.db, call.marketplace, row.upload_id, areas)
    )


def _href(one: Derivative, within: str) -> str:
    if one.variant == "text":
        return f"/v1/evidence/{one.upload_id}/text" + within.replace("&", "?")
    return f"/v1/evidence/{one.upload_id}/{one.variant}?page={one.page}{within}"


def _original_href(here: Standing, check: CheckRow | None, stands: states.Standing) -> str | None:
    """Where the bytes as sent are, for those they are for as things stand."""
    harmful = check is not None and (check.infected or check.why == "damaged")
    if here.stands_as == "owner":
        given = here.upload.blob is not None and not harmful
    else:
        given = stands == "clean" and here.may_have_scanned_original
    within = f"?case={here.case_id}" if here.case_id else ""
    return f"/v1/evidence/{here.upload.upload_id}/original{within}" if given else None


async def _claims(call: Call, here: Standing, check: CheckRow | None) -> dict[str, str] | None:
    return await pictures.claims(call.hinge.db, call.marketplace, here, check)


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data
