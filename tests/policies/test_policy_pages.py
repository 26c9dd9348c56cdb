"""What `policy show` prints: the whole pack, or one clause with all that rests on it."""

import pytest

from amends.store.policies import installed, show

AMERICAN = installed().policies[0]


@pytest.mark.parametrize("policy", installed().policies, ids=str)
def test_the_whole_policy_shows_every_value_clause_and_reading(policy) -> None:
    text = show(policy)
    assert text.startswith(f"{policy.name}: ")
    names = [*policy.windows.__struct_fields__, *policy.pack.clauses, *policy.pack.readings]
    assert [name for name in names if name not in text] == []
    rows = (*policy.pack.decision, *policy.pack.remedies, *policy.pack.recourse, *policy.pack.checklist)
    assert [row.id for row in rows if f"  {row.id}  [" not in text] == []
    assert max(map(len, text.splitlines())) <= 140


def test_a_value_shows_its_length_and_its_standing() -> None:
    lines = show(AMERICAN).splitlines()
    assert "  seller_answer                        2 business days      [source: US-37, US-39, A15, G11]" in lines
    assert "  violation_points                     1-200 points for 180 calendar days [reading: US-73, A20]" in lines
    assert "      then platform makes the buyer whole, carrier bears it, after the carrier was heard" in lines


def test_a_clause_shows_its_words_and_what_carries_it() -> None:
    assert show(AMERICAN, "US-43").splitlines() == [
        "US-43 (tiktok-shop-us@2025-11-11, Escalation)",
        "  Two disputes an item at most.",
        "  speaks to: buyer",
        "  carried by limits disputes_per_line = 2",
        "  carried by eligibility refuse dispute_limit",
        "  read in A6",
    ]


def test_a_clause_that_is_not_modelled_says_why() -> None:
    assert "not modelled: A disclaimer of liability" in show(AMERICAN, "US-26")


def test_a_reading_shows_problem_reading_and_reason() -> None:
    text = show(AMERICAN, "A24")
    assert "A24 (on US-93)" in text
    assert "we read: By the second dispute" in text
    assert "carried by windows further_dispute = 2 calendar days" in text


def test_an_unknown_clause_names_the_nearest() -> None:
    with pytest.raises(LookupError, match=r"has no clause or reading 'US-119'; near it are .*US-1"):
        show(AMERICAN, "US-119")
