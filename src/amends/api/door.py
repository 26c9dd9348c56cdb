"""The door: reads a request by what its route says, asks the room, and turns whatever happens into an answer.

The order is fixed: who is calling (401), not too often (429), may this role ever (403), headers and query (400), the
body (400, 413, 415, 422); only then the room. Nothing of an unexpected error leaves the house but that there was one;
it is logged.
"""

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, get_type_hints
from urllib.parse import parse_qsl

import msgspec
import structlog
from litestar import Request
from litestar.exceptions import ClientException, HTTPException
from litestar.types import Receive, Scope
from prometheus_client import Counter, Histogram

from amends import text
from amends.api.call import (
    Answer,
    Call,
    House,
    answer_problem,
    expected_revision,
    idempotency_key,
    language,
)
from amends.api.problems import Problem, busy, problem, recovering, too_often, unauthenticated
from amends.api.route import Route
from amends.store.errors import BadCursor, DatabaseError, Recovering

log = structlog.get_logger("amends.api")
WANTED_HEADERS = frozenset({b"authorization", b"idempotency-key", b"if-match", b"accept-language", b"content-type",
                            b"content-length"})  # fmt: skip
READING = frozenset({"GET", "HEAD", "OPTIONS"})
Reader = Callable[[str], Any]
ANSWERS = Counter("amends_http_answers_total", "Answers given, by route and status.", ("route", "status"))
SECONDS = Histogram("amends_http_seconds", "From the request's arrival to its answer.", ("route",))


class Door:
    """One route of the house, ready to answer."""

    def __init__(self, route: Route, house: House) -> None:
        self.route = route
        self.house = house
        self._is_json = route.body is not None and route.body_media == "application/json"
        self._decoder = msgspec.json.Decoder(route.body) if self._is_json else None
        self._instants = self._is_json and text.holds_instants(route.body)
        self._seconds = SECONDS.labels(route.name)
        self._query = query_readers(route.query) if route.query else None

    async def answer(self, request: Request[Any, Any, Any]) -> Answer:
        """Answer one request, whatever happens, and count it."""
        started = perf_counter()
        answered = await self._answer(request)
        answered.headers += self.route.always
        if self.route.method == "HEAD":
            answered.body = b""
        self._seconds.observe(perf_counter() - started)
        ANSWERS.labels(self.route.name, answered.status).inc()
        return answered

    async def _answer(self, request: Request[Any, Any, Any]) -> Answer:
        try:
            call = Call(self.house, request.scope, request.receive)
            await self._read(call)
            return await self.route.does(call)
        except Problem as found:
            return answer_problem(found)
        except BadCursor as fault:
            return answer_problem(problem("bad_query", str(fault)))
        except Recovering as why:
            return answer_problem(recovering(str(why)))
        except DatabaseError as away:
            log.warning("database away", route=self.route.name, error=str(away))
            return answer_problem(busy())
        except HTTPException as error:
            return answer_problem(of_litestar(error))
        except Exception:
            log.exception("defect", route=self.route.name)
            return answer_problem(problem("defect", "It was logged. Nothing was half-done; asking again is safe."))

    async def _read(self, call: Call) -> None:
        """Fill in the call, in the order the table of statuses is read."""
        route, headers = self.route, wanted_headers(call.scope)
        call.locale = language(headers.get(b"accept-language"))
        if route.roles is not None:
            call.caller = await self.house.doorkeeper.who(headers.get(b"authorization"))
            if call.caller is None:
                raise unauthenticated()
            if seconds := self.house.limits.wait(call.caller):
                raise too_often(seconds)
            if call.caller.role not in route.roles:
                raise role_not_allowed(route, call.caller.role)
        if route.method not in READING:
            self.house.hinge.db.insist_on_writing()
        if route.key != "none":
            call.key = idempotency_key(headers.get(b"idempotency-key"), required=route.key == "required")
        if route.if_match:
            call.expected = expected_revision(headers.get(b"if-match"))
        call.query = read_query(call.scope["query_string"], route, self._query)
        if self._decoder is not None:
            body = await read_body(call.scope, call.receive, headers, route.body_bytes)
            call.body = self._decode(body, headers.get(b"content-type"), self._decoder)

    def _decode(self, body: bytes, content_type: str | None, decoder: msgspec.json.Decoder[Any]) -> Any:
        if not body and self.route.body_optional:
            body = b"{}"
        elif (content_type or "").partition(";")[0].strip().lower() != "application/json":
            raise problem("unsupported_media_type", "Send the body as `Content-Type: application/json`.")
        try:
            found = text.decode(body, decoder)
            return text.in_utc(found) if self._instants else found
        except (msgspec.ValidationError, text.ControlCharacter, text.OutOfTime) as fault:
            raise problem("does_not_fit", f"{fault}.") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise problem("malformed", f"The body is not well-formed JSON: {fault}.") from None


