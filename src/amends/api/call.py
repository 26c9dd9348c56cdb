"""A call: one request, read and checked, ready for the room that answers it; and the answer it gets.

Reading is the same for every route (door.py does it): who calls, headers, query, body. What is read wrong is a Problem.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send

from amends.access.caller import Caller
from amends.access.credentials import Doorkeeper
from amends.api.limits import PartyLimits
from amends.api.problems import Problem, problem
from amends.api.recent import Recent
from amends.handle import Hinge
from amends.law.actors import Actor
from amends.settings import Settings

KEY = re.compile(r"[\x21-\x7e]{1,255}")
ETAG = re.compile(r'(?P<weak>W/)?"(?P<tag>[\x21\x23-\x7e]*)"')
JSON = b"application/json"
PROBLEM_JSON = b"application/problem+json"
NO_REVISION = -1
"""What an If-Match that can never match expects."""

Header = tuple[bytes, bytes]
ALWAYS: tuple[Header, ...] = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class House(msgspec.Struct, frozen=True):
    """What the rooms of the API stand on."""

    hinge: Hinge
    settings: Settings
    doorkeeper: Doorkeeper
    recent: Recent = msgspec.field(default_factory=Recent)
    limits: PartyLimits = msgspec.field(default_factory=PartyLimits)


class Call:
    """One request as a room sees it. `caller` is None on public routes only; `query` and `body` as the route says."""

    __slots__ = ("body", "caller", "expected", "house", "key", "locale", "path", "query", "receive", "scope")

    def __init__(self, house: House, scope: Scope, receive: Receive) -> None:
        self.house = house
        self.scope = scope
        self.receive = receive
        self.path: dict[str, str] = scope["path_params"]
        self.caller: Caller | None = None
        self.query: Any = None
        self.body: Any = None
        self.key: str | None = None
        self.expected: int | None = None
        self.locale: str | None = None

    @property
    def hinge(self) -> Hinge:
        """The hinge, for the rooms' convenience."""
        return self.house.hinge

    @property
    def actor(self) -> Actor:
        """Who acts. Only on routes that ask for a credential."""
        assert self.caller is not None, "a public route has no actor"
        return self.caller.actor

    @property
    def marketplace(self) -> str:
        """Whose marketplace this is, by the credential alone."""
        assert self.caller is not None, "a public route has no marketplace"
        return self.caller.marketplace


class Answer:
    """A whole answer, sent in one go."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes, status: int = 200, headers: Sequence[Header] = (), media: bytes = JSON) -> None:
        self.status = status
        self.body = body
        length = str(len(body)).encode()
        self.headers = [(b"content-type", media), (b"content-length", length), *ALWAYS, *headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it (ASGI)."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


encode = msgspec.json.Encoder().encode


def answer(value: Any, status: int = 200, headers: Sequence[Header] = ()) -> Answer:
    """A value as JSON."""
    return Answer(encode(value), status, headers)


def answer_problem(found: Problem) -> Answer:
    """A problem as it is sent."""
    return Answer(encode(found.details), found.details.status, found.headers, PROBLEM_JSON)


def idempotency_key(text: str | None, *, required: bool) -> str | None:
    """The Idempotency-Key, checked."""
    if text is None:
        if required:
            raise problem("idempotency_key_missing", "This moves money: send an Idempotency-Key of your own, and the "
                          "same one again when you ask again.")  # fmt: skip
        return None
    if not KEY.fullmatch(text):
        raise problem("bad_header", "Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.")
    return text


def expected_revision(text: str | None) -> int | None:
    """The revision an `If-Match` names; None when it matches anything, NO_REVISION when it can match nothing."""
    if text is None or text.strip() == "*":
        return None
    found = ETAG.fullmatch(text.strip())
    if found is None:
        raise problem("bad_header", 'If-Match must be one ETag as this service gives them, for example "7".')
    tag = found["tag"]
    if found["weak"] or not re.fullmatch(r"0|[1-9][0-9]{0,8}", tag):
        return NO_REVISION
    return int(tag)


def language(accept: str | None) -> str | None:
    """`en` or `id` when the caller asks for one of them first; None leaves it to the case."""
    first = (accept or "").split(",", 1)[0].split(";", 1)[0].strip().lower()[:2]
    return first if first in ("en", "id") else None
