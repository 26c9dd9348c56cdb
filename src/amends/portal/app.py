"""The portals as handlers for the one application: every page behind its door, and the files pages need."""

from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from amends.handle import Hinge
from amends.portal import case_page, covering, entry, files
from amends.portal.assets import PREFIX
from amends.portal.buyer import pages as buyer_pages
from amends.portal.desk import pages as desk_pages
from amends.portal.door import FILES_AT_ONCE, MOST_FORM_BYTES, Door, error_page
from amends.portal.house import Portal, portal_of
from amends.portal.operator import pages as operator_pages
from amends.portal.policy import pages as policy_pages
from amends.portal.resuming import Resuming
from amends.portal.route import Address
from amends.portal.seller import pages as seller_pages
from amends.portal.staff import keys, organisation, own, people, sign_in
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import chosen
from amends.settings import Settings

FOR_EVER = "public, max-age=31536000, immutable"
ADDRESSES: tuple[Address, ...] = (*entry.ADDRESSES, *buyer_pages.ADDRESSES, *covering.ADDRESSES, *case_page.ADDRESSES,
                                   *files.ADDRESSES, *desk_pages.ADDRESSES, *seller_pages.ADDRESSES,
                                   *sign_in.ADDRESSES, *organisation.ADDRESSES, *people.ADDRESSES, *keys.ADDRESSES,
                                   *own.ADDRESSES, *policy_pages.ADDRESSES, *operator_pages.ADDRESSES)  # fmt: skip
"""Every page of the portals."""


class Portals:
    """The portals of a server: their handlers, and the page for an address that nobody answers."""

    def __init__(self, hinge: Hinge, settings: Settings) -> None:
        self.portal: Portal = portal_of(hinge, settings)

    def handlers(self) -> list[HTTPRouteHandler]:
        """One handler an address, those of resumable uploads, and one for the files."""
        pages = (_handler(Door(address, self.portal)) for address in ADDRESSES)
        return [*pages, *Resuming(self.portal).handlers(), self._files()]

    def leave(self) -> None:
        """The server stops: end what would stay open."""
        self.portal.leaving.set()

    def lost(self, request: Request[Any, Any, Any], status: int) -> Page:
        """The page for an address that is not there, or is asked in another way."""
        wishes = request.query_params.get("lang"), request.cookies.get("lang"), request.headers.get("accept-language")
        return error_page(Visit(self.portal, request, None, chosen(*wishes)), Lost(status))

    def _files(self) -> HTTPRouteHandler:
        served = self.portal.assets.served

        async def file(request: Request[Any, Any, Any]) -> Response[bytes]:
            found = served.get(request.url.path)
            if found is None:
                return Response(b"", status_code=404, media_type="text/plain")
            zipped = found.zipped is not None and "gzip" in request.headers.get("accept-encoding", "")
            body = found.zipped if zipped and found.zipped is not None else found.plain
            headers = {"cache-control": FOR_EVER, "x-content-type-options": "nosniff", "vary": "accept-encoding"}
            if zipped:
                headers["content-encoding"] = "gzip"
            return Response(body, media_type=found.media, headers=headers)

        return HTTPRouteHandler(f"{PREFIX}{{name:str}}", http_method="GET", name="assets")(file)


def _handler(door: Door) -> HTTPRouteHandler:
    async def answer(request: Request[Any, Any, Any]) -> Page:
        return await door.answer(request)

    address = door.address
    most = door.portal.settings.max_upload_bytes * FILES_AT_ONCE if address.uploads else MOST_FORM_BYTES
    return HTTPRouteHandler(
        address.path, http_method=address.method, name=f"page_{address.name}", request_max_body_size=most
    )(answer)
