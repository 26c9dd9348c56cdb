"""Bad input: each kind gets its own status and a sentence that says what would be right; nothing is half-done."""

import json
from itertools import product
from typing import Any

import pytest

from amends.store.connect import Database
from tests.api.callers import FILING_OF_O1, Callers, facts_of

pytestmark = pytest.mark.database

NUMBERS = {
    "0": 422, "-1": 422, "-0": 422, "9007199254740992": 422, "9223372036854775807": 422, "9223372036854775808": 422,
    "1e400": 422, '"1,00"': 422, '"1"': 422, '"\uff11"': 422, "1.5": 422, "1.0": 422, "1e2": 422,
    "true": 422, "[1]": 422,
    "NaN": 400, "Infinity": 400, "\uff11": 400, "0x10": 422, "01": 400, "+1": 400, "1_000": 400,
}  # fmt: skip
"""Amounts that are none, as JSON text, and how each is answered."""
JSON = {"Content-Type": "application/json"}


async def test_an_amount_is_a_whole_number_of_minor_units(callers: Callers):
    case = await callers.requested()
    at = f"/v1/cases/{case['id']}"
    bodies = {
        "report-chargeback": '{"amount": %s, "reference": "CB"}',
        "confirm-payment": '{"amount": %s, "reference": "P", "remedy_id": "r1"}',
        "confirm-deduction": '{"amount": %s, "reference": "P", "remedy_id": "r1"}',
        "apply-enforcement": '{"kind": "violation_points", "clauses": ["US-72"], "statement": "x", "points": %s}',
    }
    alice = await callers.alice()
    for number, status in NUMBERS.items():
        for command, body in bodies.items():
            response = await callers.operator.ask(
                "POST", f"{at}/{command}", content=(body % number).encode(), headers=JSON | {"Idempotency-Key": "k"}
            )
            assert response.status_code == status, f"{command} {number}: {response.text}"
        offer = b'{"remedy": "partial_refund", "amount": %s}' % number.encode()
        response = await alice.ask("POST", f"{at}/offer-settlement", content=offer, headers=JSON)
        assert response.status_code == status, f"offer {number}: {response.text}"
    assert (await callers.auditor.get(at))["revision"] == 1
    assert (await callers.operator.get("/v1/ledger/entries"))["items"] == []


async def test_an_order_line_has_whole_amounts(callers: Callers):
    for number, field in product(NUMBERS.keys() - {"0", "-0"}, ("unit_price", "tax", "shipping", "discount")):
        line = {"id": "1", "unit_price": 4000} | {field: "AMOUNT"}
        body = json.dumps(facts_of() | {"lines": [line]})
        text = body.replace('"AMOUNT"', number).encode()
        response = await callers.operator.ask("PUT", "/v1/orders/O1", content=text, headers=JSON)
        assert response.status_code == (400 if number == "0x10" else NUMBERS[number]), f"{field} {number}"
    assert (await callers.operator.ask("GET", "/v1/orders/O1")).status_code == 404


async def test_a_line_whose_total_is_no_amount_is_refused_with_the_sum(callers: Callers):
    for line in ({"unit_price": 10, "discount": 11}, {"unit_price": 2**53 - 1, "quantity": 2}):
        problem = await callers.operator.put("/v1/orders/O1", facts_of(lines=[{"id": "1"} | line]), 422)
        assert "must lie between 0 and 9007199254740991" in problem["detail"]


