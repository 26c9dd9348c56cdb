"""The API to read: one plain page made from the OpenAPI document when the server starts.

No script, no style sheet and no font is fetched from anywhere; it reads the same on a laptop in a train.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

import msgspec

from amends.api.call import Answer, Call
from amends.api.openapi import TAGS
from amends.api.problems import all_codes
from amends.api.route import Route

Schema = dict[str, Any]
METHODS = ("get", "head", "put", "post", "patch", "delete", "options")
SECURITY = (
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
STYLE = """
:root{color-scheme:light dark;--ink:#1c1b19;--soft:#6b675f;--line:#dcd8d0;--paper:#fbfaf7;--mark:#0b5d5a}
@media(prefers-color-scheme:dark){:root{--ink:#e9e6df;--soft:#a39d92;--line:#3a3833;--paper:#191815;--mark:#6fc7c0}}
*{box-sizing:border-box}html{scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif;display:grid;
grid-template-columns:minmax(13rem,18rem) minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem 1rem;border-right:1px solid var(--line);
font-size:.875rem}
nav h2{font-size:.75rem;text-transform:uppercase;letter-spacing:.06em;color:var(--soft);margin:1.25rem 0 .25rem}
nav a{display:block;padding:.125rem 0;color:inherit;text-decoration:none;overflow-wrap:anywhere}
nav a:hover,a:hover{color:var(--mark);text-decoration:underline}
main{padding:1.5rem clamp(1rem,4vw,4rem) 6rem;max-width:72rem}
h1{font-size:1.75rem;margin:0 0 .5rem}h2{font-size:1.25rem;margin:3rem 0 .5rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:2rem 0 .25rem}article{scroll-margin-top:1rem}
code,.path{font-family:ui-monospace,monospace;font-size:.875em;overflow-wrap:anywhere}
.method{display:inline-block;min-width:3.25em;font-weight:700;color:var(--mark)}
.soft{color:var(--soft)}table{border-collapse:collapse;width:100%;font-size:.875rem;margin:.5rem 0}
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}summary{cursor:pointer}a{color:var(--mark)}
@media(max-width:48rem){body{display:block}
nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}}
"""


def page(document: Schema) -> bytes:
    """The whole page."""
    info = document["info"]
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width,initial-scale=1">',
        f"<title>{escape(info['title'])} {escape(info['version'])}: the HTTP interface</title>",
        f"<style>{STYLE}</style></head><body>",
        f"<nav aria-label=Contents>{''.join(_contents(document))}</nav><main>",
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{_prose(info['summary'])}</p>",
        f"<p>{_prose(info['description'])}</p>",
        '<p><a href="/openapi.json">openapi.json</a> (OpenAPI 3.1) says the same to machines.</p>',
        *_rooms(document),
        *_problems(),
        *_schemas(document),
        "</main></body></html>",
    ]
    return "".join(parts).encode()


def routes(document: bytes) -> tuple[Route, ...]:
    """The document and the page, made once."""
    html = page(msgspec.json.decode(document))

    async def openapi(call: Call) -> Answer:
        return Answer(document)

    async def docs(call: Call) -> Answer:
        return Answer(html, headers=SECURITY, media=b"text/html; charset=utf-8")

    return (
        Route(method="GET", path="/openapi.json", name="openapi", tag="docs", summary="This document", does=openapi,
              roles=None),
        Route(method="GET", path="/docs", name="docs", tag="docs", summary="This document to read", does=docs,
              roles=None),
    )  # fmt: skip


def _operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _contents(document: Schema) -> Iterator[str]:
    for tag in TAGS:
        yield f"<h2>{escape(tag)}</h2>"
        for path, method, operation in _operations(document):
            if operation["tags"] == [tag]:
                yield f'<a href="#{operation["operationId"]}">{method.upper()} {escape(path)}</a>'
    yield '<h2>more</h2><a href="#problems">Problems</a><a href="#schemas">Schemas</a>'


def _rooms(document: Schema) -> Iterator[str]:
    for tag, says in TAGS.items():
        yield f"<h2>{escape(tag)}</h2><p>{_prose(says)}</p>"
        for path, method, operation in _operations(document):
            if operation["tags"] == [tag]:
                yield from _operation(path, method, operation, document)


def _operation(path: str, method: str, operation: Schema, document: Schema) -> Iterator[str]:
    yield f'<article id="{operation["operationId"]}"><h3><span class=method>{method.upper()}</span> '
    yield f"<span class=path>{escape(path)}</span></h3><p>{_prose(operation['summary'])}.</p>"
    if "description" in operation:
        yield f"<p class=soft>{_prose(operation['description'])}</p>"
    if operation["parameters"]:
        yield from _table(("parameter", "in", "type"), map(_parameter, operation["parameters"]))
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body <code>{escape(media)}</code>: {_type(content['schema'])}</p>"
    answers = operation["responses"].items()
    yield from _table(("status", "answer"), (_response(status, one, document) for status, one in answers))
    yield "</article>"


def _parameter(parameter: Schema) -> tuple[str, ...]:
    says = f"{_type(parameter['schema'])} {_prose(parameter.get('description', ''))}"
    return _named(parameter["name"], parameter["required"]), escape(parameter["in"]), says


def _response(status: str, response: Schema, document: Schema) -> tuple[str, ...]:
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    shapes = [_type(content["schema"]) for content in response.get("content", {}).values()]
    return status, " ".join([_prose(response["description"]), *shapes])


def _problems() -> Iterator[str]:
    yield "<h2 id=problems>Problems</h2>"
    yield "<p>Every problem is <code>application/problem+json</code> with one of these codes.</p>"
    codes = all_codes().items()
    rows = ((f"<code id={code}>{code}</code>", str(status), _prose(says)) for code, (status, says) in codes)
    yield from _table(("code", "status", "says"), rows)


def _schemas(document: Schema) -> Iterator[str]:
    yield "<h2 id=schemas>Schemas</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield f'<article id="schema-{escape(name)}"><h3>{escape(name)}</h3>'
        yield f"<p>{_prose(schema.get('description', ''))}</p>"
        required, fields = schema.get("required", ()), schema.get("properties", {})
        if fields:
            yield from _table(("field", "type"), ((_named(n, n in required), _type(of)) for n, of in fields.items()))
        yield "</article>"


def _named(name: str, required: bool) -> str:
    return f"<code>{escape(name)}</code>{'' if required else ' <span class=soft>optional</span>'}"


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"<table><tr>{''.join(f'<th>{head}' for head in heads)}</tr>"
    yield from (f"<tr>{''.join(f'<td>{cell}' for cell in row)}</tr>" for row in rows)
    yield "</table>"


def _type(schema: Schema) -> str:
    """A schema in a few words, with links to the named ones."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "allOf" in schema:
        return _type(schema["allOf"][0])
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items') or {})}"
    return escape(" ".join(str(part) for part in (schema.get("type", "any"), schema.get("format")) if part))


def _prose(words: str) -> str:
    """Words with `code` in them, safe to show."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words, quote=False))
