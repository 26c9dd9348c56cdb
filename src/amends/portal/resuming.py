"""Resumable uploads from a page's script (tus 1.0): the session cookie says who sends, a header that our page did.

The protocol itself is reception/resuming.py. Pages work without it: a form with files does the same in one go.
"""

import hmac
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.types import Method

from amends.law.actors import PARTIES
from amends.portal import intake
from amends.portal.door import know
from amends.portal.house import Portal
from amends.portal.visit import Page, Visit
from amends.portal.words import chosen
from amends.reception import resuming
from amends.reception.refusing import NotTaken, not_taken
from amends.reception.taking import Sender, own_ticket

PATH = "/uploads/tus"
STATUS = {
    "not_found": 404, "too_large": 413, "ticket_expired": 410, "not_as_declared": 422, "storage_full": 507,
    "too_many_uploads": 429, "upload_locked": 423, "offset_mismatch": 409, "checksum_mismatch": 460,
    "already_received": 409, "upload_in_use": 409, "bad_header": 400, "unsupported_media_type": 415,
    "tus_version": 412, "signed_out": 401, "idempotency_key_reused": 422,
}  # fmt: skip
SIGNED_OUT = {
    "en": "You are not signed in any more. Open the link from your marketplace again.",
    "id": "Anda tidak lagi masuk. Buka lagi tautan dari marketplace Anda.",
}


class Said(msgspec.Struct, frozen=True):
    """Why bytes were not taken, for the page's script to show."""

    code: str
    says: str


class Resuming:
    """The door of one server for its pages' scripts."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def handlers(self) -> list[HTTPRouteHandler]:
        """One handler for making an upload, one for each thing done with one."""
        return [
            _handler(self, PATH, ["POST"], "uploads"),
            _handler(self, f"{PATH}/{{upload_id:str}}", ["HEAD", "PATCH", "DELETE"], "upload"),
        ]

    async def answer(self, request: Request[Any, Any, Any]) -> Page:
        """Answer one request of the protocol."""
        visit = Visit(self.portal, request, None, chosen(request.headers.get("accept-language")))
        try:
            await know(visit)
            sender = _sender(visit)
            if request.headers.get("tus-resumable") != resuming.VERSION:
                raise not_taken("wrong_version")
            does = {"POST": _create, "HEAD": _offset, "PATCH": _append, "DELETE": _terminate}[request.method]
            status, headers = await does(sender, request)
        except NotTaken as why:
            return _refused(visit, why)
        return Response(b"", status_code=status, headers=_always() | headers, media_type="text/plain")


def _sender(visit: Visit) -> Sender:
    """The signed-in party, whose page sent its secret along."""
    session, given = visit.session, visit.request.headers.get("x-csrf", "")
    known = session is not None and session.role in PARTIES
    if session is None or not known or not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise NotTaken("signed_out", SIGNED_OUT)
    return intake.sender(visit)


async def _create(sender: Sender, request: Request[Any, Any, Any]) -> tuple[int, dict[str, str]]:
    brings = request.headers.get("content-type") == resuming.OFFSET_MEDIA
    length, metadata = request.headers.get("upload-length"), request.headers.get("upload-metadata", "")
    row = await resuming.create(sender, length, metadata)
    at = resuming.offset_of(row)
    if brings and not at:  # asked again, the ticket says how far it got: these bytes are here already
        at = await resuming.append(sender, row, 0, _body(request))
    where = {"location": f"{PATH}/{row.upload_id}", "upload-offset": str(at)}
    return 201, where | resuming.expires(row)


async def _offset(sender: Sender, request: Request[Any, Any, Any]) -> tuple[int, dict[str, str]]:
    row = await own_ticket(sender, request.path_params["upload_id"])
    return 200, resuming.told(row)


async def _append(sender: Sender, request: Request[Any, Any, Any]) -> tuple[int, dict[str, str]]:
    if request.headers.get("content-type") != resuming.OFFSET_MEDIA:
        raise not_taken("wrong_media")
    row = await own_ticket(sender, request.path_params["upload_id"])
    at = resuming.number(request.headers.get("upload-offset"))
    if at is None:
        raise not_taken("no_offset")
    vouched = resuming.vouched_for(request.headers.get("upload-checksum"))
    reached = await resuming.append(sender, row, at, _body(request), vouched)
    return 204, {"upload-offset": str(reached)} | resuming.expires(row)


async def _terminate(sender: Sender, request: Request[Any, Any, Any]) -> tuple[int, dict[str, str]]:
    await resuming.take_back(sender, await own_ticket(sender, request.path_params["upload_id"]))
    return 204, {}


async def _body(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        yield chunk


def _refused(visit: Visit, why: NotTaken) -> Page:
    headers = _always()
    if why.retry_after_seconds is not None:
        headers["retry-after"] = str(why.retry_after_seconds)
    if why.stands is not None:
        headers["upload-offset"] = str(why.stands)
    body = msgspec.json.encode(Said(why.code, why.says[visit.locale]))
    return Response(body, status_code=STATUS[why.code], headers=headers, media_type="application/json")


def _always() -> dict[str, str]:
    return {"tus-resumable": resuming.VERSION, "cache-control": "no-store", "x-content-type-options": "nosniff"}


def _handler(door: Resuming, path: str, methods: list[Method], name: str) -> HTTPRouteHandler:
    async def answer(request: Request[Any, Any, Any]) -> Page:
        return await door.answer(request)

    return HTTPRouteHandler(path, http_method=methods, name=f"page_{name}", status_code=200)(answer)