def wanted_headers(scope: Scope) -> dict[bytes, str]:
    """The headers this API reads; of one sent twice the first counts."""
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name in WANTED_HEADERS:
            found.setdefault(name, value.decode("latin-1"))
    return found


async def read_body(scope: Scope, receive: Receive, headers: Mapping[bytes, str], limit: int) -> bytes:
    """The whole body, if it is not longer than `limit` bytes."""
    declared = headers.get(b"content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise too_large(limit)
    chunks, size, more = list[bytes](), 0, True
    while more:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise problem("malformed", "The connection ended before the body did.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def query_readers(shape: type[msgspec.Struct]) -> dict[str, Reader]:
    """How each parameter's text becomes what its type is made of: a number, yes or no, or text."""
    hints = get_type_hints(shape)
    return {name: _reader_of(hints[name]) for name in shape.__struct_fields__}


def read_query(raw: bytes, route: Route, readers: Mapping[str, Reader] | None) -> Any:
    """The query as the route's type. Unknown and repeated parameters are refused."""
    if readers is None or route.query is None:
        if raw:
            raise problem("bad_query", "This call takes no query parameters.")
        return None
    if not raw:
        return route.query()
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict",
                          max_num_fields=50)  # fmt: skip
        given = {name: readers[name](value) if name in readers else value for name, value in pairs}
        if len(given) != len(pairs):
            raise ValueError("a parameter is given twice")
        return text.in_utc(msgspec.convert(text.in_order(given), route.query))
    except ValueError as fault:  # also msgspec's and Unicode's
        known = ", ".join(readers)
        raise problem("bad_query", f"{fault}. The parameters of this call are: {known}.") from None


def role_not_allowed(route: Route, role: str) -> Problem:
    """403: not a matter of this case or this moment, but of the role."""
    allowed = ", ".join(sorted(route.roles or ()))
    return problem("role_not_allowed", f"A caller in the role {role} can never do this; it is for: {allowed}.")


def too_large(limit: int) -> Problem:
    """413."""
    return problem("too_large", f"The body may have at most {limit} bytes.")


def of_litestar(error: HTTPException) -> Problem:
    """What the framework itself refuses: no such path, no such method, a body too large, a broken header."""
    match error.status_code:
        case 404:
            return problem("not_found", "There is no such thing here, or it is not yours to see.")
        case 405:
            headers = [(name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()]
            return problem("method_not_allowed", "This address is asked in another way; see Allow.", headers)
        case 413:
            return problem("too_large", "The body is larger than this call takes.")
        case status if status < 500 or isinstance(error, ClientException):
            return problem("malformed", f"{error.detail}.")
    return problem("defect", "It was logged. Nothing was half-done; asking again is safe.")


def _reader_of(hint: Any) -> Reader:
    """Numbers and yes/no are written as text in a query; everything else stays text."""
    wants = {hint, *getattr(hint, "__args__", ())}
    if bool in wants:
        return _yes_or_no
    return _whole_number if int in wants else str


def _yes_or_no(value: str) -> bool | str:
    return {"true": True, "false": False}.get(value, value)


def _whole_number(value: str) -> int | str:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else value
