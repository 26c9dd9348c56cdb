"""The sandbox: its clock, read and moved forward with every deadline on the way firing in order, and its stage."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from amends.access import stage
from amends.api.call import Answer, Call, answer
from amends.api.problems import problem
from amends.api.route import Route
from amends.law.facts import Instant
from amends.store import marketplaces
from amends.sweep import ClockRefused, advance
from amends.text import LAST_YEAR

DURATION = r"^P(?=.)(?:\d{1,4}D)?(?:T(?=.)(?:\d{1,5}H)?(?:\d{1,6}M)?(?:\d{1,7}S)?)?$"
PARTS = re.compile(r"(\d+)([DHMS])")
UNITS = {"D": "days", "H": "hours", "M": "minutes", "S": "seconds"}


class ClockMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either `advance` (an ISO 8601 duration of days, hours, minutes, seconds) or `to` (an instant)."""

    advance: Annotated[str, msgspec.Meta(pattern=DURATION, max_length=40)] | None = None
    to: Instant | None = None


class Clock(msgspec.Struct, frozen=True):
    """The present of the marketplace; `standing` once the clock was set, running with real time before."""

    now: datetime
    sandbox: bool
    standing: bool


class Moved(msgspec.Struct, frozen=True):
    """Where the clock stands now, how many deadlines fired on the way, and how many could not."""

    now: datetime
    fired: int
    failed: int


class StageLink(msgspec.Struct, frozen=True):
    """The address of the page from which one steps into every role; it opens once, within a day."""

    url: str


async def read(call: Call) -> Answer:
    """What time it is."""
    place = await marketplaces.get(call.hinge.db, call.marketplace)
    standing = place.clock_at if place else None
    sandbox = place is not None and place.sandbox
    return answer(Clock(standing or call.hinge.clock(), sandbox, standing is not None))


async def move(call: Call) -> Answer:
    """Move the clock."""
    if call.key is None:
        return await _moved(call, call.body)
    who, recent = (call.marketplace, call.actor.id), call.house.recent
    async with recent.turn:
        if (before := recent.given(who, call.key, call.body)) is not None:
            return Answer(before)
        moved = await _moved(call, call.body)
        recent.keep(who, call.key, call.body, moved.body)
        return moved


async def _moved(call: Call, wanted: ClockMove) -> Answer:
    if (wanted.advance is None) == (wanted.to is None):
        raise problem("does_not_fit", "Give either `advance`, such as PT48H, or `to`, an instant.")
    place = await marketplaces.get(call.hinge.db, call.marketplace)
    now = (place.clock_at if place else None) or call.hinge.clock()
    to = wanted.to or now + duration(wanted.advance or "")
    if to.year >= LAST_YEAR:
        raise problem("does_not_fit", f"The clock cannot be moved into the year {LAST_YEAR} or past it.")
    moved = await advance(call.hinge, call.marketplace, to)
    if not isinstance(moved, ClockRefused):
        return answer(Moved(moved.now, moved.fired, moved.failed))
    if moved.why == "not_a_sandbox":
        raise problem("not_a_sandbox", "Only a sandbox has a movable clock: start one with `amends serve --sandbox`.")
    raise problem("clock_backwards", f"The clock stands at {moved.now:%Y-%m-%dT%H:%M:%SZ} and only moves forward.")


async def stage_link(call: Call) -> Answer:
    """A link onto the stage."""
    now = datetime.now(UTC)
    token = await stage.link(call.hinge.db, call.marketplace, now)
    if token is None:
        raise problem("not_a_sandbox", "Only a sandbox has a stage: start one with `amends serve --sandbox`.")
    return answer(StageLink(f"{call.house.settings.address}/sandbox?t={token}"), 201)


def duration(text: str) -> timedelta:
    """An ISO 8601 duration of the pattern above."""
    return timedelta(**{UNITS[unit]: int(number) for number, unit in PARTS.findall(text)})


ROUTES = (
    Route(
        method="GET", path="/v1/sandbox/clock", name="read_clock", tag="sandbox", summary="What time it is here",
        does=read, answer=Clock,
    ),
    Route(
        method="POST", path="/v1/sandbox/clock", name="move_clock", tag="sandbox", does=move,
        summary="Move a sandbox's clock forward; every deadline on the way fires in order",
        roles=frozenset({"operator"}), body=ClockMove, answer=Moved, also=(409,), key="optional",
    ),
    Route(
        method="POST", path="/v1/sandbox/stage", name="open_stage", tag="sandbox", does=stage_link,
        summary="A link that opens once: from its page one steps into every role of a sandbox and moves its clock",
        roles=frozenset({"operator"}), answer=StageLink, status=201, also=(409,), key="optional",
    ),
)  # fmt: skip
