"""Schemathesis knocks as every role: single requests and whole sequences, from the OpenAPI document alone.

Whatever it sends, nothing ends in a 5xx, and no status, media type, header or body leaves that the document does not
name. It is led to existing cases and orders most of the time, or it would mostly be told 404.
"""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from litestar import Litestar
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from amends.handle import Hinge
from tests.api.callers import KEYS, Callers
from tests.api.serving import served
from tests.plugins_database import Server

pytestmark = [pytest.mark.database, pytest.mark.filterwarnings("default")]
ROLES = ("buyer", "seller", "carrier", "adjudicator", "operator", "auditor")
PEOPLE = {"buyer": "alice", "seller": "bob", "carrier": "charlie", "adjudicator": "dana"}
AWAITED = ("case_file_awaited",)
"""503 by design: the log has not come so far, ask again in a moment."""
CHECKED = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
           "response_headers_conformance", "response_schema_conformance")  # fmt: skip
QUICKLY: dict[str, Any] = {
    "deadline": None, "database": None, "derandomize": True, "suppress_health_check": list(HealthCheck),
}  # fmt: skip
CLOCK = "/v1/sandbox/clock"
"""Moved by the tests of its own: a fuzzed jump of ninety years would only empty every window."""


schemathesis.openapi.media_type("application/offset+octet-stream", st.binary(max_size=100))


class Site:
    """A served sandbox with three cases of Alice's in different stages, and everyone's credentials."""

    def __init__(self) -> None:
        self.address = ""
        self.secrets: dict[str, str] = {}
        self.cases: list[str] = []
        self.checks: list[Any] = []

    async def furnish(self, app: Litestar, hinge: Hinge) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://amends.test") as client:
            callers = Callers(client)
            self.cases = [(await callers.requested("O1", "US"))["id"], (await callers.reviewed("O2"))["id"],
                          (await callers.decided("O3", "US"))["id"]]  # fmt: skip
            self.secrets = {role: await callers.token(role, person) for role, person in PEOPLE.items()}
            self.secrets |= {role: KEYS[role] for role in ("operator", "auditor")}

    def schema(self) -> Any:
        schema = schemathesis.openapi.from_url(f"{self.address}/openapi.json").exclude(path=CLOCK)
        self.checks = [CHECKS.get_one(name) for name in CHECKED]
        return schema


@pytest.fixture(scope="module")
def site(embedded_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site()
    with served(embedded_server, tmp_path_factory.mktemp("files"), site.furnish) as address:
        site.address = address
        yield site


def lead(case: Any, known: Iterator[str]) -> None:
    """Three of four requests go to a case, and filings to an order, that is really there."""
    aim = next(known)
    if not aim:
        return
    if "case_id" in (case.path_parameters or {}):
        case.path_parameters["case_id"] = aim
    elif case.operation.label == "POST /v1/cases" and isinstance(case.body, dict) and "order_id" in case.body:
        case.body["order_id"], case.body["line_id"] = "O2", "1"


def requests(operation: Any) -> Any:
    """Requests that fit the document and, where that can be, requests that do not."""
    fitting = operation.as_strategy()
    if operation.path == "/v1/uploads" or not (operation.body or operation.query):
        return fitting  # nothing to get wrong, or (in a form) no types to get wrong
    return fitting | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


def is_for(role: str, operation: Any) -> bool:
    """Whether the operation is for this role."""
    only: str = operation.definition.raw.get("description", "")
    return not only or role in only


@pytest.mark.parametrize("role", ROLES)
def test_single_requests_get_only_documented_answers(site: Site, role: str):
    known = cycle([*site.cases, ""])
    headers = {"Authorization": f"Bearer {site.secrets[role]}"}
    asked = 0
    for operation in site.schema().get_all_operations():

        @settings(max_examples=12 if is_for(role, operation.ok()) else 1, phases=[Phase.generate], **QUICKLY)
        @given(case=requests(operation.ok()))
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            lead(case, known)
            response = case.call(headers=headers)
            if response.status_code != 503 or response.json()["code"] not in AWAITED:
                case.validate_response(response, checks=site.checks)

        ask()
    assert asked > 150


@pytest.mark.parametrize("role", ROLES)
def test_sequences_get_only_documented_answers(site: Site, role: str):
    known = cycle([*site.cases, ""])
    asked = 0

    class Visit(site.schema().as_state_machine()):  # type: ignore[misc]  # made at run time
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": {"Authorization": f"Bearer {site.secrets[role]}"}}

        def before_call(self, case: Any) -> None:
            nonlocal asked
            asked += 1
            lead(case, known)

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            if response.status_code != 503 or response.json()["code"] not in AWAITED:
                case.validate_response(response, checks=site.checks)

    walks = settings(max_examples=6, stateful_step_count=15, phases=[Phase.generate], **QUICKLY)
    run_state_machine_as_test(Visit, settings=walks)
    assert asked > 20
