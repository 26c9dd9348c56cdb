"""The operator's pages over HTTP: a sandbox with a case paid, one approved by silence, one open, and who looks on."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from amends.handle import Hinge
from amends.law.actors import Actor
from amends.sweep import advance
from tests.cast import MARKET, MONDAY
from tests.portal.desk.conftest import Desk, Reader, app, desk, hinge, signed_in, wall

__all__ = ["app", "desk", "hinge", "signed_in", "wall"]
DANA, OLGA, ARI = Actor("adjudicator", "dana"), Actor("operator", "olga"), Actor("auditor", "ari")
FINDINGS = {"claim": "proved", "rebuttal": "insufficient", "returnable": False}
WEEK = timedelta(days=7)


@pytest.fixture
async def played(desk: Desk, hinge: Hinge) -> dict[str, str]:
    """Three disputes: one decided and paid, two left to the desk until its time is over."""
    found = {name: await desk.disputed(n) for n, name in enumerate(("paid", "late", "other"), start=1)}
    await desk.say(found["paid"], DANA, "claim")
    case = await desk.say(
        found["paid"], DANA, "decide", findings=FINDINGS, rationale="The lamp in the picture does not switch on.",
        evidence=[{"id": "e1", "weight": "relied_on"}],
    )  # fmt: skip
    await desk.say(found["paid"], OLGA, "confirm_payment", remedy_id=case.remedies[0].id, reference="PAY-1")
    await advance(hinge, MARKET, MONDAY + WEEK)
    return found


@pytest.fixture
async def olga(signed_in: Callable[[Actor], Awaitable[Reader]]) -> Reader:
    return await signed_in(OLGA)


@pytest.fixture
async def ari(signed_in: Callable[[Actor], Awaitable[Reader]]) -> Reader:
    return await signed_in(ARI)