BAD_BODIES: list[tuple[str, bytes, int, str, str]] = [
    ("no JSON", b"{", 400, "malformed", "not well-formed"),
    ("no UTF-8", b'{"statement": "\xff"}', 400, "malformed", "not well-formed"),
    ("half a surrogate", b'{"statement": "\\ud800"}', 400, "malformed", "not well-formed"),
    ("two values", b'{"statement": "a"} {}', 400, "malformed", "not well-formed"),
    ("a list", b"[]", 422, "does_not_fit", "Expected `object`"),
    ("a field nobody knows", b'{"statement": "a", "stage": "closed"}', 422, "does_not_fit", "unknown field `stage`"),
    ("a role of one's own", b'{"statement": "a", "actor": "operator"}', 422, "does_not_fit", "unknown field `actor`"),
    ("another command's name", b'{"command": "decide", "statement": "a"}', 422, "does_not_fit", "$.command"),
    ("nothing said", b'{"statement": ""}', 422, "does_not_fit", "length >= 1"),
    ("too much said", b'{"statement": "%s"}' % (b"a" * 8001), 422, "does_not_fit", "length <= 8000"),
    ("a control character", b'{"statement": "a\\u0000b"}', 422, "does_not_fit", "U+0000 - at `$.statement`"),
    ("a bell", b'{"statement": "a\\u0007b"}', 422, "does_not_fit", "U+0007"),
    ("a C1 control", '{"statement": "a\x85b"}'.encode(), 422, "does_not_fit", "U+0085"),
    ("a control in a key", b'{"stat\\u0001": "a"}', 422, "does_not_fit", "U+0001"),
    ("deep nesting", b'{"statement": ' + b"[" * 60000, 422, "does_not_fit", "Expected `str`, got `array`"),
    ("a body too large", b'{"statement": "%s"}' % (b"a" * 70000), 413, "too_large", "65536 bytes"),
]


async def test_a_body_that_does_not_fit_says_what_would(callers: Callers):
    case = await callers.requested()
    at, bob = f"/v1/cases/{case['id']}", await callers.bob()
    for kind, body, status, code, says in BAD_BODIES:
        response = await bob.ask("POST", f"{at}/reject-request", content=body, headers=JSON)
        told = response.json()
        assert (response.status_code, told["code"]) == (status, code), f"{kind}: {response.text}"
        assert says in told["detail"], kind
        assert response.headers["content-type"] == "application/problem+json"
    assert (await callers.auditor.get(at))["revision"] == 1


@pytest.mark.parametrize("instant", [
    "0001-01-01T00:00:00+10:00", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59-10:00", "2199-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01", "1767225600",
])  # fmt: skip
async def test_an_instant_is_of_our_times_and_has_an_offset(callers: Callers, instant: str):
    case = await callers.requested()
    at = f"/v1/cases/{case['id']}"
    await (await callers.alice()).post(f"{at}/offer-settlement", {"remedy": "refund", "valid_until": instant}, 422)
    await callers.operator.post(f"{at}/update-facts", {"source": "x", "shipped_at": instant}, 422)
    await callers.operator.put("/v1/orders/O2", facts_of() | {"placed_at": instant}, 422)
    await callers.operator.get("/v1/cases", 400, params={"updated_after": instant})


async def test_another_kind_of_body_is_415(callers: Callers):
    case, bob = await callers.requested(), await callers.bob()
    at = f"/v1/cases/{case['id']}/reject-request"
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/xml", None):
        headers = {"Content-Type": media} if media else {}
        response = await bob.ask("POST", at, content=b'{"statement": "No"}', headers=headers)
        assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type"), media


async def test_text_arrives_in_normal_form_with_its_lines(callers: Callers):
    await callers.order()
    filed = await callers.filed(statement="Cafe\u0301 machine\n\tdoes not start")
    assert filed["requests"][0]["statement"] == "Caf\u00e9 machine\n\tdoes not start"


BAD_QUERIES = [
    "limit=0", "limit=101", "limit=-1", "limit=1.5", "limit=ten", "limit=", "limit=1&limit=2", "colour=red",
    "stage=open",
    "mine=yes", "updated_after=yesterday", "updated_after=2026-01-01T00:00:00", "updated_after=123",
    "cursor=", "cursor=x",
    "cursor=AAAA", "cursor=%C3%A9", "order_id=%00", "order_id=%ff", "buyer=a%20b", "stage=closed&", "limit", "%=%",
]  # fmt: skip


BAD_ADDRESSES = [
    *(f"/v1/cases?{query}" for query in BAD_QUERIES), "/v1/events?after=x", "/v1/ledger/entries?after=x",
    "/v1/ledger/entries?case_id=x", "/v1/policies?all=1", "/v1/queue?limit=101",
]  # fmt: skip


async def test_a_query_that_does_not_fit_is_400(callers: Callers):
    for address in BAD_ADDRESSES:
        assert (await callers.operator.get(address, 400))["code"] == "bad_query", address


