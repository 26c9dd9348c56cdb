"""Nobody sees or touches what is not theirs: every route of the OpenAPI document × ids of other people's things.

What is foreign and what is absent are answered with the same bytes, and nothing of it has changed afterwards.
"""

from typing import Any
from uuid import uuid4

import msgspec
import pytest
from litestar import Litestar

from amends.api.app import openapi
from amends.store import marketplaces
from amends.store.connect import Database
from tests.api.callers import DECISION, FILING_OF_O1, KEYS, PHOTO, Caller, Callers, adopt_keys, facts_of

pytestmark = pytest.mark.database

DOCUMENT: dict[str, Any] = msgspec.json.decode(openapi())
ITEM = {"type": "photo_of_item", "text": "Look"}
BODIES: dict[str, Any] = {
    "approve_request": {}, "reject_request": {"statement": "No"}, "open_dispute": {}, "withdraw": {},
    "submit_evidence": {"items": [ITEM]}, "decline_evidence": {}, "offer_settlement": {"remedy": "refund"},
    "accept_settlement": {"offer_id": "o1"}, "decline_settlement": {"offer_id": "o1"},
    "post_message": {"text": "Hello", "to": "all"}, "report_proceedings": {"kind": "court", "reference": "C-1"},
    "record_proceedings_outcome": {"resume": True},
    "ship_return": {"carrier": "UPS", "tracking_number": "1Z999"}, "receive_return": {"condition": "as_expected"},
    "refuse_return": {"condition": "broken", "statement": "Broken"}, "report_remedy": {"remedy_id": "r1"},
    "confirm_payment": {"remedy_id": "r1", "reference": "P"},
    "confirm_deduction": {"remedy_id": "r1", "reference": "P"},
    "claim": {}, "release": {}, "request_evidence": {"party": "buyer", "types": ["tracking"], "statement": "Send it"},
    "reclassify": {"statement": "Otherwise"}, "admit_evidence": {"evidence_id": "e1", "statement": "Late but needed"},
    "record_verification": {"source": "UPS", "result": "Delivered"}, "decide": DECISION,
    "correct_decision": {"kind": "typing", "statement": "Slip"},
    "appeal": {"grounds": "procedure", "statement": "Not heard"},
    "decide_appeal": {"result": "stands", "rationale": "Nothing new"},
    "allocate_recourse": {"bearer": "seller", "rationale": "Its fault"},
    "extend_deadline": {"kind": "appeal", "party": "seller", "by": "P1D", "statement": "Illness"},
    "update_facts": {"source": "carrier"}, "report_chargeback": {"amount": 1, "reference": "CB"},
    "apply_enforcement": {"kind": "warning", "clauses": ["US-72"], "statement": "Careful"},
    "reverse_enforcement": {"enforcement_id": "x1", "statement": "In error"},
    "preview": {"command": "withdraw"}, "put_order": facts_of(), "make_link": {"variant": "w640"},
    "save_draft": {"command": "submit_evidence", "items": [ITEM]},
    "place_legal_hold": {"statement": "A court asks"}, "lift_legal_hold": {"statement": "The court is done"},
    "erase_personal_data": {"party": "buyer", "statement": "She asks for it"},
    "redact_evidence": {"evidence_id": "e1", "areas": [{"page": 1, "left": 0, "top": 0, "width": 9, "height": 9}]},
}  # fmt: skip
"""A body that fits, for every route that takes one."""
UNASKED = {
    operation["operationId"]
    for item in DOCUMENT["paths"].values()
    for operation in item.values()
    if operation.get("security") == []
}
"""Routes that ask for no credential: each is named in this test."""
OPEN_TO_ALL = {*UNASKED, "list_policies", "get_policy", "read_clock"}
"""Routes with nothing of anybody's in them, or, followed by a link, nothing without it."""
REST = {"pack": "x", "edition": "1", "variant": "w640", "link": "bTE.AAAA", "tile": "0/000", "seq": "1",
        "command": "submit_evidence"}  # fmt: skip
