"""The case book and the demo's stories go as they are written; every clause of both packs has its place."""

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from amends.lab import book, demo
from amends.lab.case_book import read_book
from amends.lab.pages_of_policies import anchor, carried
from amends.lab.runner import play_in_memory
from amends.lab.telling import REMEDIES, SENTENCES
from amends.lab.words import DOES
from amends.law.commands import COMMANDS, RemedyKind
from amends.law.events import EVENTS
from amends.law.moves import MOVES
from amends.store.policies import installed

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "cases"


@pytest.mark.parametrize("path", book.files([CASES]), ids=lambda path: path.relative_to(CASES).as_posix())
def test_a_worked_case_goes_as_written(path: Path):
    telling, _ = play_in_memory(book.read(path, installed()), installed())
    assert not telling.failures, "\n".join(map(str, telling.failures))


@pytest.mark.parametrize("case", demo.stories(), ids=lambda case: case.path.stem)
def test_a_story_of_the_demo_goes_as_written(case: book.WorkedCase):
    telling, _ = play_in_memory(case, installed())
    assert not telling.failures, "\n".join(map(str, telling.failures))
    assert case.steps[-1].at < demo.ENDS_AT


def test_the_demo_mixes_both_packs_and_tells_ten():
    stories = demo.stories()
    assert len(stories) >= 24
    assert all(case.note for case in stories[: demo.TOLD])
    assert set(Counter(case.policy for case in stories)) == {policy.name for policy in installed().policies}
    assert len({case.order_id for case in stories}) == len(stories)


def test_the_book_walks_only_where_the_table_leads():
    table = {(move.command, to) for move in MOVES for to in move.to}
    walks = {(walk.command, walk.after) for walk in read_book(CASES, installed()).walks}
    assert walks <= table, f"moves.py does not say that these lead there: {sorted(walks - table)}"


def test_the_book_has_at_least_120_cases_for_both_packs():
    cases = read_book(CASES, installed()).cases
    packs = Counter(case.policy for case in cases)
    assert len(cases) >= 120
    assert min(packs[policy.name] for policy in installed().policies) >= 40


def test_every_move_is_accepted_in_one_worked_case_and_refused_in_another():
    """But the clock's own: silence is walked wherever a deadline fires, and nobody else may say it."""
    steps = [step for case in read_book(CASES, installed()).cases for step in case.steps if step.do]
    moves = {move.command for move in MOVES} - {"lapse"}
    assert moves - {step.do for step in steps if step.refused is None} == set()
    assert moves - {step.do for step in steps if step.refused is not None} == set()
    assert any(walk.command == "lapse" for walk in read_book(CASES, installed()).walks)


def test_no_two_cases_bear_one_title():
    titles = Counter(anchor(case.title) for case in read_book(CASES, installed()).cases)
    assert [title for title, count in titles.items() if count > 1] == []


@pytest.mark.parametrize("policy", installed().policies, ids=str)
def test_every_clause_is_carried_or_said_not_to_be_modelled(policy: object):
    pack = policy.pack  # type: ignore[attr-defined]  # a policy
    places = carried(pack)
    assert [clause for clause in pack.clauses if not places[clause] and clause not in pack.not_modelled] == []


@pytest.mark.parametrize("policy", installed().policies, ids=str)
def test_every_contradiction_has_a_case_that_shows_its_reading(policy: object):
    pack = policy.pack  # type: ignore[attr-defined]  # a policy
    found = read_book(CASES, installed())
    contradictions = [name for name in pack.readings if name.startswith("A")]
    assert [name for name in contradictions if not found.about(name, pack.pack)] == []


def test_every_command_and_told_event_has_words():
    assert set(DOES) == set(COMMANDS)
    assert set(SENTENCES) <= set(EVENTS)
    assert set(REMEDIES) == set(get_args(RemedyKind))
