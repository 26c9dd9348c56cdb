"""The OpenAPI 3.1 document, written from the routes: the same types the server reads and answers with.

Every status a route may answer with is here. The document is the same bytes each time (docs/openapi.json; CI compares).
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

import amends
from amends.api.problems import ProblemDetails
from amends.api.route import EVERYONE, Route
from amends.law.commands import COMMANDS
from amends.text import WITHOUT_CONTROL

Schema = dict[str, Any]
REFS = "#/components/schemas/{name}"
PATH_PARAMETER = re.compile(r"\{(\w+)\}")
LEADS_TO = {
    "file_request": ("case_id", "$response.body#/id"),
    "take_next": ("case_id", "$response.body#/id"),
    "upload": ("upload_id", "$response.body#/id"),
    "put_order": ("order_id", "$request.path.order_id"),
}
"""Operations whose answer names what others take in their path, and where it stands."""
PATH_SCHEMAS: dict[str, Schema] = {
    "case_id": {"type": "string", "format": "uuid"},
    "upload_id": {"type": "string", "format": "uuid"},
    "order_id": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[\\x21-\\x2e\\x30-\\x7e]+$"},
    "variant": {"type": "string", "enum": ["w160", "w640", "w1600"]},
    "link": {"type": "string", "minLength": 1, "maxLength": 4096, "pattern": "^[A-Za-z0-9._-]+$"},
    "seq": {"type": "string", "pattern": "^[1-9][0-9]{0,8}$"},
    "tile": {
        "type": "string",
        "description": "Level or `entries`, then the number, as c2sp.org/tlog-tiles writes it: "
        "`0/x001/067`, `entries/000.p/25`.",
    },
    "pack": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[a-z0-9-]+$"},
    "edition": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[0-9-]+$"},
    "command": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
}
SAYS = {
    201: "Made.",
    204: "There is none.",
    206: "The part that was asked for.",
    400: "The request, its path, query or headers cannot be read.",
    401: "No credential, or not a good one.",
    403: "The role of the caller may never do this.",
    404: "It is not there, or not the caller's; both in the same words.",
    409: "The policy refuses: `code` says why, `clauses` on what ground, `next` what else can be done. Or a "
    "file is not, or not yet, to be shown.",
    412: "`If-Match` names another revision than the case's, or `Tus-Resumable` another version.",
    410: "Its time is over; ask for a new one.",
    413: "The body is too large.",
    415: "The body is of a kind that is not taken.",
    416: "The range asked for lies beyond the end.",
    422: "The body does not fit the schema, or the Idempotency-Key was used with another body.",
    423: "Another request is sending this very file.",
    429: "This party calls more often, or sends more, than one may; ask again after `Retry-After` seconds.",
    460: "The bytes are not those `Upload-Checksum` tells of; nothing of them was kept.",
    503: "The database did not answer in time; ask again with the same Idempotency-Key.",
    507: "There is no room left for files; nothing of this one was kept.",
}
SAYS_KEY = "Your own name for this call: the same key and body give the same answer, another body is 422. "
SAYS_SCOPE = {
    "commands": "A key counts for one caller in one case, that is for one order line: used in another case it names "
    "another call. A refusal is not kept.",
    "desk": "A key counts for one caller, as long as the case taken with it is still the caller's.",
    "evidence": "A key counts for one caller: the same file under the same name gives the same id, also much later.",
    "sandbox": "A key counts for one caller, and until the server starts again.",
}
SAYS_HARMLESS = "Taken as on every POST; asking this again does nothing twice, with or without a key."
PROBLEMS = frozenset(status for status in SAYS if status >= 400)
HEADERS_OF = {
    416: ("Content-Range", "How many bytes there are."),
    401: ("WWW-Authenticate", "How to sign in."),
    429: ("Retry-After", "In how many seconds to ask again."),
    503: ("Retry-After", "In how many seconds to ask again."),
}
TAGS = {
    "orders": "What the marketplace tells of its orders, and what can still be done about them.",
    "cases": "The after-sale life of one order line: reading it, and asking what a command would do.",
    "commands": "Everything anyone may do in a case. The body is the command; the answer is the case.",
    "drafts": "Answers prepared and not sent; only their author sees them.",
    "evidence": "Files handed in.",
    "desk": "The adjudicators' queue.",
    "policies": "The written policies cases are decided under.",
    "feed": "The marketplace's events, for machines.",
    "log": "The public log of all events (RFC 6962, c2sp.org/tlog-tiles), proofs from it, and receipts.",
    "ledger": "Postings and balances.",
    "access": "Credentials for persons.",
    "sandbox": "The movable clock of a sandbox.",
    "health": "For those who look after this server.",
}
INTRODUCTION = (
    "The after-sale dispute service of a marketplace. Amounts are in minor units, instants are RFC 3339 in UTC, "
    "unknown fields are refused. Send `Authorization: Bearer …` with an API key or a party token. Every POST takes an "
    "`Idempotency-Key`; those that move money need one. A case's `ETag` is its revision; a command may send it as "
    "`If-Match`."
)


def document(routes: Sequence[Route]) -> Schema:
    """The whole document."""
    types = [t for route in routes for t in (_json_body(route), route.answer, route.query) if _is_schema(t)]
    types.append(ProblemDetails)
    schemas, components = msgspec.json.schema_components(types, ref_template=REFS)
    known = {id(shape): _named_commands(schema) for shape, schema in zip(types, schemas, strict=True)}
    _unname_commands(components)
    paths: dict[str, Schema] = {}
    for route in routes:
        operation = _operation(route, known, components)
        if links := _links(route, routes):
            operation["responses"][str(route.status)]["links"] = links
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    for name in {route.query.__name__ for route in routes if route.query is not None}:
        components.pop(name, None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Amends",
            "version": amends.__version__,
            "summary": "From a buyer's request to a reasoned decision, its remedies and its appeal.",
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": [{"name": name, "description": says} for name, says in TAGS.items()],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "responses": {f"Problem{status}": _problem(status) for status in sorted(PROBLEMS)},
            "schemas": _exact(components),
        },
    }


def encoded(routes: Sequence[Route]) -> bytes:
    """The document as JSON with sorted keys, two spaces of indentation and a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(document(routes), order="sorted"), indent=2) + b"\n"


