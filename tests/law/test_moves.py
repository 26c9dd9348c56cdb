"""The table of moves: its names exist, its rows are the hand-written table's, and `decide` keeps to it everywhere."""

import ast
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

import amends.law
from amends.law.actors import CLOCK, Role
from amends.law.case import Stage
from amends.law.commands import COMMANDS
from amends.law.moves import MOVES, available_actions, decide
from amends.law.refusal import Refused
from tests.law.allowed import ALLOWED, may
from tests.law.stories import (
    ALICE,
    ANSWERED,
    BOB,
    CAST,
    CHARLIE,
    DANA,
    ID,
    OLGA,
    PHOTO,
    SOON,
    Story,
    command,
    decided,
    disputed,
    requested,
    reviewed,
)

STAGES, ROLES = get_args(Stage), get_args(Role)
EVIDENCE = {"items": [PHOTO]}
FIELDS: dict[str, dict[str, object]] = {
    "file_request": {"order_id": "O1", "line_id": "1", "reason": "defective", "wanted": "refund", "statement": "x"},
    "reject_request": {"statement": "x"}, "submit_evidence": EVIDENCE, "offer_settlement": {"remedy": "refund"},
    "accept_settlement": {"offer_id": "o1"}, "decline_settlement": {"offer_id": "o1"},
    "post_message": {"text": "x", "to": "all"}, "report_proceedings": {"kind": "court", "reference": "x"},
    "record_proceedings_outcome": {"resume": True}, "ship_return": {"carrier": "x", "tracking_number": "12345"},
    "receive_return": {"condition": "broken"}, "refuse_return": {"condition": "broken", "statement": "x"},
    "report_remedy": {"remedy_id": "r1"}, "confirm_payment": {"remedy_id": "r1", "reference": "x"},
    "confirm_deduction": {"remedy_id": "r1", "reference": "x"}, "reclassify": {"statement": "x"},
    "request_evidence": {"party": "buyer", "types": ["tracking"], "statement": "x"},
    "admit_evidence": {"evidence_id": "e1", "statement": "x"}, "record_verification": {"source": "x", "result": "x"},
    "decide": {"findings": {}, "rationale": "x"}, "correct_decision": {"kind": "typing", "statement": "x"},
    "appeal": {"grounds": "procedure", "statement": "x"}, "decide_appeal": {"result": "stands", "rationale": "x"},
    "allocate_recourse": {"bearer": "seller", "rationale": "x"},
    "extend_deadline": {"kind": "remedy", "party": "seller", "by": "PT1H", "statement": "x"},
    "update_facts": {"source": "x"}, "report_chargeback": {"amount": 1, "reference": "x"},
    "apply_enforcement": {"kind": "warning", "clauses": [], "statement": "x"},
    "reverse_enforcement": {"enforcement_id": "x1", "statement": "x"}, "lapse": {"deadline_id": "x"},
    "redact_evidence": {"evidence_id": "e1",
                        "areas": [{"page": 1, "left": 0, "top": 0, "width": 1, "height": 1}], "statement": "x"},
    "place_legal_hold": {"statement": "x"}, "lift_legal_hold": {"statement": "x"},
    "erase_personal_data": {"party": "all", "statement": "x"}, "note_file": {"upload": "u1", "state": "clean"},
}  # fmt: skip
"""Something to say with each command, enough to be read; what it says does not matter here."""


@lru_cache(maxsize=1)
def one_of_each() -> dict[str, Story]:
    """A story that stands in each stage."""
    stands = {
        "unopened": Story(), "awaiting_seller": requested(),
        "refused": requested().does(BOB, "reject_request", statement="No"), "gathering_evidence": disputed(),
        "under_review": reviewed(), "agreed": requested().does(BOB, "approve_request"), "decided": decided(),
        "under_appeal": decided().does(BOB, "appeal", grounds="procedure", statement="x"),
        "suspended": requested().does(ALICE, "report_proceedings", kind="court", reference="C-1"),
        "withdrawn": requested().does(ALICE, "withdraw"),
        "closed": requested().does(BOB, "approve_request").does(OLGA, "confirm_payment", remedy_id="r1", reference="P"),
    }  # fmt: skip
    assert all(story.case.stage == stage for stage, story in stands.items())
    return stands


def test_names_in_the_rows_are_names_of_the_law() -> None:
    for move in MOVES:
        assert move.command in COMMANDS
        assert move.stages <= set(STAGES)
        assert move.roles <= set(ROLES)
        assert set(move.to) <= set(STAGES)
        assert len(set(move.to)) == len(move.to)