async def test_what_cannot_be_an_id_is_not_found_or_400(callers: Callers):
    for word in ("x", "0", "00000000-0000-0000-0000-00000000000g", "%00", "1" * 36):
        for path in (f"/v1/cases/{word}", f"/v1/cases/{word}/events", f"/v1/evidence/{word}"):
            assert (await callers.operator.get(path, 404))["code"] == "not_found"
    for word in ("a b", "%00", "%0A", "é", "a" * 129):
        assert (await callers.operator.put(f"/v1/orders/{word}", facts_of(), 400))["code"] == "bad_path"


async def test_an_unknown_way_is_404_or_405_in_the_same_form(callers: Callers):
    for method, path, status, code in (
        ("GET", "/v2/cases", 404, "not_found"), ("GET", "/", 404, "not_found"),
        ("DELETE", "/v1/cases", 405, "method_not_allowed"), ("PATCH", "/v1/orders/O1", 405, "method_not_allowed"),
    ):  # fmt: skip
        response = await callers.operator.ask(method, path)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.headers["content-type"] == "application/problem+json"


BAD_CREDENTIALS = [
    "", "Bearer", "Bearer ", "Bearer nonsense", "Basic b2xnYTp4", "Bearer é", "bearer  ", "key-of-the-operator",
    "Bearer party_", "Bearer party_x.y", "Bearer party_W10.AAAA", "Bearer key-of-the-operator extra",
]  # fmt: skip


async def test_no_good_credential_is_401_and_says_how(callers: Callers):
    for authorization in BAD_CREDENTIALS:
        response = await callers.nobody.ask("GET", "/v1/cases", headers={"Authorization": authorization.encode()})
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated"), authorization
        assert response.headers["www-authenticate"] == "Bearer"


async def test_a_refusal_of_the_law_is_409_with_clauses_and_what_is_left_to_do(callers: Callers):
    case = await callers.requested("O1", "US")
    problem = await (await callers.alice()).post(f"/v1/cases/{case['id']}/open-dispute", status=409)
    assert problem["code"] == "seller_has_not_refused"
    assert problem["type"] == "/docs#seller_has_not_refused"
    assert problem["clauses"]
    assert {"command": "withdraw", "due_at": None, "href": f"/v1/cases/{case['id']}/withdraw"} in problem["next"]


async def test_a_refusal_speaks_the_callers_language(callers: Callers):
    case = await callers.requested()
    alice, at = await callers.alice(), f"/v1/cases/{case['id']}/open-dispute"
    assert "menolak" in (await alice.post(at, status=409))["detail"]
    assert "refused" in (await alice.post(at, status=409, headers={"Accept-Language": "en-GB,en;q=0.9"}))["detail"]


async def test_a_request_that_is_refused_at_intake_opens_no_case(callers: Callers):
    await callers.order("O1", "ID", status="canceled")
    problem = await (await callers.alice()).post("/v1/cases", FILING_OF_O1, 409)
    assert (problem["code"], problem["next"]) == ("no_valid_transaction", [])
    assert (await callers.operator.get("/v1/cases"))["items"] == []


async def test_a_market_without_a_policy_is_said_so_to_its_buyer_only(callers: Callers):
    facts: dict[str, Any] = facts_of() | {"market": "BR"}
    await callers.operator.put("/v1/orders/O1", facts, 201)
    assert (await (await callers.alice()).post("/v1/cases", FILING_OF_O1, 409))["code"] == "no_policy_in_force"
    bea = await callers.party("buyer", "bea")
    assert (await bea.post("/v1/cases", FILING_OF_O1, 404))["code"] == "not_found"
    assert (await callers.operator.get("/v1/orders/O1/eligibility", 409))["code"] == "no_policy_in_force"


async def test_a_database_that_is_away_is_503_with_retry_after(callers: Callers, database: Database):
    await callers.requested()
    await database.close()
    response = await callers.operator.ask("GET", "/v1/cases")
    assert (response.status_code, response.headers["retry-after"]) == (503, "1"), response.text
    assert (await callers.nobody.ask("GET", "/health/ready")).status_code == 503
    assert (await callers.nobody.ask("GET", "/health/live")).status_code == 200
