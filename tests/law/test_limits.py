"""A limit on everything: no party can make a case grow without end."""

from amends.law.evidence import MOST_EVIDENCE
from amends.law.settlement import MOST_MESSAGES
from tests.law.stories import ALICE, BOB, PHOTO, disputed, requested


def test_a_party_writes_a_hundred_messages_and_the_other_side_still_may() -> None:
    story = requested()
    for number in range(MOST_MESSAGES):
        story.does(ALICE, "post_message", text=f"Message {number}", to="seller")
    story.refused(ALICE, "post_message", text="One more", to="seller")
    story.does(BOB, "post_message", text="I read them all", to="buyer")
    assert len(story.case.messages) == MOST_MESSAGES + 1


def test_a_party_hands_in_two_hundred_pieces_at_most() -> None:
    story = disputed()
    for _ in range(MOST_EVIDENCE // 50):
        story.does(ALICE, "submit_evidence", items=[PHOTO] * (50 if len(story.case.evidence) < 150 else 49))
    sent = sum(1 for item in story.case.evidence if item.party == "buyer")
    story.refused(ALICE, "submit_evidence", items=[PHOTO] * (MOST_EVIDENCE - sent + 1))
