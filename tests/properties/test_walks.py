"""1,500 random walks through both packs: at every step the rules that must always hold do hold."""

from collections import Counter

import msgspec

from amends.law.case import Case
from amends.law.commands import COMMANDS
from amends.law.events import EVENTS, AnyEvent, type_of
from amends.law.evolve import fold
from amends.law.moves import MOVES, available_actions, decide
from amends.law.refusal import Refused
from tests.law.stories import CAST, Step, Story, known_at
from tests.law.test_moves import RARE
from tests.properties.invariants import check_step
from tests.properties.ledger import check_ledger, paid_out
from tests.properties.settling import settle
from tests.properties.walking import STRANGERS, steps, told, walk, walks

IDLE = frozenset({"post_message", "report_proceedings", "claim", "release", "update_facts", "report_chargeback",
                  "apply_enforcement", "extend_deadline", "record_verification", "offer_settlement", "redact_evidence",
                  "place_legal_hold", "lift_legal_hold", "note_file"})  # fmt: skip
"""Commands that lead a case no nearer to its end."""


def test_every_step_keeps_every_rule() -> None:
    for seed, place, story, step_ in steps():
        with told(seed, place, step_):
            check_step(story, step_)


def test_replaying_the_events_gives_the_same_case() -> None:
    for story in walks():
        assert fold(story.start, story.events) == story.case


def test_asking_again_gives_the_same_answer() -> None:
    for seed, place, story, step_ in steps():
        with told(seed, place, step_):
            again = decide(step_.before, step_.command, step_.actor, step_.at, story.policy, known_at(step_.at))
            assert again == step_.answer


def test_a_refusal_changes_nothing() -> None:
    for _, _, _, step_ in steps():
        if isinstance(step_.answer, Refused):
            assert step_.after is step_.before


def test_events_and_cases_survive_being_written_down() -> None:
    event = msgspec.json.Decoder(AnyEvent)
    case = msgspec.json.Decoder(Case)
    for story in walks()[::3]:
        for happened in story.events:
            assert event.decode(msgspec.json.encode(happened)) == happened
        assert case.decode(msgspec.json.encode(story.case)) == story.case


def test_money_in_equals_money_out() -> None:
    for seed, story in enumerate(walks()):
        with told(seed, len(story.steps), story.steps[-1]):
            check_ledger(story.start, story.events)
            assert paid_out(story.case) == story.case.refunded


KEEPING = {"place_legal_hold", "lift_legal_hold", "erase_personal_data", "note_file", "lapse"}
"""What concerns the record of a closed case and not its outcome; of silences only that of its keeping."""


def test_a_closed_case_refuses_everybody_everything_but_what_concerns_its_record() -> None:
    closed = [story for story in walks() if story.case.stage == "closed"]
    assert len(closed) > 500
    for seed, story in enumerate(walks()):
        for step_ in story.steps:
            if step_.before.stage == "closed" and not isinstance(step_.answer, Refused):
                assert step_.name in KEEPING, f"walk {seed}: {step_.name} was accepted"
                assert step_.after.stage == "closed"
    for story in closed[::40]:
        for actor in CAST:
            shown = {a.command for a in available_actions(story.case, actor, story.at, story.policy)}
            assert shown <= (KEEPING if actor.role == "operator" else set())


def test_people_of_other_cases_get_nowhere() -> None:
    seen = 0
    for _, _, story, step_ in steps():
        foreign = step_.actor in STRANGERS and (step_.actor.role != "carrier" or step_.before.order.fulfilment.carrier)
        if foreign:
            seen += 1
            assert isinstance(step_.answer, Refused)
            assert step_.answer.code == "not_your_case"
            assert available_actions(step_.before, step_.actor, step_.at, story.policy) == ()
    assert seen > 500


def test_no_case_is_ever_stuck() -> None:
    """As long as it is not closed, a clock runs or somebody can do something that leads on."""
    for seed, place, story, step_ in steps():
        if isinstance(step_.answer, Refused) or step_.after.stage == "closed":
            continue
        with told(seed, place, step_):
            assert step_.after.open_deadlines() or leading_on(story, step_)


def leading_on(story: Story, step_: Step) -> set[str]:
    """What anybody can do after the step that leads on."""
    shown = [a for who in CAST for a in available_actions(step_.after, who, step_.at, story.policy)]
    return {action.command for action in shown} - IDLE


def test_every_case_can_still_be_brought_to_its_end() -> None:
    """Time passes, the operator confirms payments, the adjudicators decide: whatever happened before, it closes."""
    left = Counter[str]()
    for seed in range(0, len(walks()), 2):
        story = walk(seed)
        if story.case.stage != "unopened" and not settle(story):
            owed = [f"{r.kind} {r.status}" for r in story.case.remedies if r.status in ("pending", "overdue")]
            left[f"{story.case.stage} {owed}, e.g. walk {seed}"] += 1
    assert not left


def test_a_walk_is_its_seed() -> None:
    assert walk(7).events == walk(7).events


def test_everything_happens_somewhere() -> None:
    """The walks are worth something: every command is accepted and every event happens."""
    accepted = {s.name for _, _, _, s in steps() if not isinstance(s.answer, Refused)}
    assert set(COMMANDS) - accepted == set()
    assert set(EVENTS) - {type_of(event) for story in walks() for event in story.events} == set()


def test_every_change_of_stage_in_the_table_happens_somewhere() -> None:
    """A row promises nothing that never happens: each `to` is seen in a walk, or in the story told for it."""
    promised = {(move.command, to) for move in MOVES for to in move.to}
    seen = {(s.name, s.after.stage) for _, _, _, s in steps() if s.before.stage != s.after.stage}
    told_apart = {(s.name, s.after.stage) for begin_ in RARE for s in begin_().steps if s.before.stage != s.after.stage}
    assert promised - seen - told_apart == set(), "rows that promise what never happens"
