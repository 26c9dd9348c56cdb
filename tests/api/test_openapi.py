"""The OpenAPI document is valid, complete, the one in docs/, and what the server is; the page at /docs shows it."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from openapi_spec_validator import OpenAPIV31SpecValidator

from amends.api import docs
from amends.api.app import ROUTES, openapi
from amends.api.problems import TITLES, all_codes
from amends.law.commands import COMMANDS, MOVES_MONEY
from amends.law.moves import MOVES
from tests.api.callers import Callers

DOCUMENT: dict[str, Any] = msgspec.json.decode(openapi())
WRITTEN = Path(__file__).parents[2] / "docs" / "openapi.json"


def operations() -> dict[str, dict[str, Any]]:
    """Every operation by its id."""
    return {one["operationId"]: one for item in DOCUMENT["paths"].values() for one in item.values()}


def test_the_document_is_valid_openapi_3_1():
    assert DOCUMENT["openapi"] == "3.1.0"
    assert not list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors())


def test_the_document_in_docs_is_the_present_one():
    assert WRITTEN.read_bytes() == openapi(), "run `make docs` to write docs/openapi.json again"


def test_the_document_is_the_same_bytes_every_time():
    openapi.cache_clear()
    first = openapi()
    openapi.cache_clear()
    assert first == openapi()


def test_every_command_of_the_law_has_its_address_its_body_and_its_roles():
    for name, kind in COMMANDS.items():
        if name in ("lapse", "note_file"):  # the house's own
            assert f"/v1/cases/{{case_id}}/{name.replace('_', '-')}" not in DOCUMENT["paths"]
            continue
        path = "/v1/cases" if name == "file_request" else f"/v1/cases/{{case_id}}/{name.replace('_', '-')}"
        operation = DOCUMENT["paths"][path]["post"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert body == {"$ref": f"#/components/schemas/{kind.__name__}"}
        assert DOCUMENT["components"]["schemas"][kind.__name__]["additionalProperties"] is False
        roles = sorted({role for move in MOVES if move.command == name for role in move.roles})
        assert operation["description"] == f"For: {', '.join(roles)}."
        [key] = [p for p in operation["parameters"] if p["name"] == "Idempotency-Key"]
        assert key["required"] is (name in MOVES_MONEY)


def test_every_post_takes_an_idempotency_key():
    for path, item in DOCUMENT["paths"].items():
        if "post" in item:
            assert any(p["name"] == "Idempotency-Key" for p in item["post"]["parameters"]), path


def test_every_answer_that_is_no_success_is_a_problem():
    for name, operation in operations().items():
        for status in operation["responses"]:
            reference = operation["responses"][status].get("$ref")
            assert (int(status) >= 400) is (reference == f"#/components/responses/Problem{status}"), (name, status)


def test_no_schema_is_unused_and_none_is_missing():
    text = openapi().decode()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named == set(DOCUMENT["components"]["schemas"])


@pytest.mark.database
async def test_the_server_answers_what_the_document_says_and_nothing_else(app: Litestar):
    served = {
        (re.sub(r":\w+}", "}", route.path_format), method)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"  # the framework answers those everywhere
    }
    written = {
        (path, method.upper()) for path, item in DOCUMENT["paths"].items() for method in item if method != "options"
    }
    assert served == written | {("/openapi.json", "GET"), ("/docs", "GET")}


@pytest.mark.database
async def test_both_are_served_without_a_credential(callers: Callers):
    assert (await callers.nobody.ask("GET", "/openapi.json")).content == openapi()
    page = await callers.nobody.ask("GET", "/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]


class Page(HTMLParser):
    """What a page holds: ids, links, and anything it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "id" in given:
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        if tag in ("script", "link", "img", "iframe", "object", "embed") or "src" in given:
            self.fetched.append(tag)


def test_the_page_fetches_nothing_and_its_links_lead_somewhere():
    html = docs.page(DOCUMENT).decode()
    page = Page()
    page.feed(html)
    assert page.fetched == []
    assert "url(" not in html
    assert "@import" not in html
    assert len(page.ids) == len(set(page.ids))
    inside = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)
    assert {link for link in page.links if not link.startswith("#")} == {"/openapi.json"}


def test_the_page_names_every_call_every_schema_and_every_problem():
    page = Page()
    page.feed(docs.page(DOCUMENT).decode())
    wanted = (
        {route.name for route in ROUTES} | set(all_codes()) | {f"schema-{n}" for n in DOCUMENT["components"]["schemas"]}
    )
    assert wanted <= set(page.ids)


def test_every_problem_is_of_a_documented_status():
    documented = {status for operation in operations().values() for status in operation["responses"]}
    undocumented = {code for code, (status, _) in TITLES.items() if str(status) not in documented}
    assert undocumented == {"method_not_allowed", "defect"}