def test_every_command_has_a_row_and_no_two_rows_meet() -> None:
    assert {move.command for move in MOVES} == set(COMMANDS)
    cells = Counter((m.command, stage, role) for m in MOVES for stage in m.stages for role in m.roles)
    assert max(cells.values()) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_the_rows_are_those_of_the_hand_written_table(stage: str) -> None:
    rows = {(m.command, role) for m in MOVES if stage in m.stages for role in m.roles}
    by_hand = {(name, role) for role, names in ALLOWED[stage].items() for name in names}
    assert rows == by_hand


def test_every_rule_is_a_function_of_exactly_one_chapter() -> None:
    folder = Path(amends.law.__file__).parent
    defined = Counter[str]()
    for chapter in folder.glob("*.py"):
        names = [node.name for node in ast.parse(chapter.read_text()).body if isinstance(node, ast.FunctionDef)]
        defined.update(f"{chapter.stem}.{name}" for name in names)
    for move in MOVES:
        assert defined[move.does] == 1, f"{move.does} of {move.command}"
        chapter, name = move.does.split(".")
        assert getattr(import_module(f"amends.law.{chapter}"), name) is move.rule


@pytest.mark.parametrize("stage", STAGES)
def test_decide_accepts_nothing_the_hand_written_table_does_not_list(stage: str) -> None:
    """Every command × every one of the cast, in a case that stands in the stage."""
    story = one_of_each()[stage]
    for actor in CAST:
        for name in COMMANDS:
            said = command(name, **FIELDS.get(name, {}))
            answer = decide(story.case, said, actor, story.at, story.policy)
            if not may(stage, actor.role, name):
                assert isinstance(answer, Refused), f"{actor.role} {name} in {stage}"
                assert answer.code not in ("not_your_case", "missing_evidence", "unknown_reference")


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_shown_as_open_is_in_the_hand_written_table(stage: str) -> None:
    story = one_of_each()[stage]
    for actor in CAST:
        shown = [action.command for action in available_actions(story.case, actor, story.at, story.policy)]
        assert len(set(shown)) == len(shown)
        assert all(may(stage, actor.role, name) for name in shown)


def test_nobody_of_another_case_may_do_anything() -> None:
    for stage, story in one_of_each().items():
        for actor in (ALICE, BOB, CHARLIE):
            other = type(actor)(actor.role, "mallory")
            for name in COMMANDS:
                answer = decide(story.case, command(name, **FIELDS.get(name, {})), other, story.at, story.policy)
                assert isinstance(answer, Refused), f"{other} {name} in {stage}"
                assert answer.code == "not_your_case"


def declined_reply() -> Story:
    """The seller was silent, late material was admitted, and it has nothing to answer: the default decision falls."""
    story = disputed(reason="damaged_in_transit").passes(timedelta(hours=49))
    story.does(ALICE, "submit_evidence", items=[PHOTO]).does(DANA, "admit_evidence", evidence_id="e1", statement="x")
    return story.does(BOB, "decline_evidence")


def no_cosmetic_after_all() -> Story:
    """The seller was silent and the doctor's certificate is missing, until the item proves to be no cosmetic."""
    line = {"id": "1", "unit_price": 4000, "traits": ["cosmetic"]}
    story = disputed(reason="allergy", line=line).does(ALICE, "submit_evidence", items=[PHOTO])
    return story.lapses("seller_evidence").does(OLGA, "update_facts", source="catalogue", traits=[])


def the_last_file_never_came() -> Story:
    """The buyer showed enough, the seller only promised a file and it was refused: silence after all."""
    story = disputed().does(ALICE, "submit_evidence", items=[PHOTO], last=True).passes(timedelta(hours=23.5))
    story.does(BOB, "submit_evidence", items=[SOON]).lapses("seller_evidence")
    return story.does(CLOCK, "note_file", upload="soon", state="refused", why="Eicar-Test")


def refused_after_the_acceptance_period() -> Story:
    """A wrong item is complained of on the last day, and refused when no dispute is possible any more."""
    story = Story(ID).passes(timedelta(days=5)).does(ALICE, "file_request", reason="item_wrong")
    return story.passes(timedelta(hours=40)).does(BOB, "reject_request", statement="No")


DEFAULTS = (declined_reply, no_cosmetic_after_all, the_last_file_never_came)
RARE = (*DEFAULTS, refused_after_the_acceptance_period)
"""Stories of moves that random walks hardly ever make."""


@pytest.mark.parametrize("rare", DEFAULTS)
def test_the_default_decision_falls_as_soon_as_nothing_holds_it_up(rare: Callable[[], Story]) -> None:
    story = rare()
    assert story.steps[-1].before.stage == "gathering_evidence"
    assert story.case.stage == "decided"
    assert story.case.decision is not None
    assert story.case.decision.by == "automatic"


def test_a_decision_against_the_buyer_that_leaves_nothing_closes_after_its_last_right() -> None:
    story = decided(findings=ANSWERED).lapses("further_dispute")
    assert story.case.stage == "closed"
    assert story.case.closed_as == "decided"
