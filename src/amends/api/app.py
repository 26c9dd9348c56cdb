"""The API as one application: every route of every room behind its door.

The routes are the one list the server, the OpenAPI document and the page at /docs are made from. The application
neither opens nor closes anything: the hinge it is given already stands.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from amends.access.credentials import Doorkeeper
from amends.api import (
    cases,
    commands,
    desk,
    docs,
    feed,
    health,
    orders,
    policies,
    preview,
    sandbox,
    tokens,
    uploads,
)
from amends.api.call import House, answer_problem
from amends.api.door import Door, of_litestar
from amends.api.openapi import PATH_PARAMETER, encoded
from amends.api.route import Route
from amends.handle import Hinge
from amends.settings import Settings

ROUTES: tuple[Route, ...] = (
    *orders.ROUTES,
    *cases.ROUTES,
    *preview.ROUTES,
    *commands.ROUTES,
    *uploads.ROUTES,
    *desk.ROUTES,
    *policies.ROUTES,
    *feed.ROUTES,
    *tokens.ROUTES,
    *sandbox.ROUTES,
    *health.ROUTES,
)
"""Every call of the API, in the order the documents list them."""


def create_app(hinge: Hinge, settings: Settings) -> Litestar:
    """The application on a hinge whose database is open."""
    house = House(hinge, settings, Doorkeeper(hinge.db))
    return Litestar(
        route_handlers=list(_handlers(house)),
        openapi_config=None,
        exception_handlers={HTTPException: _refused_by_the_framework},
        request_max_body_size=settings.max_upload_bytes + uploads.ENVELOPE_BYTES,
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

    path = PATH_PARAMETER.sub(r"{\1:str}", door.route.path)
    return HTTPRouteHandler(path, http_method=door.route.method, name=door.route.name)(answer)


def _refused_by_the_framework(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """No such path, no such method: in the words of every other problem."""
    found = answer_problem(of_litestar(error))
    headers = {name.decode(): value.decode() for name, value in found.headers if name != b"content-length"}
    return Response(found.body, status_code=found.status, headers=headers, media_type=headers.pop("content-type"))
