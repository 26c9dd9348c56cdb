"""Silence and standing still: what a party's silence decides, what it never decides, and clocks that stop."""

from datetime import timedelta

import pytest

from amends.law.policy import Policy
from tests.law.stories import (
    ALICE,
    ANSWERED,
    BOB,
    DANA,
    EKO,
    ID,
    OLGA,
    PHOTO,
    PROVED,
    US,
    decided,
    disputed,
    requested,
    reviewed,
)

APPEAL = {"grounds": "procedure", "statement": "Look again"}
DAY = timedelta(days=1)
BOTH = pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])


@BOTH
def test_a_silent_seller_loses_to_a_buyer_who_brought_what_is_required(policy: Policy) -> None:
    story = disputed(policy).does(ALICE, "submit_evidence", items=[PHOTO]).lapses("seller_evidence")
    assert story.case.stage == "decided"
    assert story.case.decision is not None
    assert (story.case.decision.outcome, story.case.decision.basis) == ("buyer_favour", "seller_silent")
    assert story.case.decision.adjudicator is None


@BOTH
def test_a_silent_seller_does_not_lose_to_a_buyer_who_brought_nothing(policy: Policy) -> None:
    story = disputed(policy).passes(3 * DAY)
    assert story.case.stage == "under_review"
    assert story.case.decisions == ()


@BOTH
def test_a_seller_that_says_it_has_nothing_was_not_silent(policy: Policy) -> None:
    story = disputed(policy).does(ALICE, "submit_evidence", items=[PHOTO], last=True).does(BOB, "decline_evidence")
    assert story.case.stage == "under_review"


def test_a_seller_that_sent_something_was_not_silent_though_its_window_ran_out() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[PHOTO]).does(BOB, "submit_evidence", items=[PHOTO])
    assert story.passes(3 * DAY).case.stage == "under_review"


def test_a_seller_that_was_late_was_silent_unless_it_answers_what_came_after() -> None:
    story = disputed().lapses("seller_evidence").does(BOB, "submit_evidence", items=[PHOTO])
    assert story.case.evidence[0].late
    story.does(ALICE, "submit_evidence", items=[PHOTO]).lapses("reply")
    assert story.case.decision is not None
    assert story.case.decision.basis == "seller_silent"


def test_a_declined_line_is_not_a_met_line() -> None:
    """The buyer sent something, but says it has none of what is required: no automatic win."""
    story = disputed().does(ALICE, "submit_evidence", items=[{"type": "conversation", "text": "He said so"}])
    story.does(ALICE, "decline_evidence", type="photo_of_item").lapses("seller_evidence")
    assert story.case.stage == "gathering_evidence"


def test_the_platforms_own_lateness_decides_nothing() -> None:
    story = reviewed().passes(30 * DAY)
    assert story.case.stage == "under_review"
    story.does(DANA, "decide", findings=PROVED, rationale="Late, but seen")


@pytest.mark.parametrize("stood", [timedelta(seconds=1), timedelta(hours=5), 40 * DAY])
def test_every_clock_resumes_later_by_the_time_it_stood(stood: timedelta) -> None:
    story = decided().does(OLGA, "apply_enforcement", kind="warning", clauses=["US-72"], statement="Again")
    before = {d.id: d.due_at for d in story.case.open_deadlines()}
    story.does(ALICE, "report_proceedings", kind="court", reference="C-1").passes(stood)
    story.does(OLGA, "record_proceedings_outcome", resume=True)
    assert {d.id: d.due_at for d in story.case.open_deadlines()} == {i: due + stood for i, due in before.items()}
    assert len(before) == 4


def test_nothing_fires_while_the_clocks_stand() -> None:
    story = requested().does(ALICE, "report_proceedings", kind="court", reference="C-1").passes(365 * DAY)
    assert story.case.stage == "suspended"
    story.does(OLGA, "record_proceedings_outcome", resume=True).does(BOB, "reject_request", statement="No")


def test_an_extension_is_added_to_the_end_that_was() -> None:
    story = requested()
    was = story.due("seller_answer").due_at
    story.does(DANA, "extend_deadline", kind="seller_answer", party="seller", by="P1DT2H30M", statement="Ill")
    assert story.due("seller_answer").due_at == was + timedelta(days=1, hours=2, minutes=30)


def test_an_extension_of_nothing_is_refused() -> None:
    told = {"kind": "seller_answer", "party": "seller", "statement": "Ill"}
    assert requested().refused(DANA, "extend_deadline", by="PT0H", **told).code == "amount_invalid"
    assert (
        requested().refused(DANA, "extend_deadline", by="P1D", **told | {"party": "buyer"}).code == "unknown_reference"
    )


def test_the_first_adjudicator_stays_out_of_the_appeal_also_beside_another_appeal() -> None:
    story = decided().does(OLGA, "apply_enforcement", kind="warning", clauses=["US-72"], statement="Again")
    story.does(BOB, "appeal", **APPEAL).does(BOB, "appeal", **APPEAL, enforcement_id="x1")
    assert story.refused(DANA, "decide_appeal", result="stands", rationale="x").code == "same_adjudicator"
    story.does(DANA, "decide_appeal", result="stands", rationale="x", enforcement_id="x1")
    story.does(EKO, "decide_appeal", result="stands", rationale="x")


def test_a_hidden_fault_has_the_longer_window_and_reclassifying_never_shortens_one() -> None:
    visible, hidden = disputed().due("buyer_evidence"), disputed(visibility="hidden").due("buyer_evidence")
    assert hidden.due_at > visible.due_at
    story = disputed().does(DANA, "reclassify", visibility="hidden", statement="Nobody could see it")
    assert story.due("buyer_evidence").due_at == hidden.due_at
    story = disputed(visibility="hidden").does(DANA, "reclassify", visibility="visible", statement="It is plain")
    assert story.due("buyer_evidence").due_at == hidden.due_at


def test_a_decision_against_the_buyer_without_its_material_says_so() -> None:
    story = disputed().passes(3 * DAY).does(DANA, "decide", findings=ANSWERED, rationale="Nothing was shown")
    assert story.case.decision is not None
    assert story.case.decision.basis == "buyer_silent"
