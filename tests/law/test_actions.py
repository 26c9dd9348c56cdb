"""What somebody may do now: with the deadline that waits, what silence means, what must be brought, and whose duty."""

import pytest

from amends.law.actions import DUTIES, NEEDS, WAITS, Action
from amends.law.actors import Actor
from amends.law.commands import COMMANDS
from amends.law.moves import available_actions
from amends.law.policy import Policy
from tests.law.stories import (
    ALICE,
    AUDITOR,
    BOB,
    CAST,
    CHARLIE,
    CLOCK,
    DANA,
    EKO,
    ID,
    OLGA,
    PHOTO,
    US,
    Story,
    decided,
    disputed,
    requested,
    reviewed,
)


def actions(story: Story, actor: Actor) -> dict[str, Action]:
    """The actions of somebody now, by command."""
    return {a.command: a for a in available_actions(story.case, actor, story.at, story.policy)}


def test_the_names_are_names_of_commands() -> None:
    assert set(WAITS) <= set(COMMANDS)
    assert set(COMMANDS) >= DUTIES
    assert set(NEEDS) <= set(COMMANDS)


def test_what_an_action_needs_are_its_commands_fields() -> None:
    for name, needs in NEEDS.items():
        assert set(needs) <= set(COMMANDS[name].__struct_fields__), name
        required = {f for f in COMMANDS[name].__struct_fields__ if f in needs}
        assert required == set(needs)


@pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])
def test_the_seller_must_answer_a_request_and_reads_what_silence_means(policy: Policy) -> None:
    story = requested(policy)
    found = actions(story, BOB)
    for name in ("approve_request", "reject_request"):
        assert found[name].mandatory
        assert found[name].due_at == story.due("seller_answer").due_at
        assert found[name].on_timeout == "approve_request"
        assert found[name].clauses
    assert found["reject_request"].requirements == ("statement",)


def test_a_right_is_no_duty() -> None:
    story = requested().does(BOB, "reject_request", statement="No")
    dispute = actions(story, ALICE)["open_dispute"]
    assert not dispute.mandatory
    assert dispute.due_at == story.due("open_dispute").due_at
    assert not actions(decided(), BOB)["appeal"].mandatory


def test_the_checklist_still_missing_is_named_until_it_is_met() -> None:
    story = disputed()
    assert any("photo_of_item" in needed for needed in actions(story, ALICE)["submit_evidence"].requirements)
    story.does(ALICE, "submit_evidence", items=[PHOTO])
    assert actions(story, ALICE)["submit_evidence"].requirements == ()


def test_nothing_is_shown_after_the_window_though_the_clock_has_not_fired() -> None:
    story = requested()
    story.at = story.due("seller_answer").due_at
    assert {"approve_request", "reject_request"} & set(actions(story, BOB)) == set()


def test_the_desk_decides_only_when_every_window_is_over() -> None:
    story = reviewed().does(DANA, "request_evidence", party="seller", types=["tracking"], statement="?")
    assert "decide" not in actions(story, DANA)
    story.does(BOB, "decline_evidence")
    assert actions(story, DANA)["decide"].mandatory


def test_a_case_claimed_by_another_shows_that_desk_nothing_of_its_work() -> None:
    story = reviewed().does(DANA, "claim")
    assert "decide" in actions(story, DANA)
    assert "decide" not in actions(story, EKO)
    story.at = story.case.assigned_until or story.at
    assert "decide" in actions(story, EKO)


def test_the_first_adjudicator_is_not_shown_the_appeal() -> None:
    story = decided().does(BOB, "appeal", grounds="procedure", statement="x")
    assert "decide_appeal" not in actions(story, DANA)
    assert actions(story, EKO)["decide_appeal"].due_at == story.due("appeal_decision").due_at


def test_one_side_does_not_answer_its_own_offer_but_may_take_it_back() -> None:
    story = disputed().does(BOB, "offer_settlement", remedy="partial_refund", amount=500)
    assert "accept_settlement" in actions(story, ALICE)
    assert "accept_settlement" not in actions(story, BOB)
    assert "decline_settlement" in actions(story, BOB)


def test_the_carrier_acts_only_where_the_parcels_way_matters() -> None:
    assert actions(disputed(), CHARLIE) == {}
    assert "submit_evidence" in actions(disputed(reason="damaged_in_transit"), CHARLIE)


def test_a_payment_is_confirmed_by_the_operator_while_it_is_owed() -> None:
    story = requested().does(BOB, "approve_request")
    assert "confirm_payment" in actions(story, OLGA)
    assert "confirm_deduction" not in actions(story, OLGA)
    story.lapses("remedy")
    assert "confirm_deduction" in actions(story, OLGA)


@pytest.mark.parametrize("story", [Story(), requested(), disputed(), reviewed(), decided()])
def test_the_clock_the_auditor_and_strangers_are_shown_nothing(story: Story) -> None:
    for actor in (CLOCK, AUDITOR, Actor("buyer", "mallory"), Actor("seller", "alice"), Actor("carrier", "mallory")):
        assert actions(story, actor) == {}


@pytest.mark.parametrize("story", [requested(), disputed(), reviewed(), decided()])
def test_an_action_belongs_to_the_role_that_asked_and_its_deadline_is_its_own(story: Story) -> None:
    for actor in CAST:
        for action in actions(story, actor).values():
            assert action.role == actor.role
            assert not action.mandatory or action.due_at is not None
            own = {d.due_at for d in story.case.open_deadlines() if d.party == actor.role}
            assert action.due_at is None or action.due_at in own
