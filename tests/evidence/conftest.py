"""The evidence pipeline on a real database: callers at the API's door, and a bench that works when a test says so."""

from collections.abc import AsyncIterator
from pathlib import Path

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
from tests.evidence.pieces import Pipeline


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """No scanner: what decodes is clean."""
    return Settings(marketplace=MARKET, sandbox=True, scanner="off", data=tmp_path)


@pytest.fixture
async def hinge(database: Database) -> Hinge:
    """A sandbox whose clock stands on a Monday."""
    await marketplaces.ensure(database, MARKET, sandbox=True)
    assert await marketplaces.set_clock(database, MARKET, MONDAY)
    await adopt_keys(database)
    return Hinge(database, installed())


@pytest.fixture
def app(hinge: Hinge, settings: Settings) -> Litestar:
    return create_app(hinge, settings)


@pytest.fixture
async def callers(app: Litestar) -> AsyncIterator[Callers]:
    """Everyone who may knock."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://amends.test") as client:
        yield Callers(client)


@pytest.fixture
def pipeline(hinge: Hinge, settings: Settings, tmp_path: Path) -> Pipeline:
    """The checking pipeline, a round at a time."""
    return Pipeline(hinge, settings, tmp_path)
