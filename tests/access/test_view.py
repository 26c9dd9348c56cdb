"""Who sees what of a case: a table of every field × every role, and no secret in anybody else's bytes."""

from typing import Any

import msgspec
import pytest

from amends.access import view
from amends.access.caller import may_see
from amends.access.shapes import CaseView
from amends.access.view import show
from amends.law.actors import Actor
from tests.access.full_case import (
    ALICE,
    AUDE,
    BOB,
    CHARLIE,
    DANA,
    EVERYONE,
    FULL,
    NAMES_OF_STAFF,
    OLGA,
    POLICY,
    SECRETS,
    STAFF,
)
from tests.cast import MONDAY

ALL, PART, NONE = "all", "part", "none"
SEES: dict[str, tuple[str, str, str]] = {
    # field             buyer seller carrier
    "id":               (ALL, ALL, ALL),
    "revision":         (ALL, ALL, ALL),
    "order_id":         (ALL, ALL, ALL),
    "line_id":          (ALL, ALL, ALL),
    "claim_id":         (ALL, ALL, ALL),
    "stage":            (ALL, ALL, ALL),
    "closed_as":        (ALL, ALL, ALL),
    "opened_at":        (ALL, ALL, ALL),
    "updated_at":       (ALL, ALL, ALL),
    "policy":           (ALL, ALL, ALL),
    "reason":           (ALL, ALL, ALL),
    "scenario":         (ALL, ALL, ALL),
    "visibility":       (ALL, ALL, ALL),
    "severity":         (ALL, ALL, ALL),
    "deceptive":        (ALL, ALL, NONE),
    "noticed_at":       (ALL, ALL, NONE),
    "item":             (ALL, ALL, NONE),
    "fulfilment":       (ALL, ALL, ALL),
    "buyer":            (ALL, PART, NONE),
    "seller":           (PART, ALL, PART),
    "paid":             (ALL, ALL, NONE),
    "refunded":         (ALL, ALL, NONE),
    "wanted":           (ALL, ALL, NONE),
    "requests":         (ALL, ALL, NONE),
    "disputes":         (ALL, ALL, NONE),
    "disputes_left":    (ALL, ALL, ALL),
    "evidence":         (PART, PART, PART),
    "declined":         (ALL, ALL, PART),
    "checklist":        (ALL, ALL, NONE),
    "offers":           (ALL, ALL, NONE),
    "messages":         (ALL, ALL, NONE),
    "evidence_requests": (ALL, ALL, PART),
    "verifications":    (ALL, ALL, NONE),
    "decisions":        (PART, PART, NONE),
    "remedies":         (ALL, ALL, NONE),
    "return":           (ALL, ALL, NONE),
    "appeals":          (PART, PART, NONE),
    "recourse":         (NONE, PART, PART),
    "enforcement":      (NONE, ALL, NONE),
    "proceedings":      (ALL, ALL, NONE),
    "chargebacks":      (ALL, ALL, NONE),
    "deadlines":        (PART, ALL, PART),
    "retention":        (ALL, ALL, ALL),
    "assigned_to":      (NONE, NONE, NONE),
    "assigned_until":   (NONE, NONE, NONE),
    "available_actions": (PART, PART, NONE),
}  # fmt: skip
"""How much of what staff see each party sees. A field without a row here fails the test: decide, then show."""


def shown(actor: Actor, **options: Any) -> dict[str, Any]:
    """The case as JSON has it."""
    seen: dict[str, Any] = as_json(show(FULL, actor, MONDAY, POLICY, **options))
    return seen


def as_json(value: Any) -> Any:
    """The value as whoever receives it reads it."""
    return msgspec.json.decode(msgspec.json.encode(value))


def amount_seen(mine: Any, staffs: Any) -> str:
    """How much of what staff see this is."""
    if mine == staffs:
        return ALL
    return NONE if mine in (None, [], {}) else PART


def test_every_field_has_its_row():
    fields = [field.encode_name for field in msgspec.structs.fields(CaseView)]
    assert list(SEES) == [name for name in fields if name != "receipt"], "a receipt is the command's, not the case's"


@pytest.mark.parametrize("field", SEES)
def test_each_party_sees_its_part_of_each_field(field: str):
    locale = "en"  # the language is not a matter of rights
    staffs = shown(OLGA, locale=locale, all_actions=True)[field]
    if field not in ("closed_as",):
        assert staffs not in (None, [], {}), "the full case must have something in every field"
    seen = tuple(amount_seen(shown(actor, locale=locale)[field], staffs) for actor in (ALICE, BOB, CHARLIE))
    assert seen == SEES[field]


def test_staff_see_everything_alike():
    views = [shown(actor) for actor in STAFF]
    for one in views:
        one.pop("available_actions")
    assert views[0] == views[1] == views[2]


@pytest.mark.parametrize("actor", EVERYONE, ids=lambda actor: actor.role)
def test_no_secret_is_in_anybody_elses_bytes(actor: Actor):
    told = "".join(
        msgspec.json.encode(what).decode()
        for what in (
            show(FULL, actor, MONDAY, POLICY, all_actions=True),
            view.deadlines(FULL, actor, POLICY),
            view.actions(FULL, actor, MONDAY, POLICY),
        )
    )
    for secret, owner in SECRETS.items():
        allowed = actor in STAFF or actor.role == owner
        assert (secret in told) is allowed, secret
    for name in NAMES_OF_STAFF[:2]:
        assert (f'"{name}"' in told) is (actor in STAFF), name


