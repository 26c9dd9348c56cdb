"""The API as one application: every route of every room behind its door.

The routes are the one list the server, the OpenAPI document and the page at /docs are made from. The application
neither opens nor closes anything: the hinge it is given already stands.
"""

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any, Protocol

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from amends.access.credentials import Doorkeeper
from amends.api import (
    casefile,
    cases,
    commands,
    desk,
    docs,
    drafts,
    evidence,
    feed,
    health,
    log,
    orders,
    pictures,
    policies,
    preview,
    sandbox,
    tokens,
    tus,
    uploads,
)
from amends.api.call import House, answer_problem
from amends.api.door import Door, of_litestar
from amends.api.forms import ENVELOPE_BYTES
from amends.api.openapi import PATH_PARAMETER, encoded
from amends.api.route import Route
from amends.handle import Hinge
from amends.settings import Settings

ROUTES: tuple[Route, ...] = (
    *orders.ROUTES,
    *cases.ROUTES,
    *casefile.ROUTES,
    *preview.ROUTES,
    *commands.ROUTES,
    *drafts.ROUTES,
    *uploads.ROUTES,
    *tus.ROUTES,
    *evidence.ROUTES,
    *desk.ROUTES,
    *pictures.ROUTES,
    *policies.ROUTES,
    *feed.ROUTES,
    *log.ROUTES,
    *tokens.ROUTES,
    *sandbox.ROUTES,
    *health.ROUTES,
)
"""Every call of the API, in the order the documents list them."""


DEEP = frozenset({"tile"})
"""Parameters that go on to the end of the address, slashes and all."""
MACHINES = ("/v1/", "/health", "/metrics", "/openapi.json", "/log/")
"""Where programs ask: they get problems, never pages."""


class Pages(Protocol):
    """The pages of the portals, which this room knows nothing of but that they answer beside it."""

    def handlers(self) -> list[HTTPRouteHandler]:
        """One handler for each page."""
        ...

    def lost(self, request: Request[Any, Any, Any], status: int) -> Response[bytes]:
        """The page for an address that nobody answers."""
        ...


def create_app(hinge: Hinge, settings: Settings, pages: Pages | None = None) -> Litestar:
    """The application on a hinge whose database is open, and the portals' pages beside it where there are some."""
    house = House(hinge, settings, Doorkeeper(hinge.db))
    return Litestar(
        route_handlers=[*_handlers(house), *(pages.handlers() if pages else ())],
        openapi_config=None,
        exception_handlers={HTTPException: partial(_refused_by_the_framework, pages)},
        request_max_body_size=settings.max_upload_bytes + ENVELOPE_BYTES,
        logging_config=None,
    )


@lru_cache(maxsize=1)
def openapi() -> bytes:
    """The OpenAPI document: JSON, sorted, the same bytes every time; needs no database."""
    return encoded(ROUTES)


def _handlers(house: House) -> Iterator[HTTPRouteHandler]:
    for route in (*ROUTES, *docs.routes(openapi())):
        yield _handler(Door(route, house))


def _handler(door: Door) -> HTTPRouteHandler:
    """The framework's handler of one route: it finds the door by its path and method, and no more."""

    async def answer(request: Request[Any, Any, Any]) -> ASGIApp:
        return await door.answer(request)

    path = PATH_PARAMETER.sub(lambda found: f"{{{found[1]}:{'path' if found[1] in DEEP else 'str'}}}", door.route.path)
    return HTTPRouteHandler(path, http_method=door.route.method, name=door.route.name, status_code=200)(answer)


def _refused_by_the_framework(
    pages: Pages | None, request: Request[Any, Any, Any], error: HTTPException
) -> Response[bytes]:
    """No such path, no such method: in the words of every other problem, or as a page where a person asked."""
    if pages is not None and not request.url.path.startswith(MACHINES) and "html" in request.headers.get("accept", ""):
        return pages.lost(request, error.status_code)
    found = answer_problem(of_litestar(error))
    headers = {name.decode(): value.decode() for name, value in found.headers if name != b"content-length"}
    return Response(found.body, status_code=found.status, headers=headers, media_type=headers.pop("content-type"))
