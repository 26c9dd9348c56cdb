"""What kind of marketplace a server opens: a real one with cases never becomes a sandbox, nor by accident another."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from amends.handle import Hinge
from amends.server import StartRefused, opened
from amends.settings import Settings, SettingsError, read
from amends.store import marketplaces

pytestmark = pytest.mark.database


def inside(
    settings: Settings, work: Callable[[Hinge], Awaitable[object]] | None = None, *, make: bool = True
) -> object:
    async def run() -> object:
        async with opened(settings, make=make) as hinge:
            return await work(hinge) if work else None

    return asyncio.run(run())


def test_a_mistyped_marketplace_is_not_made(data: Path):
    inside(Settings(data=data))
    with pytest.raises(StartRefused, match="no marketplace 'typo'"):
        inside(Settings(data=data, marketplace="typo"), make=False)


def test_a_real_marketplace_with_cases_never_becomes_a_sandbox(data: Path, monkeypatch: pytest.MonkeyPatch):
    async def yes(*_: object) -> bool:
        return True

    inside(Settings(data=data))
    monkeypatch.setattr(marketplaces, "has_cases", yes)
    with pytest.raises(StartRefused, match="cannot become a sandbox"):
        inside(Settings(data=data, sandbox=True))


def test_maintenance_leaves_the_kind_of_a_marketplace_alone(data: Path):
    async def is_sandbox(hinge: Hinge) -> bool:
        found = await marketplaces.get(hinge.db, "default")
        assert found is not None
        return found.sandbox

    inside(Settings(data=data))
    assert inside(Settings(data=data, sandbox=True), is_sandbox, make=False) is False


def test_a_bootstrap_key_that_looks_like_a_party_token_is_refused():
    with pytest.raises(SettingsError, match="party_"):
        read({"AMENDS_BOOTSTRAP_KEY": "party_abcdefgh"})
