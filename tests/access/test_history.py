"""The history each caller reads: nothing skipped, nothing told that is not theirs to know."""

import msgspec
import pytest

from amends.access.history import EventView, Recorded, foresee, history
from amends.access.sight import Sight
from amends.law import events as e
from amends.law.actors import CLOCK, Actor
from amends.law.case import CostShare
from tests.access.full_case import (
    ALICE,
    APPEALS,
    AUDE,
    BOB,
    CHARLIE,
    DANA,
    DECISION,
    EVERYONE,
    EVIDENCE,
    FULL,
    NAMES_OF_STAFF,
    OLGA,
    ORDER,
    POLICY,
    SECRETS,
    STAFF,
)
from tests.cast import MONDAY

AT = {"at": MONDAY, "clauses": ("US-1",)}
EVENTS: tuple[e.Event, ...] = (
    e.RequestFiled(**AT, actor=ALICE, order=ORDER, pack="p", edition="e", reason="allergy", scenario="quality",
                   wanted="refund", statement="It itches", quantity=1, evidence=EVIDENCE[1:3]),
    e.EvidenceSubmitted(**AT, actor=BOB, items=EVIDENCE[3:5]),
    e.EvidenceSubmitted(**AT, actor=CHARLIE, items=EVIDENCE[5:], starts=FULL.deadlines),
    e.EvidenceRequested(**AT, actor=DANA, request=FULL.evidence_requests[1]),
    e.MessagePosted(**AT, actor=ALICE, text="Please", to="all"),
    e.CaseClaimed(**AT, actor=DANA, until=MONDAY),
    e.Decided(**AT, actor=DANA, decision=DECISION, remedies=FULL.remedies, recourse=FULL.recourse),
    e.AppealLodged(**AT, actor=BOB, appeal=APPEALS[0]),
    e.AppealLodged(**AT, actor=BOB, appeal=APPEALS[1]),
    e.AppealDecided(**AT, actor=Actor("adjudicator", "bima"), appeal=APPEALS[0]),
    e.RecourseAllocated(**AT, actor=DANA, bearer="carrier", shares=(CostShare("carrier", 3000),),
                        rationale="It broke it"),
    e.EnforcementApplied(**AT, actor=OLGA, enforcement=FULL.enforcement[0]),
    e.FactsUpdated(**AT, actor=OLGA, source="order", fulfilment=ORDER.fulfilment, traits=()),
    e.DeadlineLapsed(**AT, actor=CLOCK, deadline_id="appeal.1"),
    e.CaseClosed(**AT, actor=CLOCK, closed_as="decided"),
)  # fmt: skip
RECORDED = [Recorded(seq, event, f"{seq:064x}", f"{seq - 1:064x}") for seq, event in enumerate(EVENTS, start=1)]
HIDDEN = {
    "buyer": {9, 11, 12},
    "seller": set(),
    "carrier": {2, 5, 6, 7, 8, 9, 10, 11, 12, 14},
    "adjudicator": set(), "operator": set(), "auditor": set(),
}  # fmt: skip
"""Which events each role is not told of, by number."""


def seen_by(actor: Actor) -> tuple[EventView, ...]:
    return history(Sight(FULL, actor, POLICY), RECORDED)


@pytest.mark.parametrize("actor", EVERYONE, ids=lambda actor: actor.role)
def test_every_event_keeps_its_place_in_the_chain(actor: Actor):
    seen = seen_by(actor)
    assert [(one.seq, one.hash, one.prev_hash) for one in seen] == [(r.seq, r.hash, r.prev_hash) for r in RECORDED]
    assert {one.seq for one in seen if one.hidden is True} == HIDDEN[actor.role]


@pytest.mark.parametrize("actor", EVERYONE, ids=lambda actor: actor.role)
def test_a_hidden_event_says_nothing_but_that_it_is_there(actor: Actor):
    for one in msgspec.json.decode(msgspec.json.encode(seen_by(actor))):
        if one.get("hidden"):
            assert set(one) == {"seq", "at", "hash", "prev_hash", "hidden"}
        else:
            assert {"type", "actor", "clauses", "data"} <= set(one)


@pytest.mark.parametrize("actor", EVERYONE, ids=lambda actor: actor.role)
def test_no_secret_is_in_anybody_elses_history(actor: Actor):
    told = msgspec.json.encode((seen_by(actor), foresee(Sight(FULL, actor, POLICY), EVENTS))).decode()
    for secret, owner in SECRETS.items():
        if owner != actor.role and actor not in STAFF:
            assert secret not in told
    for name in NAMES_OF_STAFF:
        assert (f'"{name}"' in told) is (actor in STAFF), name


def test_staff_read_the_event_as_it_is_stored():
    first = msgspec.to_builtins(seen_by(AUDE)[0])
    assert first["data"]["order"]["buyer"]["email"] == "alice@example.com"
    assert first["data"]["evidence"][1]["text"] == "words of the certificate"


def test_hidden_evidence_is_told_of_in_the_history_too():
    first = msgspec.to_builtins(seen_by(BOB)[0])
    assert [item["hidden"] for item in first["data"]["evidence"]] == [True, True]
    assert first["data"]["order"]["item"]["title"] == "Lamp"
    assert "buyer" not in first["data"]["order"]


def test_a_buyer_is_told_of_a_decision_without_the_recourse_in_it():
    decided = msgspec.to_builtins(seen_by(ALICE)[6])
    assert "recourse" not in decided["data"]
    assert decided["data"]["decision"]["adjudicator"] == "Reviewer 1"
    assert decided["actor"] == {"role": "adjudicator", "id": None, "name": "Reviewer 1"}
    assert "recourse" in msgspec.to_builtins(seen_by(BOB)[6])["data"]


def test_deadlines_within_an_event_are_those_the_caller_may_see():
    started = msgspec.to_builtins(seen_by(ALICE)[2])["data"]["starts"]
    assert [d["kind"] for d in started] == ["buyer_evidence", "appeal", "carrier_evidence"]
    own = msgspec.to_builtins(seen_by(CHARLIE)[2])["data"]
    assert [d["kind"] for d in own["starts"]] == ["carrier_evidence"]
    assert [item["id"] for item in own["items"]] == ["e6"]


def test_a_carrier_is_told_that_a_case_began_but_not_what_was_said():
    began = msgspec.to_builtins(seen_by(CHARLIE)[0])
    assert (began["type"], began["data"], began["actor"]["id"]) == ("request_filed", {}, None)


def test_what_would_happen_leaves_out_what_could_not_be_read():
    foreseen = foresee(Sight(FULL, ALICE, POLICY), EVENTS)
    assert len(foreseen) == len(EVENTS) - len(HIDDEN["buyer"])
