"""Random walks through the law: any order, any command by any role, or time passing to the next deadline and beyond.

All chance comes from one `Random`, so a walk is its seed (or what Hypothesis draws and shrinks).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from random import Random

from amends.law.actors import CLOCK, Actor
from amends.law.commands import COMMANDS
from amends.law.moves import available_actions
from tests.law.stories import CAST, GRACE, ID, US, Step, Story
from tests.properties.asking import fields, noted
from tests.properties.orders import any_order

WALKS = 1500
STRANGERS = (Actor("buyer", "mallory"), Actor("seller", "mallory"), Actor("carrier", "mallory"))
SELDOM = {"post_message": 1, "report_proceedings": 1, "report_chargeback": 1, "apply_enforcement": 2, "update_facts": 1,
          "withdraw": 1, "extend_deadline": 1, "claim": 1, "release": 1, "record_verification": 1, "approve_request": 5,
          "request_evidence": 2, "offer_settlement": 2, "reverse_enforcement": 1, "correct_decision": 4,
          "redact_evidence": 1, "place_legal_hold": 1, "erase_personal_data": 2}  # fmt: skip
OFTEN = {"reject_request": 60, "open_dispute": 60, "decide_appeal": 24, "ship_return": 24, "appeal": 20}
"""Weights of what is open: what is open nearly always is chosen seldom, what leads on is chosen often."""
HASTE = {"awaiting_seller": 0.06, "refused": 0.06, "decided": 0.1}
"""How often time passes to the next deadline where that mostly ends the walk."""


def begin(rnd: Random) -> Story:
    """A story before its first command, under either pack."""
    policy = rnd.choice([US, ID])
    return Story(policy, any_order(rnd, policy))


def step(rnd: Random, story: Story) -> None:
    """One thing happens: time passes, or somebody asks something."""
    chance = rnd.random()
    if chance < HASTE.get(story.case.stage, 0.18) and (due := story.next_due()) is not None:
        story.until(due.due_at + rnd.choice([GRACE, GRACE, timedelta(days=rnd.choice([1, 3]))]))
    elif chance < 0.21 and due_now(story):
        pass  # the last instants of a window: in time, at its end, within the grace
    elif chance < 0.25 and (files := [x.file.id for x in story.case.evidence if x.file]):
        story.tries(CLOCK, "note_file", **noted(rnd, files))
    elif chance < 0.4:
        story.passes(timedelta(minutes=rnd.choice([1, 30, 600])))
    else:
        ask(rnd, story)


def due_now(story: Story) -> bool:
    """Go to the very end of the next window without letting it fire."""
    due = story.next_due()
    if due is None or due.due_at < story.at:
        return False
    story.at = due.due_at
    return True


def ask(rnd: Random, story: Story) -> None:
    """Somebody asks: mostly something open to them, sometimes anything at all, or a case that is not theirs."""
    if story.case.stage == "unopened" and rnd.random() < 0.9:
        actor, name = CAST[0], "file_request"
    elif rnd.random() < 0.8:
        actor, name = open_to_somebody(rnd, story)
    else:
        actor = rnd.choice(CAST if rnd.random() < 0.7 else STRANGERS)
        name = rnd.choice(sorted(COMMANDS))
    story.tries(actor, name, **fields(rnd, story, name))


def open_to_somebody(rnd: Random, story: Story) -> tuple[Actor, str]:
    """Some action that is open to some of the cast."""
    choices = [(actor, action.command) for actor in CAST
               for action in available_actions(story.case, actor, story.at, story.policy)]  # fmt: skip
    if not choices:
        return rnd.choice(CAST), rnd.choice(sorted(COMMANDS))
    weights = [SELDOM.get(name) or OFTEN.get(name, 8) for _, name in choices]
    return rnd.choices(choices, weights)[0]


def walk(seed: int, steps: int = 45) -> Story:
    """A whole walk; it goes a little beyond closing."""
    rnd = Random(seed)
    story = begin(rnd)
    beyond = 5
    for _ in range(steps):
        step(rnd, story)
        beyond -= story.case.stage == "closed"
        if not beyond:
            break
    return story


@lru_cache(maxsize=1)
def walks() -> tuple[Story, ...]:
    """Many walks, made once for all tests that look at them."""
    return tuple(walk(seed) for seed in range(WALKS))


def steps() -> Iterator[tuple[int, int, Story, Step]]:
    """Every step of every walk, with the walk's seed and the step's place in it."""
    for seed, story in enumerate(walks()):
        for place, step_ in enumerate(story.steps):
            yield seed, place, story, step_


@contextmanager
def told(seed: int, place: int, step: Step) -> Iterator[None]:
    """A failure inside says which step of which walk it was."""
    try:
        yield
    except AssertionError as error:
        error.add_note(f"walk {seed}, step {place}, {step.at}, {step.before.stage}: {step.actor.role} {step.command}")
        raise
