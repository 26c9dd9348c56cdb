"""Who gets a token, and how often a party may call with it."""

from functools import partial

import httpx
import pytest
from litestar import Litestar

import amends.api.app
from amends.access.caller import Caller
from amends.api import limits
from amends.api.app import create_app
from amends.api.limits import PartyLimits
from amends.handle import Hinge
from amends.law.actors import Actor, Role
from amends.settings import Settings
from amends.store.connect import Database
from amends.store.policies import installed
from tests.api.callers import Callers, facts_of
from tests.cast import MARKET


@pytest.mark.database
async def test_a_carrier_signs_in_by_its_name_in_whatever_capitals(callers: Callers):
    facts = facts_of()
    facts["fulfilment"]["carrier"] = "DHL Express"
    await callers.operator.put("/v1/orders/O1", facts, 201)
    case = await callers.filed()
    for name in ("DHL Express", "dhl express"):
        carrier = await callers.party("carrier", name)
        assert [one["id"] for one in (await carrier.get("/v1/cases"))["items"]] == [case["id"]]
        assert (await carrier.get(f"/v1/cases/{case['id']}"))["id"] == case["id"]
    assert (await (await callers.party("carrier", "DHL")).get("/v1/cases"))["items"] == []


@pytest.mark.database
@pytest.mark.parametrize(("role", "name"), [
    ("buyer", "Alice A"), ("seller", "é"), ("adjudicator", "x" * 129), ("carrier", ""), ("carrier", "x" * 201),
    ("carrier", "DHL\u0007"),
])  # fmt: skip
async def test_a_name_that_cannot_be_is_422(callers: Callers, role: str, name: str):
    await callers.operator.post("/v1/party-tokens", {"role": role, "id": name}, 422)


def caller(role: Role, name: str = "alice", credential: str = "party_token") -> Caller:
    return Caller(MARKET, Actor(role, name), credential)


def test_a_party_has_its_burst_and_then_its_rate():
    now = [100.0]
    buckets = PartyLimits(rate=0.5, burst=3, now=lambda: now[0])
    alice = caller("buyer")
    assert [buckets.wait(alice) for _ in range(5)] == [0, 0, 0, 2, 2]
    assert buckets.wait(caller("buyer", "bea")) == buckets.wait(caller("seller")) == 0
    now[0] += 1
    assert buckets.wait(alice) == 1
    now[0] += 1
    assert [buckets.wait(alice), buckets.wait(alice)] == [0, 2]
    now[0] += 1000
    assert [buckets.wait(alice) for _ in range(4)] == [0, 0, 0, 2]


def test_the_marketplaces_own_callers_are_not_counted():
    buckets = PartyLimits(rate=1, burst=1)
    for who in (caller("adjudicator"), caller("operator", credential="api_key"), caller("carrier", "c", "api_key")):
        assert [buckets.wait(who) for _ in range(5)] == [0] * 5


def test_a_worked_case_run_never_meets_the_limit():
    now = [0.0]
    buckets = PartyLimits(now=lambda: now[0])
    for _ in range(10_000):
        assert buckets.wait(caller("buyer", "B1")) == 0
        now[0] += 0.0025  # 400 calls a second, all of one buyer: more than one connection manages


def test_parties_long_gone_are_forgotten_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "MAX_REMEMBERED", 10)
    now = [0.0]
    buckets = PartyLimits(rate=0.1, burst=1, now=lambda: now[0])
    for number in range(11):
        now[0] += 0.01
        assert buckets.wait(caller("buyer", f"b{number}")) == 0
    assert buckets.wait(caller("buyer", "b10")) == 10
    assert buckets.wait(caller("buyer", "b0")) == 0


@pytest.mark.database
async def test_too_often_is_429_and_says_when_to_come_again(
    callers: Callers, database: Database, monkeypatch: pytest.MonkeyPatch
):
    tight = partial(amends.api.app.House, limits=PartyLimits(rate=0.1, burst=2))
    monkeypatch.setattr(amends.api.app, "House", tight)
    app: Litestar = create_app(Hinge(database, installed()), Settings(marketplace=MARKET, sandbox=True))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://amends.test") as client:
        alice = await Callers(client).alice()
        found = [await alice.ask("GET", "/v1/cases") for _ in range(3)]
        assert [answer.status_code for answer in found] == [200, 200, 429]
        assert (found[2].json()["code"], found[2].headers["retry-after"]) == ("too_many_requests", "10")
        assert found[2].headers["content-type"] == "application/problem+json"
        for _ in range(5):
            await Callers(client).operator.get("/v1/cases")
