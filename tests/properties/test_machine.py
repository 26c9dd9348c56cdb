"""The same walks chosen by Hypothesis, which shrinks a broken rule to the shortest story that breaks it."""

from random import Random

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from amends.law.evolve import fold
from tests.properties.invariants import check_state, check_step
from tests.properties.ledger import check_ledger
from tests.properties.walking import ask, begin, step

chance = st.randoms(use_true_random=False)


class Walk(RuleBasedStateMachine):
    """One case from before its first request to whatever comes."""

    @initialize(rnd=chance)
    def an_order_is_placed(self, rnd: Random) -> None:
        self.story = begin(rnd)

    @rule(rnd=chance)
    def something_happens(self, rnd: Random) -> None:
        self.goes_on(rnd, step)

    @rule(rnd=chance)
    def somebody_asks(self, rnd: Random) -> None:
        self.goes_on(rnd, ask)

    def goes_on(self, rnd: Random, how: object) -> None:
        had = len(self.story.steps)
        how(rnd, self.story)  # type: ignore[operator]
        for asked in self.story.steps[had:]:
            note(f"{asked.at} {asked.actor.role}: {asked.command}")
            check_step(self.story, asked)

    @invariant()
    def the_state_is_sound(self) -> None:
        check_state(self.story.case)

    def teardown(self) -> None:
        if hasattr(self, "story"):
            assert fold(self.story.start, self.story.events) == self.story.case
            check_ledger(self.story.start, self.story.events)


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=40, deadline=None,
                             suppress_health_check=list(HealthCheck))  # fmt: skip
