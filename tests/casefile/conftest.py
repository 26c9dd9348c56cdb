"""The API on a real database with a log that is sequenced on demand, and case files of cases played through it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from amends.api.app import create_app
from amends.handle import Hinge
from amends.settings import Settings
from amends.store import marketplaces
from amends.store.connect import Database
from amends.store.policies import installed
from amends.worker.sequencer import Sequencer
from tests.api.callers import Caller, Callers, adopt_keys
from tests.cast import MARKET, MONDAY
from tests.evidence.pieces import Pipeline

Fetch = Callable[..., Awaitable[Path]]
SETTINGS = Settings(marketplace=MARKET, sandbox=True, scanner="off")


@pytest.fixture
async def hinge(database: Database) -> Hinge:
    """A sandbox whose clock stands on a Monday."""
    await marketplaces.ensure(database, MARKET, sandbox=True)
    assert await marketplaces.set_clock(database, MARKET, MONDAY)
    await adopt_keys(database)
    return Hinge(database, installed())


@pytest.fixture
def pipeline(hinge: Hinge, tmp_path: Path) -> Pipeline:
    """The checking of files, a round at a time, without a scanner."""
    return Pipeline(hinge, SETTINGS, tmp_path)


@pytest.fixture
async def callers(hinge: Hinge) -> AsyncIterator[Callers]:
    """Everyone who may knock."""
    transport = httpx.ASGITransport(create_app(hinge, SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url="http://amends.test") as client:
        yield Callers(client)


@pytest.fixture
async def fetch(database: Database, tmp_path: Path) -> Fetch:
    """Sequences the log and gets a case file as somebody: the path where it now lies."""

    async def fetched(caller: Caller, case_id: str, query: str = "", name: str = "case.zip") -> Path:
        assert await Sequencer(database).once()
        response = await caller.ask("GET", f"/v1/cases/{case_id}/file{query}")
        assert response.status_code == 200, response.text
        path = tmp_path / name
        path.write_bytes(response.content)
        return path

    return fetched
