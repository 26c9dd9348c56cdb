"""Marketplaces: a secret that stays, a clock that only a sandbox may stop and nobody turns back."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from amends.store import marketplaces
from amends.store.connect import Database
from amends.store.rows import Marketplace
from tests.plugins_database import MARKETPLACE
from tests.store.samples import now

NOW = now()


async def test_making_it_twice_keeps_its_secret(database: Database):
    assert await marketplaces.ensure(database, "m2") == Marketplace("m2", sandbox=False, clock_at=None)
    secret = await marketplaces.secret(database, "m2")
    await asyncio.gather(*(marketplaces.ensure(database, "m2") for _ in range(4)))
    assert await marketplaces.secret(database, "m2") == secret
    assert len(secret) == 32
    assert await marketplaces.secret(database, MARKETPLACE) != secret
    assert await marketplaces.all_ids(database) == [MARKETPLACE, "m2"]


async def test_a_sandbox_is_never_made_real_again(database: Database):
    assert (await marketplaces.ensure(database, "m2", sandbox=True)).sandbox
    assert (await marketplaces.ensure(database, "m2")).sandbox


async def test_the_clock_stands_where_it_is_set_and_never_runs_back(database: Database):
    await marketplaces.ensure(database, "m2", sandbox=True)
    assert await marketplaces.set_clock(database, "m2", NOW)
    assert not await marketplaces.set_clock(database, "m2", NOW - timedelta(microseconds=1))
    async with database.writing("m2") as connection:
        assert await marketplaces.set_clock(database, "m2", NOW + timedelta(days=1), connection=connection)
    assert (await marketplaces.get(database, "m2")).clock_at == NOW + timedelta(days=1)


async def test_real_time_cannot_be_set(database: Database):
    assert not await marketplaces.set_clock(database, MARKETPLACE, NOW)
    assert (await marketplaces.get(database, MARKETPLACE)).clock_at is None


async def test_one_that_is_not_there(database: Database):
    assert await marketplaces.get(database, "nowhere") is None
    with pytest.raises(LookupError, match="nowhere"):
        await marketplaces.secret(database, "nowhere")


@pytest.mark.parametrize("name", ["", "M", "a b", "-a", "a" * 64, "a'; --"])
async def test_a_name_that_is_none_is_refused(database: Database, name: str):
    with pytest.raises(asyncpg.CheckViolationError):
        await marketplaces.ensure(database, name)