"""What else stands in paths."""


def routes() -> list[tuple[str, str, str]]:
    """(method, path, operationId) of every route."""
    return [
        (method.upper(), path, operation["operationId"])
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
    ]


async def knock(caller: Caller, method: str, path: str, name: str, **headers: str) -> tuple[int, bytes]:
    """The status and the bytes a caller gets."""
    options: dict[str, Any] = {"json": BODIES[name]} if name in BODIES else {}
    if name.startswith("tus_"):
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Length": "0"} | headers
        headers |= {"Content-Type": "application/offset+octet-stream"} if method == "PATCH" else {}
    response = await caller.ask(method, path, headers={"Idempotency-Key": f"k-{uuid4()}"} | headers, **options)
    return response.status_code, response.content


async def uploaded(caller: Caller) -> str:
    """A file of the caller's."""
    made = await caller.ask("POST", "/v1/uploads", files={"file": ("note.txt", b"Secret of mine")})
    upload_id: str = made.json()["id"]
    return upload_id


def test_every_route_that_takes_a_body_has_one_here():
    needed = {
        operation["operationId"]
        for path, item in DOCUMENT["paths"].items()
        for operation in item.values()
        if "{" in path and "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert needed == set(BODIES)


@pytest.mark.parametrize(
    ("role", "person"),
    [("buyer", "bea"), ("seller", "sam"), ("carrier", "carl"), ("buyer", "bob"), ("seller", "alice")],
)
async def test_foreign_and_absent_things_are_the_same_to_a_party(callers: Callers, role: str, person: str):
    case = await callers.decided()
    alice = await callers.alice()
    foreign = REST | {"case_id": case["id"], "order_id": "O1", "upload_id": await uploaded(alice)}
    absent = REST | {"case_id": str(uuid4()), "order_id": "O9", "upload_id": str(uuid4())}
    stranger = await callers.party(role, person)
    walked = 0
    for method, path, name in routes():
        if "{" not in path or name in OPEN_TO_ALL:
            continue
        for headers in ({}, {"If-Match": '"99"'}):
            theirs = await knock(stranger, method, path.format(**foreign), name, **headers)
            nobodys = await knock(stranger, method, path.format(**absent), name, **headers)
            assert theirs == nobodys, f"{method} {path} tells a stranger that this exists"
            assert theirs[0] in (403, 404), f"{method} {path} answered {theirs[0]} to a stranger"
            walked += 1
    assert walked > 70
    assert (await callers.auditor.get(f"/v1/cases/{case['id']}"))["revision"] == case["revision"]


@pytest.mark.parametrize("role", ["operator", "auditor", "adjudicator"])
async def test_staff_of_another_marketplace_find_nothing(
    callers: Callers, database: Database, app: Litestar, role: str
):
    case = await callers.decided()
    foreign = REST | {"case_id": case["id"], "order_id": "O1", "upload_id": await uploaded(await callers.alice())}
    absent = REST | {"case_id": str(uuid4()), "order_id": "O9", "upload_id": str(uuid4())}
    await marketplaces.ensure(database, "m2", sandbox=True)
    await adopt_keys(database, "m2", prefix="other-")
    stranger = Caller(callers.client, "other-" + KEYS[role])
    for method, path, name in routes():
        if "{" not in path or name in {*OPEN_TO_ALL, "put_order"}:
            continue
        theirs = await knock(stranger, method, path.format(**foreign), name)
        assert theirs == await knock(stranger, method, path.format(**absent), name), path
        assert theirs[0] in (403, 404), f"{method} {path} answered {theirs[0]}"
    for path in ("/v1/cases", "/v1/events", "/v1/ledger/entries", "/v1/ledger/balances", "/v1/queue"):
        response = await stranger.ask("GET", path)
        assert response.status_code == 403 or response.json()["items"] == [], path


@pytest.mark.parametrize(("role", "person"), [("buyer", "bea"), ("seller", "sam"), ("carrier", "carl")])
async def test_a_stranger_lists_and_files_nothing(callers: Callers, role: str, person: str):
    await callers.requested()
    stranger = await callers.party(role, person)
    for query in ("", "?buyer=alice", "?seller=bob", "?order_id=O1", "?mine=true"):
        assert (await stranger.get(f"/v1/cases{query}"))["items"] == []
    filing = {"json": FILING_OF_O1}
    answer = await stranger.ask("POST", "/v1/cases", **filing)
    absent = await stranger.ask("POST", "/v1/cases", json=FILING_OF_O1 | {"order_id": "O9"})
    assert (answer.status_code, answer.content) == (absent.status_code, absent.content)
    assert answer.status_code == (404 if role == "buyer" else 403)


async def test_every_route_but_the_open_ones_asks_who_is_there(callers: Callers):
    ids = REST | {"case_id": str(uuid4()), "order_id": "O1", "upload_id": str(uuid4())}
    expected = {"live", "ready", "metrics", "verifier", "tus_capabilities", "follow_link", "head_follow_link",
                "log_checkpoint", "log_consistency", "log_inclusion", "log_tile", "log_vkey"}  # fmt: skip
    assert expected == UNASKED
    for method, path, name in routes():
        status, _ = await knock(callers.nobody, method, path.format(**ids), name)
        assert (status == 401) is (name not in UNASKED), f"{method} {path}: {status}"


async def test_a_role_is_kept_to_its_own_routes_by_the_document(callers: Callers):
    ids = REST | {"case_id": str(uuid4()), "order_id": "O7", "upload_id": str(uuid4())}
    people = {"buyer": await callers.alice(), "seller": await callers.bob(), "carrier": await callers.charlie(),
              "operator": callers.operator, "auditor": callers.auditor, "adjudicator": callers.dana}  # fmt: skip
    for method, path, name in routes():
        only = DOCUMENT["paths"][path][method.lower()].get("description", "").removeprefix("For: ").removesuffix(".")
        for role, caller in people.items():
            status, _ = await knock(caller, method, path.format(**ids), name)
            allowed = not only or role in only.split(", ")
            assert (status != 403) is allowed, f"{role}: {method} {path} answered {status}"


async def test_no_header_changes_who_one_is(callers: Callers):
    case = await callers.requested()
    stranger = await callers.party("buyer", "bea")
    claims = {
        "X-Tenant": "m1",
        "X-Marketplace": "m1",
        "X-Role": "operator",
        "X-User": "alice",
        "X-Forwarded-User": "alice",
    }
    assert (await stranger.ask("GET", f"/v1/cases/{case['id']}", headers=claims)).status_code == 404


async def test_a_buyer_and_a_seller_do_not_read_each_others_private_evidence(callers: Callers):
    case = await callers.reviewed()
    at = f"/v1/cases/{case['id']}"
    [_, theirs] = (await (await callers.alice()).get(at))["evidence"]
    assert (theirs["hidden"], theirs["type"], "text" in theirs) == (True, "supplier_contract", False)
    [photo, own] = (await (await callers.bob()).get(at))["evidence"]
    assert (photo["text"], own["text"]) == (PHOTO["text"], "Terms with my supplier")
    for path in (at, f"{at}/events", f"{at}/deadlines"):
        told = await (await callers.alice()).ask("GET", path)
        assert "Terms with my supplier" not in told.text
        assert "dana" not in told.text


async def test_a_file_goes_to_its_sender_and_to_staff_only(callers: Callers):
    alice = await callers.alice()
    path = f"/v1/evidence/{await uploaded(alice)}/original?reason=to+see"
    for caller, status in ((alice, 200), (callers.dana, 409), (callers.auditor, 409), (await callers.bob(), 404)):
        assert (await caller.ask("GET", path)).status_code == status, "staff get it once it is checked"