def _operation(route: Route, known: dict[int, Schema], components: dict[str, Schema]) -> Schema:
    operation: Schema = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": [*_in_path(route), *_in_query(route, components), *_in_headers(route)],
        "responses": _responses(route, known),
    }
    if route.roles is None:
        operation["security"] = []
    elif route.roles != EVERYONE:
        operation["description"] = f"For: {', '.join(sorted(route.roles))}."
    if route.body is not None:
        schema = _form() if route.body_media == "multipart/form-data" else _schema(route.body, known)
        content = {route.body_media: {"schema": schema}}
        operation["requestBody"] = {"required": not route.body_optional, "content": content}
    return operation


def _links(route: Route, routes: Sequence[Route]) -> Schema:
    """Where the id in an answer leads: every route of that case, order or file."""
    parameter, expression = LEADS_TO.get(route.name, ("", ""))
    return {
        other.name: {"operationId": other.name, "parameters": {parameter: expression}}
        for other in routes
        if PATH_PARAMETER.findall(other.path) == [parameter]
    }


def _in_path(route: Route) -> Iterable[Schema]:
    for name in PATH_PARAMETER.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": PATH_SCHEMAS[name]}


def _in_query(route: Route, components: dict[str, Schema]) -> Iterable[Schema]:
    if route.query is None:
        return
    for name, schema in components[route.query.__name__]["properties"].items():
        yield {"name": name, "in": "query", "required": False, "schema": _without_null(schema)}


