"""The API on a real database: a sandbox marketplace with its clock standing on a Monday, and callers of every role."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from amends.api.app import create_app
from amends.handle import Hinge
from amends.settings import Settings
from amends.store import marketplaces
from amends.store.connect import Database
from amends.store.policies import installed
from tests.api.callers import Callers, adopt_keys
from tests.cast import MARKET, MONDAY


@pytest.fixture
async def app(database: Database) -> Litestar:
    """The application; its clock stands."""
    await marketplaces.ensure(database, MARKET, sandbox=True)
    assert await marketplaces.set_clock(database, MARKET, MONDAY)
    await adopt_keys(database)
    return create_app(Hinge(database, installed()), Settings(marketplace=MARKET, sandbox=True))


@pytest.fixture
async def callers(app: Litestar) -> AsyncIterator[Callers]:
    """Everyone who may knock."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://amends.test") as client:
        yield Callers(client)
