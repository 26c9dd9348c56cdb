"""Two commands meet at one case: the scenes they meet in, what the law alone says of either order, and the meeting.

A round is right when what the two were answered, and the case they leave, is what the law gives for one order or the
other. So never both where either excludes the other, never neither where one is allowed, and never an error.
"""

import asyncio
import random
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from amends.answers import Accepted
from amends.handle import Hinge, handle
from amends.law.actors import CLOCK, Actor
from amends.law.case import Case, initial
from amends.law.commands import Command, Lapse
from amends.law.evolve import fold
from amends.law.facts import order_line
from amends.law.moves import decide
from amends.law.refusal import Refused
from amends.store import cases, marketplaces
from amends.store.connect import Database
from amends.store.ids import case_id
from amends.store.policies import installed
from amends.store.rebuild import check
from amends.store.vault import CaseKeys, Vault
from amends.store.written import Writing, decode_case
from amends.sweep import GRACE, sweep
from tests.cast import ALICE, BOB, DANA, FILING, MONDAY, Clock, command, order
from tests.plugins_database import MARKETPLACE, VAULT_KEY

HOUR = timedelta(hours=1)
POLICY = "tokopedia-id@2025-07-02"
PHOTO = {"type": "photo_of_item", "text": "A crack from corner to corner"}
LANES = 4
LONGEST_DELAY_SECONDS = 0.003
SECRET = b"races" * 8

PARTLY = FILING | {"wanted": "partial_refund", "amount": 2000}
FILED = [(ALICE, "file_request", 0, {"order_id": "O1", "line_id": "1", "evidence": [PHOTO], **PARTLY})]
OFFER = (BOB, "offer_settlement", 1, {"remedy": "partial_refund", "amount": 1000})
REFUSED = [*FILED, (BOB, "reject_request", 1, {"statement": "It works here"}), OFFER]
DISPUTED = [*REFUSED, (ALICE, "open_dispute", 2, {})]
REVIEWED = [
    *DISPUTED,
    (ALICE, "submit_evidence", 2, {"items": [PHOTO], "last": True}),
    (BOB, "decline_evidence", 2, {}),
]
PROVED = {"findings": {"claim": "proved", "rebuttal": "none", "returnable": False}, "rationale": "It is broken"}
NOT_SHOWN = {"findings": {"claim": "not_shown", "rebuttal": "credible"}, "rationale": "It works on the video"}
SCENES: dict[str, list[tuple[Actor, str, int, dict[str, object]]]] = {
    "awaiting_seller": [*FILED, OFFER],
    "refused": REFUSED,
    "gathering_evidence": DISPUTED,
    "under_review": REVIEWED,
    "decided for the buyer": [*REVIEWED, (DANA, "decide", 3, PROVED), (*OFFER[:2], 4, OFFER[3])],
    "decided for the seller": [*REVIEWED, (DANA, "decide", 3, NOT_SHOWN), (*OFFER[:2], 4, OFFER[3])],
}
"""How each scene comes about: who does what, in which hour after Monday morning."""


class Outcome(msgspec.Struct, frozen=True):
    """What the two were answered (`done` or a refusal's code), and the case they left."""

    first: str
    second: str
    case: Case


class Scene(msgspec.Struct, frozen=True):
    """A case as two commands meet it, one tick before its next deadline is due."""

    name: str
    due_at: datetime

    @property
    def in_time(self) -> datetime:
        """When the doors read their clocks."""
        return self.due_at - timedelta(microseconds=1)

    @property
    def lapses_at(self) -> datetime:
        """When a worker finds the deadline."""
        return self.due_at + GRACE

    @property
    def later(self) -> datetime:
        """What a door's clock says when it is read again."""
        return self.lapses_at + timedelta(seconds=1)


def moves(case: Case) -> dict[str, tuple[Actor, Command]]:
    """The nine moves as they are made at this case."""
    offer = next((o.id for o in case.offers if o.status == "open"), "o1")
    return {
        "approve": (BOB, command("approve_request")),
        "reject": (BOB, command("reject_request", statement="It works here")),
        "withdraw": (ALICE, command("withdraw")),
        "lapse": (CLOCK, Lapse("next")),
        "open_dispute": (ALICE, command("open_dispute")),
        "submit_evidence": (BOB, command("submit_evidence", items=[PHOTO])),
        "decide": (DANA, command("decide", **PROVED)),
        "settle": (ALICE, command("accept_settlement", offer_id=offer)),
        "appeal": (BOB, command("appeal", grounds="error_of_fact", statement="Look again", evidence=[PHOTO])),
    }


NAMES = tuple(moves(initial("none", order_line("O1", order(), "1"), "", "")))  # type: ignore[arg-type]


def made(name: str, number: int = 0, place: str = MARKETPLACE) -> Writing:
    """A scene's case, not stored yet."""
    policy = installed().named(POLICY)
    line = order_line(f"O{number}", order(), "1")
    assert policy is not None
    assert line is not None
    unopened = initial(case_id(SECRET, line.order_id, "1"), line, policy.pack.pack, policy.pack.edition)
    writing = Writing(unopened, None, CaseKeys(Vault(VAULT_KEY, Path()), place, unopened.id))
    for actor, what, hour, fields in SCENES[name]:
        fields = fields | {"order_id": line.order_id} if what == "file_request" else fields
        at = MONDAY + hour * HOUR
        events = decide(writing.case, command(what, **fields), actor, at, policy)
        assert not isinstance(events, Refused), (name, what, events)
        writing.add(events)
    return writing


def scene_of(name: str) -> Scene:
    """The scene with its next deadline."""
    return Scene(name, min(d.due_at for d in made(name).case.open_deadlines()))