def _in_headers(route: Route) -> Iterable[Schema]:
    if route.key != "none":
        yield {
            "name": "Idempotency-Key", "in": "header", "required": route.key == "required",
            "description": SAYS_KEY + SAYS_SCOPE[route.tag] if route.tag in SAYS_SCOPE else SAYS_HARMLESS,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
        }  # fmt: skip
    if route.if_match:
        yield {
            "name": "If-Match", "in": "header", "required": False,
            "description": "The case's ETag as last seen; another revision is answered 412.",
            "schema": {"type": "string", "pattern": '^"(0|[1-9][0-9]{0,8})"$'},
        }  # fmt: skip
    for header in route.headers:
        yield {"name": header.name, "in": "header", "required": header.required, "description": header.says,
               "schema": header.schema}  # fmt: skip


def _responses(route: Route, known: dict[int, Schema]) -> Schema:
    good: Schema = {"description": SAYS.get(route.status, route.summary + ".")}
    if route.answer is not None:
        good["content"] = {route.answer_media: {"schema": _schema(route.answer, known)}}
    if route.etag:
        good["headers"] = {"ETag": {"description": "The case's revision.", "schema": {"type": "string"}}}
    found = {str(route.status): good}
    for status in route.statuses:
        found[str(status)] = _other(route, status, good)
    return dict(sorted(found.items()))


def _other(route: Route, status: int, good: Schema) -> Schema:
    if status == 204:
        return {"description": SAYS[status]}
    return {"$ref": f"#/components/responses/Problem{status}"} if status in PROBLEMS else good


def _problem(status: int) -> Schema:
    schema = {"$ref": REFS.format(name="ProblemDetails")}
    response: Schema = {"description": SAYS[status], "content": {"application/problem+json": {"schema": schema}}}
    if status in HEADERS_OF:
        name, says = HEADERS_OF[status]
        response["headers"] = {name: {"description": says, "schema": {"type": "string"}}}
    return response


def _json_body(route: Route) -> Any:
    return route.body if route.body_media == "application/json" else None


def _is_schema(shape: Any) -> bool:
    return shape is not None and shape not in (bytes, str)


def _schema(shape: Any, known: dict[int, Schema]) -> Schema:
    if shape is bytes:
        return {}
    return {"type": "string"} if shape is str else known[id(shape)]


def _form() -> Schema:
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {"type": "object", "properties": {"file": file}, "required": ["file"], "additionalProperties": False}


def _without_null(schema: Schema) -> Schema:
    """A parameter that is left out rather than null."""
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    shown = options[0] if len(options) == 1 else {k: v for k, v in schema.items() if k != "anyOf"}
    default = schema.get("default")
    exact = _exact(shown)
    assert isinstance(exact, dict)
    return exact if default is None else {**exact, "default": default}


def _exact(schemas: Any) -> Any:
    """The schemas with what the server checks beyond them: a command's own name is optional, text has no controls."""
    if isinstance(schemas, list):
        return [_exact(one) for one in schemas]
    if not isinstance(schemas, dict):
        return schemas
    exact = {key: _exact(value) for key, value in sorted(schemas.items())}
    if exact.get("type") == "string" and not {"pattern", "format", "enum", "contentEncoding"} & exact.keys():
        exact["pattern"] = WITHOUT_CONTROL
    return exact


def _unname_commands(components: dict[str, Schema]) -> None:
    """Sent to its own address a command need not say its name."""
    for kind in COMMANDS.values():
        if (schema := components.get(kind.__name__)) is not None:
            schema["required"] = [name for name in schema["required"] if name != "command"]


def _named_commands(schema: Schema) -> Schema:
    """Where any command may be sent, each says its name."""
    if "anyOf" not in schema:
        return schema
    named = {"required": ["command"]}
    return {"anyOf": [{"allOf": [option, named]} if "$ref" in option else option for option in schema["anyOf"]]}
