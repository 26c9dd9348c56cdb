"""How long a case is kept, what stops that clock, and what is erased."""

from datetime import timedelta

import pytest

from amends.law import events as e
from amends.law.notices import names, notices
from amends.law.policy import Policy
from tests.law.stories import ALICE, BOB, ID, OLGA, US, Story, requested

DAY = timedelta(days=1)
YEARS = {US: 4, ID: 5}
BOTH = pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])


def closed(policy: Policy = US) -> Story:
    """Asked, agreed and paid."""
    story = requested(policy).does(BOB, "approve_request")
    return story.does(OLGA, "confirm_payment", remedy_id="r1", reference="P")


@BOTH
def test_closing_starts_the_one_clock_that_runs_in_a_closed_case(policy: Policy) -> None:
    story = closed(policy)
    [due] = story.case.open_deadlines()
    assert (due.kind, due.party, due.on_timeout) == ("retention", "operator", "erase_personal_data")
    assert due.due_at.year == story.at.year + YEARS[policy]


@BOTH
def test_when_the_time_is_over_everybody_is_erased_and_the_case_stays_as_it_was(policy: Policy) -> None:
    story = closed(policy)
    before = story.case
    story.lapses("retention")
    assert story.case.erased == ("buyer", "seller", "carrier")
    assert story.case.open_deadlines() == ()
    assert (story.case.stage, story.case.closed_as, story.case.refunded) == (
        before.stage, before.closed_as, before.refunded)  # fmt: skip


def test_a_hold_stops_the_clock_and_lifting_it_gives_back_what_was_left() -> None:
    story = closed()
    due = story.due("retention").due_at
    story.passes(100 * DAY)
    left = due - story.at
    story.does(OLGA, "place_legal_hold", statement="A suit").passes(10_000 * DAY)
    assert story.case.erased == ()
    story.does(OLGA, "lift_legal_hold", statement="Over")
    assert story.due("retention").due_at == story.at + left
    story.lapses("retention")
    assert len(story.case.erased) == 3


def test_a_second_hold_counts_from_what_the_first_left() -> None:
    story = closed().passes(10 * DAY).does(OLGA, "place_legal_hold", statement="A").passes(5 * DAY)
    story.does(OLGA, "lift_legal_hold", statement="B")
    left = story.due("retention").due_at - story.at
    story.passes(DAY).does(OLGA, "place_legal_hold", statement="C").passes(DAY).does(
        OLGA, "lift_legal_hold", statement="D")  # fmt: skip
    assert story.due("retention").due_at - story.at == left - DAY


def test_a_hold_at_the_very_end_of_the_clock_still_holds() -> None:
    story = closed()
    story.at = story.due("retention").due_at
    story.does(OLGA, "place_legal_hold", statement="Just in time").passes(DAY)
    assert story.case.erased == ()
    story.does(OLGA, "lift_legal_hold", statement="Over").passes(DAY)
    assert len(story.case.erased) == 3


def test_one_party_is_erased_and_the_others_keep_their_clock() -> None:
    story = closed().does(OLGA, "erase_personal_data", party="buyer", statement="Asked")
    assert story.case.erased == ("buyer",)
    assert story.due("retention")
    story.lapses("retention")
    assert story.case.erased == ("buyer", "seller", "carrier")
    last = story.events[-1]
    assert isinstance(last, e.PersonalDataErased)
    assert last.subjects == ("seller", "carrier")


def test_nothing_is_erased_of_an_open_or_held_case() -> None:
    assert requested().refused(OLGA, "erase_personal_data", party="all", statement="x").code == "not_in_stage"
    held = closed().does(OLGA, "place_legal_hold", statement="A suit")
    refused = held.refused(OLGA, "erase_personal_data", party="all", statement="x")
    assert (refused.code, "D4" in refused.clauses) == ("legal_hold", True)


def test_closing_and_keeping_call_on_nobody_to_act() -> None:
    story = closed()
    [closing] = [x for x in story.events if isinstance(x, e.CaseClosed)]
    assert names(closing) == ("case.closed",)
    assert [n.kind for n in notices(story.case, closing)] == ["case.closed"]


@pytest.mark.parametrize(("name", "kind"), [("place_legal_hold", "case.held"), ("erase_personal_data", "case.erased")])
def test_the_parties_are_told_of_holds_and_of_erasure(name: str, kind: str) -> None:
    more = {"party": "all"} if name == "erase_personal_data" else {}
    story = closed().does(OLGA, name, statement="x", **more)
    [told] = notices(story.case, story.events[-1])
    assert told.kind == kind
    assert {"buyer", "seller"} <= set(told.to)


def test_a_party_may_neither_hold_nor_erase() -> None:
    for name, more in (("place_legal_hold", {}), ("erase_personal_data", {"party": "buyer"})):
        assert closed().refused(ALICE, name, statement="x", **more).code == "not_your_turn"
