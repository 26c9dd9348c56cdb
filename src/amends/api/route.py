"""A route: one call of the API, said once. The server answers by it and the OpenAPI document is written from it.

What a route says, door.py checks before the room is asked: roles, headers, query and body. `also` lists the further
statuses its room may answer with, so nothing undocumented ever leaves the house.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

from amends.api.call import Answer, Call

MAX_BODY_BYTES = 64 * 1024
EVERYONE = frozenset({"buyer", "seller", "carrier", "adjudicator", "operator", "auditor"})
STAFF = frozenset({"adjudicator", "operator", "auditor"})
PARTIES = frozenset({"buyer", "seller", "carrier"})

Room = Callable[[Call], Awaitable[Answer]]


class HeaderSpec(msgspec.Struct, frozen=True):
    """A request header that a room reads itself, as the documents show it: its name, what it is for, its schema."""

    name: str
    says: str
    schema: dict[str, Any]
    required: bool = False


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `roles` None: no credential is asked for. `body` and `answer` are types, or None for none.

    `headers` are those the room reads beside the usual ones; `always` goes along with every answer, problems too.
    """

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    path: str
    name: str
    tag: str
    summary: str
    does: Room
    roles: frozenset[str] | None = EVERYONE
    query: type[msgspec.Struct] | None = None
    body: Any = None
    body_optional: bool = False
    body_media: str = "application/json"
    body_bytes: int = MAX_BODY_BYTES
    answer: Any = None
    answer_media: str = "application/json"
    status: int = 200
    also: tuple[int, ...] = ()
    key: Literal["none", "optional", "required"] = "none"
    if_match: bool = False
    etag: bool = False
    headers: tuple[HeaderSpec, ...] = ()
    always: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def statuses(self) -> tuple[int, ...]:
        """Every status this route may answer with but the good one."""
        found = {400, 503, *self.also}
        if self.roles is not None:
            found |= {401, 429}
        if self.roles is not None and self.roles != EVERYONE:
            found.add(403)
        if self.if_match:
            found.add(412)
        if self.body is not None:
            found |= {413, 415, 422}
        return tuple(sorted(found))
