"""Who is told of what: every event has a name, the right people hear it, and nobody hears what is not theirs."""

from typing import get_args

import pytest

from amends.law.actors import Role
from amends.law.events import EVENTS, Event, type_of
from amends.law.notices import KINDS, Notice, notices
from tests.law.stories import ALICE, BOB, CHARLIE, DANA, EKO, OLGA, PHOTO, Story, decided, disputed, requested, reviewed

NAMED = {"case.opened", "request.approved", "request.auto_approved", "request.rejected", "dispute.opened",
         "evidence.requested", "evidence.submitted", "evidence.late", "offer.made", "offer.accepted", "offer.denied",
         "message.posted", "action.required", "deadline.missed", "deadline.extended", "decision.issued", "remedy.due",
         "remedy.fulfilled", "remedy.overdue", "payout.deducted", "appeal.opened", "appeal.decided",
         "enforcement.applied", "enforcement.reversed", "case.closed"}  # fmt: skip
"""The names promised to receivers (`deadline.approaching` is the worker's own)."""


def told(story: Story) -> list[Notice]:
    """What the last command's events tell."""
    last = story.steps[-1]
    assert isinstance(last.answer, tuple)
    return [notice for event in last.answer for notice in notices(last.after, event)]


def to(story: Story, kind: str) -> set[str]:
    """Who hears of this kind."""
    [found] = [notice for notice in told(story) if notice.kind == kind]
    return set(found.to)


def test_every_event_has_a_name_and_hearers() -> None:
    by_hand = {"request_approved", "deadline_lapsed", "file_noted"}
    assert {type_of_kind(kind) for kind in KINDS} | by_hand == set(EVENTS)
    for kind, hearers in KINDS.values():
        assert kind.islower()
        assert kind.count(".") == 1
        assert set(hearers) <= set(get_args(Role))
        assert hearers


def type_of_kind(kind: type[Event]) -> str:
    return next(name for name, known in EVENTS.items() if known is kind)


def test_the_promised_names_are_all_given() -> None:
    given = {kind for kind, _ in KINDS.values()}
    given |= {"request.approved", "request.auto_approved", "deadline.missed", "evidence.late", "action.required"}
    assert given >= NAMED


def test_filing_tells_both_and_calls_on_the_seller() -> None:
    story = requested()
    assert to(story, "case.opened") == {"buyer", "seller"}
    assert to(story, "action.required") == {"seller"}


def test_approval_says_whether_it_was_said_or_silent() -> None:
    assert to(requested().does(BOB, "approve_request"), "request.approved") == {"buyer", "seller"}
    assert to(requested().lapses("seller_answer"), "request.auto_approved") == {"buyer", "seller"}


def test_a_dispute_calls_on_all_whose_windows_it_opens() -> None:
    assert to(disputed(), "action.required") == {"buyer", "seller"}
    assert to(disputed(reason="damaged_in_transit"), "action.required") == {"buyer", "seller", "carrier"}


def test_the_carrier_hears_only_of_cases_it_is_heard_in() -> None:
    for reason, heard in (("defective", False), ("damaged_in_transit", True)):
        story = disputed(reason=reason).does(ALICE, "submit_evidence", items=[PHOTO])
        assert ("carrier" in to(story, "evidence.submitted")) == heard
    story.does(CHARLIE, "decline_evidence")
    assert to(story, "evidence.declined") == {"buyer", "seller", "carrier"}


def test_late_evidence_is_told_as_late() -> None:
    story = reviewed().does(ALICE, "submit_evidence", items=[PHOTO])
    assert to(story, "evidence.late") == {"buyer", "seller"}


def test_the_decision_is_told_with_the_duties_and_rights_it_starts() -> None:
    story = decided()
    assert to(story, "decision.issued") == {"buyer", "seller"}
    assert to(story, "action.required") == {"seller"}


def test_a_missed_alarm_is_the_platforms_own_matter() -> None:
    story = reviewed().lapses("decision")
    assert to(story, "deadline.missed") == {"adjudicator", "operator"}


def test_enforcement_against_a_shop_is_no_matter_of_the_buyer() -> None:
    """The measure, its appeal and its end are between platform and seller."""
    story = requested().does(OLGA, "apply_enforcement", kind="warning", clauses=["US-72"], statement="Again")
    hear = list(told(story))
    story.does(BOB, "appeal", grounds="procedure", statement="x", enforcement_id="x1")
    hear += told(story)
    story.does(DANA, "decide_appeal", result="changed", rationale="x", enforcement_id="x1")
    hear += told(story)
    assert [n.kind for n in hear if "buyer" in n.to] == []
    assert "seller" in {role for n in hear for role in n.to}


def test_an_appeal_of_a_decision_is_told_to_both() -> None:
    story = decided().does(BOB, "appeal", grounds="procedure", statement="x")
    assert to(story, "appeal.opened") == {"buyer", "seller"}
    story.does(EKO, "decide_appeal", result="stands", rationale="x")
    assert to(story, "appeal.decided") == {"buyer", "seller"}


@pytest.mark.parametrize(("resume", "kind"), [(True, "case.resumed"), (False, "case.closed")])
def test_outside_proceedings_end_in_resuming_or_in_closing_never_in_both(resume: bool, kind: str) -> None:
    story = requested().does(ALICE, "report_proceedings", kind="court", reference="C-1")
    story.does(OLGA, "record_proceedings_outcome", resume=resume)
    kinds = [notice.kind for notice in told(story)]
    assert kind in kinds
    assert ("case.resumed" in kinds) == resume


def test_events_of_a_story_are_all_told() -> None:
    story = decided()
    for event in story.events:
        assert notices(story.case, event)[0].kind, type_of(event)
