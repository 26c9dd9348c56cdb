"""What the order page promises a buyer is what the law then grants: eligibility against `decide`, state by state."""

from collections.abc import Iterator

from amends.law.commands import FileRequest, OpenDispute
from amends.law.eligibility import Eligibility, eligibility
from amends.law.moves import decide
from amends.law.policy import SCENARIO_OF
from amends.law.refusal import Refused
from amends.law.rule import Moment
from tests.law.stories import ALICE, Step, Story
from tests.properties.walking import steps, told

REASONS = (*SCENARIO_OF, "changed_mind")


def states() -> Iterator[tuple[int, int, Story, Step, Eligibility]]:
    """Every third state the walks came to, with the eligibility at that instant."""
    for seed, place, story, step in list(steps())[::3]:
        moment = Moment(step.after, ALICE, step.at, story.policy)
        yield seed, place, story, step, eligibility(step.after, moment)


def test_exactly_the_reasons_shown_may_be_filed() -> None:
    for seed, place, story, step, shown in states():
        said = [FileRequest("O1", "1", reason, "refund", "x") for reason in REASONS]  # type: ignore[arg-type]  # reasons
        answers = [decide(step.after, command, ALICE, step.at, story.policy) for command in said]
        granted = {c.reason for c, answer in zip(said, answers, strict=True) if not isinstance(answer, Refused)}
        with told(seed, place, step):
            assert set(shown.reasons) == granted
            assert shown.requestable == bool(granted)


def test_a_dispute_shown_as_open_is_granted_and_no_other() -> None:
    for seed, place, story, step, shown in states():
        answer = decide(step.after, OpenDispute(), ALICE, step.at, story.policy)
        lacks_amount = isinstance(answer, Refused) and answer.code == "amount_invalid"
        with told(seed, place, step):
            assert shown.disputable == (lacks_amount or not isinstance(answer, Refused)), answer


def test_whoever_may_do_nothing_is_told_why_and_whoever_may_until_when() -> None:
    for seed, place, _, step, shown in states():
        with told(seed, place, step):
            if shown.requestable or shown.disputable:
                assert shown.closes_at is not None
                assert shown.closes_at > step.at
            else:
                assert shown.refused is not None
            assert 0 <= shown.disputes_left <= 2