def test_hidden_evidence_is_shown_to_exist_with_its_conclusion():
    hidden = {item["id"]: item for item in shown(BOB)["evidence"] if item.get("hidden")}
    assert set(hidden) == {"e2", "e3"}
    assert hidden["e3"]["conclusion"] == {"weight": "relied_on", "why": "Allergy shown"}
    assert set(hidden["e3"]) == {"id", "party", "type", "received_at", "round", "late", "hidden", "why", "conclusion"}
    assert "conclusion" not in hidden["e2"]
    assert hidden["e2"]["why"] != hidden["e3"]["why"]
    assert [item["id"] for item in shown(ALICE)["evidence"] if item.get("hidden")] == ["e4"]


def test_a_carrier_sees_its_parcel_and_its_own_material():
    seen = shown(CHARLIE)
    assert [item["id"] for item in seen["evidence"]] == ["e6"]
    assert [asked["id"] for asked in seen["evidence_requests"]] == ["q2"]
    assert [d["party"] for d in seen["deadlines"]] == ["carrier"]
    assert seen["fulfilment"]["tracking_number"] == "1Z999"
    assert seen["recourse"]["shares"] == [{"bearer": "carrier", "amount": {"amount": 3000, "currency": "USD"}}]


def test_a_carrier_sees_no_recourse_that_is_not_its_own():
    recourse = msgspec.structs.replace(FULL.recourse, proposed="seller", bearer="seller")  # type: ignore[type-var]
    case = msgspec.structs.replace(FULL, recourse=recourse)
    assert show(case, CHARLIE, MONDAY, POLICY).recourse is None


def test_people_of_the_staff_are_pseudonyms_to_the_parties():
    seen = shown(ALICE)
    assert seen["decisions"][0]["adjudicator"] == "Reviewer 1"
    assert seen["appeals"][0]["adjudicator"] == "Reviewer 2"
    assert shown(BOB)["recourse"]["by"] == "Reviewer 1"
    assert shown(AUDE)["appeals"][0]["adjudicator"] == "bima"


def test_what_is_between_shop_and_platform_is_not_the_buyers():
    seen = shown(ALICE)
    assert [appeal["against"] for appeal in seen["appeals"]] == ["1"]
    assert {d["id"] for d in seen["deadlines"]} == {"appeal.1", "carrier_evidence.1"}


def test_the_trace_of_the_tables_is_for_staff():
    assert "trace" in shown(DANA)["decisions"][0]
    assert "trace" not in shown(BOB)["decisions"][0]


def test_money_is_an_amount_and_a_currency():
    seen = shown(OLGA)
    for path, amount in (
        (seen["paid"], 4000), (seen["refunded"], 1000), (seen["requests"][0]["amount"], 1000),
        (seen["offers"][0]["amount"], 500), (seen["remedies"][0]["amount"], 3000), (seen["recourse"]["cost"], 3000),
        (seen["chargebacks"][0]["amount"], 100),
    ):  # fmt: skip
        assert path == {"amount": amount, "currency": "USD"}
    assert seen["remedies"][1]["amount"] is None


def test_open_deadlines_stand_soonest_first_and_speak_the_callers_language():
    seen = shown(BOB)["deadlines"]
    assert [d["id"] for d in seen] == [
        "appeal.1",
        "carrier_evidence.1",
        "recourse.1",
        "enforcement.1",
        "appeal_decision.1",
    ]
    assert "operator is alarmed" in seen[0]["says"]
    assert "operator diberi peringatan" in shown(ALICE)["deadlines"][0]["says"]
    assert "operator is alarmed" in shown(ALICE, locale="en")["deadlines"][0]["says"]


def test_every_deadline_open_or_past_shows_the_days_it_counted():
    ended, *_ = as_json(view.deadlines(FULL, DANA, POLICY))
    assert (ended["id"], ended["state"]) == ("buyer_evidence.0", "ended")
    derivation = ended["derivation"]
    assert derivation["window"] == {"amount": 1, "unit": "calendar_days"}
    assert derivation["counted"] == [{"date": "2026-03-02", "day": 1}]
    assert derivation["edition"] == "2025-11-11"


def test_actions_are_the_callers_own_unless_staff_ask_for_all():
    assert {a["role"] for a in shown(BOB)["available_actions"]} == {"seller"}
    assert {a["role"] for a in shown(BOB, all_actions=True)["available_actions"]} == {"seller"}
    assert {"buyer", "seller", "adjudicator", "operator"} <= {
        a["role"] for a in shown(AUDE, all_actions=True)["available_actions"]
    }
    assert shown(AUDE)["available_actions"] == []


def test_an_action_says_where_it_is_sent():
    for action in shown(OLGA, all_actions=True)["available_actions"]:
        assert action["href"] == f"/v1/cases/{FULL.id}/{action['command'].replace('_', '-')}"


def test_the_same_case_gives_the_same_bytes():
    for actor in EVERYONE:
        first = msgspec.json.encode(show(FULL, actor, MONDAY, POLICY))
        assert msgspec.json.encode(show(FULL, actor, MONDAY, POLICY)) == first


@pytest.mark.parametrize(("actor", "sees"), [
    (ALICE, True), (BOB, True), (CHARLIE, True), (DANA, True), (OLGA, True), (AUDE, True),
    (Actor("buyer", "bob"), False), (Actor("seller", "alice"), False), (Actor("buyer", "Alice"), False),
    (Actor("carrier", "ups"), False), (Actor("carrier", ""), False),
])  # fmt: skip
def test_a_case_exists_for_its_parties_and_for_staff(actor: Actor, sees: bool):
    assert may_see(FULL, actor) is sees


def test_a_parcel_without_a_named_carrier_is_no_carriers():
    fulfilment = msgspec.structs.replace(FULL.order.fulfilment, carrier=None)
    case = msgspec.structs.replace(FULL, order=msgspec.structs.replace(FULL.order, fulfilment=fulfilment))
    assert not may_see(case, CHARLIE)
    assert not may_see(case, Actor("carrier", "none"))
