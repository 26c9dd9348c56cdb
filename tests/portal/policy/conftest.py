"""The policies over HTTP, for a buyer and for an auditor."""

from collections.abc import Awaitable, Callable

import pytest

from amends.law.actors import Actor
from tests.cast import ALICE
from tests.portal.desk.conftest import Reader, app, desk, hinge, signed_in, wall

__all__ = ["app", "desk", "hinge", "signed_in", "wall"]


@pytest.fixture
async def ari(signed_in: Callable[[Actor], Awaitable[Reader]]) -> Reader:
    return await signed_in(Actor("auditor", "ari"))


@pytest.fixture
async def alice(signed_in: Callable[[Actor], Awaitable[Reader]]) -> Reader:
    return await signed_in(ALICE)