def meeting_place(first: str, second: str) -> Scene:
    """The first scene in which the law allows both moves, or else one of them."""
    by_welcome = [(welcome(scene, first) + welcome(scene, second), scene) for scene in map(scene_of, SCENES)]
    return max(by_welcome, key=lambda each: each[0])[1]


def welcome(scene: Scene, move: str) -> bool:
    """Whether the law allows the move in the scene when nothing else happens."""
    return after(made(scene.name).case, move, scene, scene.in_time)[0] == "done"


def allowed(case: Case, first: str, second: str, scene: Scene) -> list[Outcome]:
    """What the law gives for either order."""
    one, between = after(case, first, scene, scene.in_time)
    two, end = after(between, second, scene, scene.in_time)
    other_two, other_between = after(case, second, scene, scene.in_time)
    other_one, other_end = after(other_between, first, scene, scene.in_time)
    return [Outcome(one, two, end), Outcome(other_one, other_two, other_end)]


def after(case: Case, move: str, scene: Scene, at: datetime) -> tuple[str, Case]:
    """The answer to one move and the case after it, by the law alone."""
    if move == "lapse":
        return _after_silence(case, scene)
    actor, said = moves(case)[move]
    assert case.updated_at is not None
    at = at if case.updated_at <= at else scene.later
    answer = decide(case, said, actor, at, _policy(case))
    return (answer.code, case) if isinstance(answer, Refused) else ("done", fold(case, answer))


def _after_silence(case: Case, scene: Scene) -> tuple[str, Case]:
    answer = "nothing_due"
    while due := [d for d in case.open_deadlines() if d.due_at <= scene.due_at]:
        first = min(due, key=lambda d: (d.due_at, d.id))
        assert case.updated_at is not None
        events = decide(case, Lapse(first.id), CLOCK, max(scene.lapses_at, case.updated_at), _policy(case))
        assert not isinstance(events, Refused), events
        case, answer = fold(case, events), "done"
    return answer, case


def _policy(case: Case):
    policy = installed().get(case.pack, case.edition)
    assert policy is not None
    return policy


async def race(db: Database, first: str, second: str, rounds: int, seed: int = 1) -> list[str]:
    """Let the two meet in `rounds` fresh cases; every round that went wrong, in words."""
    scene, chance = meeting_place(first, second), random.Random(seed)
    hinge = Hinge(db, installed(), clock=Clock(scene.later))
    lanes = asyncio.Semaphore(LANES)

    async def lane(number: int, delays: tuple[float, float]) -> list[str]:
        async with lanes:
            return await _round(hinge, scene, (first, second), number, delays)

    plans = [(n, _delays(chance)) for n in range(rounds)]
    complaints = [c for found in await asyncio.gather(*(lane(*plan) for plan in plans)) for c in found]
    for place in await marketplaces.all_ids(db):
        complaints += [str(found) async for _, differences in check(db, place) for found in differences]
    return complaints


def _delays(chance: random.Random) -> tuple[float, float]:
    """Half of the rounds start together to the tick, in the others one comes a little later."""
    late = chance.random() * LONGEST_DELAY_SECONDS
    return chance.choice([(0.0, 0.0), (0.0, 0.0), (late, 0.0), (0.0, late)])


async def _round(
    hinge: Hinge, scene: Scene, pair: tuple[str, str], number: int, delays: tuple[float, float]
) -> list[str]:
    """One meeting, judged."""
    place = f"race-{number}" if "lapse" in pair else "m1"
    await marketplaces.ensure(hinge.db, place)
    writing = made(scene.name, number, place)
    before = writing.case
    [stored] = await cases.append_events(hinge.db, place, [writing.append()])
    assert stored.kind == "appended", stored
    barrier = asyncio.Barrier(2)

    async def meet(move: str, delay: float) -> str:
        await barrier.wait()
        await asyncio.sleep(delay)
        return await _move(hinge, place, before, move, scene)

    answers = await asyncio.gather(*map(meet, pair, delays), return_exceptions=True)
    if errors := [answer for answer in answers if isinstance(answer, BaseException)]:
        return [f"round {number}: {pair} ended in {error!r}" for error in errors]
    told = [str(answer) for answer in answers]
    if "lapse" in pair and await _silence(hinge, place, scene) == "done":  # the worker comes round again
        if "done" in (told[i] for i in (0, 1) if pair[i] == "lapse"):
            return [f"round {number}: silence spoke twice"]
        told[pair.index("lapse")] = "done"
    row = await cases.get_case(hinge.db, place, before.id)
    assert row is not None
    seen = Outcome(told[0], told[1], decode_case(row.state))
    if seen in allowed(before, *pair, scene):
        return []
    fits = [(outcome.first, outcome.second, outcome.case.stage) for outcome in allowed(before, *pair, scene)]
    return [f"round {number}: {pair} answered {told}, left {seen.case.stage}; the law allows {fits}"]


async def _move(hinge: Hinge, place: str, case: Case, move: str, scene: Scene) -> str:
    if move == "lapse":
        return await _silence(hinge, place, scene)
    actor, said = moves(case)[move]
    answer = await handle(hinge, place, case.id, said, actor, at=scene.in_time)
    if isinstance(answer, Refused):
        return answer.code
    return "done" if isinstance(answer, Accepted) else repr(answer)


async def _silence(hinge: Hinge, place: str, scene: Scene) -> str:
    fates = await sweep(hinge, place, scene.lapses_at)
    if trouble := [fate for fate in fates if fate.became != "fired"]:
        raise AssertionError(trouble)
    return "done" if fates else "nothing_due"
