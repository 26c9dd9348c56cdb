"""Policies over HTTP: what is installed, one edition whole, a draft checked; and the addresses for machines."""

from pathlib import Path

import pytest

from amends.store.policies import installed
from tests.api.callers import Callers

pytestmark = pytest.mark.database
PACKS = Path(__file__).parents[2] / "src" / "amends" / "policies"


async def test_every_edition_is_listed_and_shown_whole_to_anyone_signed_in(callers: Callers):
    alice = await callers.alice()
    listed = (await alice.get("/v1/policies"))["items"]
    assert [f"{one['pack']}@{one['edition']}" for one in listed] == [policy.name for policy in installed().policies]
    assert all(one["in_force_from"].endswith("Z") for one in listed)
    for one in listed:
        pack = await alice.get(one["href"])
        assert (pack["pack"], pack["edition"]) == (one["pack"], one["edition"])
        assert pack["windows"]["seller_answer"]["status"] in ("source", "reading")
        assert pack["clauses"]
    assert (await alice.get("/v1/policies/tiktok-shop-us/1999-01-01", 404))["code"] == "not_found"


async def test_a_draft_is_checked_line_by_line(callers: Callers):
    path = "/v1/policies/check"
    yaml = {"Content-Type": "application/yaml; charset=utf-8"}
    response = await callers.operator.ask("POST", path, content=b"pack: x\nwindow: 1\n", headers=yaml)
    assert response.status_code == 200
    assert response.json()["sound"] is False
    assert response.json()["faults"][0]["line"] >= 1
    for draft in (b"", b"\xff", b"- a\n- b", b"a: &a [*a]", b"\x00", b"{" * 5000):
        checked = await callers.operator.ask("POST", path, content=draft, headers=yaml)
        assert (checked.status_code, checked.json()["sound"]) == (200, False), draft[:10]
    assert (await callers.operator.ask("POST", path, json={"pack": "x"})).status_code == 415
    large = await callers.operator.ask("POST", path, content=b"#" * (1024 * 1024 + 1), headers=yaml)
    assert large.status_code == 413


async def test_a_shipped_pack_is_a_sound_draft(callers: Callers):
    for path in sorted(PACKS.glob("*/*.yaml")):
        response = await callers.auditor.ask(
            "POST", "/v1/policies/check", content=path.read_bytes(), headers={"Content-Type": "application/yaml"}
        )
        assert response.json() == {"sound": True, "faults": []}


async def test_machines_are_told_how_the_server_is(callers: Callers):
    assert await callers.nobody.get("/health/live") == {"status": "ok"}
    ready = await callers.nobody.get("/health/ready")
    assert (ready["status"], ready["files_waiting"]) == ("ok", 0)
    assert ready["scanner"] in ("off", "up", "away")
    figures = await callers.nobody.ask("GET", "/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    assert 'amends_http_answers_total{route="ready",status="200"}' in figures.text


async def test_staff_may_ask_what_everyone_may_do_now(callers: Callers):
    case = await callers.requested()
    at = f"/v1/cases/{case['id']}?actions="
    assert {a["role"] for a in (await callers.auditor.get(f"{at}all"))["available_actions"]} >= {"buyer", "seller"}
    assert {a["role"] for a in (await (await callers.bob()).get(f"{at}all"))["available_actions"]} == {"seller"}
    assert (await callers.auditor.get(f"{at}some", 400))["code"] == "bad_query"


async def test_what_would_happen_is_said_and_not_done(callers: Callers):
    case = await callers.requested("O1", "US")
    at, bob = f"/v1/cases/{case['id']}", await callers.bob()
    foreseen = await bob.post(f"{at}/preview", {"command": "approve_request"})
    assert (foreseen["would_be"], foreseen["case"]["stage"], foreseen["refusal"]) == ("done", "agreed", None)
    assert foreseen["events"][0]["type"] == "request_approved"
    assert sum(leg["amount"]["amount"] for journal in foreseen["money"] for leg in journal["legs"]) == 0
    assert [d["kind"] for d in foreseen["deadlines"]] == ["remedy"]
    refused = await (await callers.alice()).post(f"{at}/preview", {"command": "open_dispute"})
    assert (refused["would_be"], refused["refusal"]["code"]) == ("refused", "seller_has_not_refused")
    assert (await bob.get(at))["revision"] == 1
    other = {"command": "file_request", "order_id": "O2", "line_id": "1", "reason": "unsafe", "wanted": "refund",
             "statement": "x"}  # fmt: skip
    assert (await (await callers.alice()).post(f"{at}/preview", other, 422))["code"] == "does_not_fit"
    for body in ({}, {"command": "lapse", "deadline_id": "x"}, {"command": "nonsense"}, {"command": 1}):
        await bob.post(f"{at}/preview", body, 422)


async def test_a_draft_nested_without_end_is_a_fault_of_the_draft(callers: Callers):
    response = await callers.operator.ask(
        "POST", "/v1/policies/check", content=b"a: " + b"[" * 100_000, headers={"Content-Type": "application/yaml"}
    )
    fault = {"line": 1, "message": "this is not YAML: this is nested deeper than 50 levels"}
    assert (response.status_code, response.json()) == (200, {"sound": False, "faults": [fault]})
