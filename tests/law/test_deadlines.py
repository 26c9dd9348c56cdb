"""What silence means, in words and in deeds, for every deadline; and windows half-open to the microsecond."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

import pytest

from amends.law.case import DeadlineKind, OnTimeout
from amends.law.deadlines import SILENCE, deadlines, says
from amends.law.lapse import LAPSES
from amends.law.policy import Policy
from amends.law.refusal import Refused
from tests.law.stories import (
    ALICE,
    BOB,
    CHARLIE,
    CLOCK,
    DANA,
    EKO,
    ID,
    OLGA,
    PHOTO,
    PROVED,
    US,
    Story,
    decided,
    disputed,
    requested,
    reviewed,
    split,
)

MICROSECOND = timedelta(microseconds=1)
APPEAL = {"grounds": "procedure", "statement": "Look again"}
PARCEL = {"carrier": "charlie", "tracking_number": "12345"}
RETURN = PROVED | {"returnable": True}


def returning(policy: Policy) -> Story:
    return decided(policy, wanted="refund_after_return", findings=RETURN)


def refused(policy: Policy) -> Story:
    return requested(policy).does(BOB, "reject_request", statement="No")


def measured(policy: Policy) -> Story:
    clause = next(iter(policy.pack.clauses))
    return requested(policy).does(OLGA, "apply_enforcement", kind="warning", clauses=[clause], statement="Again")


def asked(policy: Policy) -> Story:
    return reviewed(policy).does(DANA, "request_evidence", party="buyer", types=["tracking"], statement="?")


Row = tuple[str, Callable[[Policy], Story], Any, str, dict[str, Any]]
IN_TIME: list[Row] = [
    ("seller_answer", requested, BOB, "reject_request", {"statement": "No"}),
    ("seller_answer", requested, BOB, "approve_request", {}),
    ("open_dispute", refused, ALICE, "open_dispute", {}),
    ("open_dispute", refused, BOB, "approve_request", {}),
    ("further_dispute", lambda p: disputed(p).does(ALICE, "withdraw"), ALICE, "open_dispute", {}),
    ("further_dispute", split, ALICE, "open_dispute", {}),
    ("refile_request", lambda p: requested(p).does(ALICE, "withdraw"), ALICE, "file_request", {}),
    ("seller_evidence", disputed, BOB, "decline_evidence", {}),
    ("buyer_evidence", disputed, ALICE, "decline_evidence", {}),
    ("carrier_evidence", lambda p: disputed(p, reason="damaged_in_transit"), CHARLIE, "decline_evidence", {}),
    ("requested_evidence", asked, ALICE, "decline_evidence", {}),
    ("appeal", decided, BOB, "appeal", APPEAL),
    ("enforcement", measured, BOB, "appeal", APPEAL | {"enforcement_id": "x1"}),
    ("return_shipment", returning, ALICE, "ship_return", PARCEL),
    ("return_inspection", lambda p: returning(p).does(ALICE, "ship_return", **PARCEL), BOB, "receive_return",
     {"condition": "as_expected"}),
    ("return_inspection", lambda p: returning(p).does(ALICE, "ship_return", **PARCEL), BOB, "refuse_return",
     {"condition": "empty", "statement": "Nothing in it"}),
    ("settlement_offer", lambda p: decided(p).does(ALICE, "offer_settlement", remedy="refund"), BOB,
     "accept_settlement", {"offer_id": "o1"}),
    ("settlement_offer", lambda p: decided(p).does(ALICE, "offer_settlement", remedy="refund"), BOB,
     "decline_settlement", {"offer_id": "o1"}),
]  # fmt: skip
"""For each window: a story in which it runs, and what must be done within it."""


def first_due(story: Story, kind: str) -> Any:
    return min((d for d in story.case.open_deadlines() if d.kind == kind), key=lambda d: d.due_at)


@pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])
@pytest.mark.parametrize("row", IN_TIME, ids=[f"{row[0]}-{row[3]}" for row in IN_TIME])
@pytest.mark.parametrize(("late", "accepted"), [(-MICROSECOND, True), (timedelta(0), False), (MICROSECOND, False)],
                         ids=["before", "at", "after"])  # fmt: skip
def test_in_time_is_before_the_end_and_not_at_it(row: Row, policy: Policy, late: timedelta, accepted: bool) -> None:
    """The clock has its grace, people do not: at the very end the window is closed though nothing has fired."""
    kind, begins, actor, name, fields = row
    story = begins(policy)
    story.at = first_due(story, kind).due_at + late
    answer = story.tries(actor, name, **fields)
    assert isinstance(answer, Refused) != accepted, answer
    if isinstance(answer, Refused):
        assert answer.code == "window_closed"
        assert answer.clauses


@pytest.mark.parametrize(("late", "marked"), [(-MICROSECOND, False), (timedelta(0), True)], ids=["before", "at"])
def test_evidence_is_taken_before_and_after_the_end_but_marked_late_from_it(late: timedelta, marked: bool) -> None:
    story = disputed()
    story.at = first_due(story, "buyer_evidence").due_at + late
    story.does(ALICE, "submit_evidence", items=[PHOTO])
    assert story.case.evidence[0].late == marked


@pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])
@pytest.mark.parametrize("begins", [requested, disputed, decided, measured, asked, returning, split])
def test_a_deadline_fires_at_its_end_and_never_before(begins: Callable[[Policy], Story], policy: Policy) -> None:
    for deadline in begins(policy).case.open_deadlines():
        story = begins(policy)
        story.at = deadline.due_at - MICROSECOND
        assert story.refused(CLOCK, "lapse", deadline_id=deadline.id).code == "not_your_turn"
        story.at = deadline.due_at
        story.does(CLOCK, "lapse", deadline_id=deadline.id)
        assert {d.id: d.state for d in story.case.deadlines}[deadline.id] == "fired"


def test_a_deadline_fires_once() -> None:
    story = reviewed().lapses("decision")
    assert story.refused(CLOCK, "lapse", deadline_id="decision.1").code in ("already_resolved", "not_your_turn")


def test_every_kind_of_deadline_has_its_lapse_and_every_silence_its_words() -> None:
    assert set(LAPSES) == set(get_args(DeadlineKind))
    assert set(SILENCE) == set(get_args(OnTimeout))
    for sentences in SILENCE.values():
        assert set(sentences) == {"en", "id"}
        assert all(said.endswith(".") for said in sentences.values())
        assert sentences["en"] != sentences["id"]


@pytest.mark.parametrize("begins", [requested, disputed, decided, measured, asked, returning, split])
def test_every_open_deadline_says_what_silence_means(begins: Callable[[Policy], Story]) -> None:
    story = begins(ID)
    for deadline in deadlines(story.case):
        assert says(deadline, "id") == SILENCE[deadline.on_timeout]["id"]
        assert says(deadline, "xx") == SILENCE[deadline.on_timeout]["en"]


def test_the_appeals_own_alarm_decides_nothing() -> None:
    story = decided().does(BOB, "appeal", **APPEAL).lapses("appeal_decision")
    assert story.case.stage == "under_appeal"
    story.does(EKO, "decide_appeal", result="stands", rationale="Late but right")
    assert story.case.stage == "decided"
