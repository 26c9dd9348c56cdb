"""API keys work by their secret alone, until they are revoked."""

import asyncpg
import pytest

from amends.store import keys, marketplaces
from amends.store.connect import Database
from tests.plugins_database import MARKETPLACE
from tests.store.samples import new_id, now

NOW = now()


async def test_a_key_is_found_by_its_secret_until_it_is_revoked(database: Database):
    key, secret = await keys.create(database, MARKETPLACE, role="operator", name="Olga", at=NOW)
    assert await keys.find(database, secret) == key
    assert (key.marketplace_id, key.role, key.name, key.created_at) == (MARKETPLACE, "operator", "Olga", NOW)
    assert await keys.revoke(database, MARKETPLACE, key.key_id, NOW)
    assert await keys.find(database, secret) is None
    assert not await keys.revoke(database, MARKETPLACE, key.key_id, NOW)
    assert [row.revoked_at for row in await keys.list_keys(database, MARKETPLACE)] == [NOW]


async def test_the_secret_is_not_stored(database: Database):
    _, secret = await keys.create(database, MARKETPLACE, role="auditor", name="Ada", at=NOW)
    async with database.reading(MARKETPLACE) as connection:
        row = await connection.fetchval("SELECT api_key::text FROM api_key")
    assert secret not in row
    assert secret.encode().hex() not in row


async def test_a_chosen_secret_is_adopted_once(database: Database):
    first = await keys.adopt(database, MARKETPLACE, secret="letmein", role="operator", name="boot", at=NOW)
    assert await keys.adopt(database, MARKETPLACE, secret="letmein", role="operator", name="boot", at=NOW) == first
    assert await keys.find(database, "letmein") == first


async def test_a_secret_of_another_marketplace_is_refused(database: Database):
    await marketplaces.ensure(database, "m2")
    await keys.adopt(database, MARKETPLACE, secret="letmein", role="operator", name="boot", at=NOW)
    with pytest.raises(ValueError, match="another marketplace"):
        await keys.adopt(database, "m2", secret="letmein", role="operator", name="boot", at=NOW)


async def test_another_marketplace_cannot_revoke_it(database: Database):
    await marketplaces.ensure(database, "m2")
    key, secret = await keys.create(database, MARKETPLACE, role="carrier", name="UPS", at=NOW)
    assert not await keys.revoke(database, "m2", key.key_id, NOW)
    assert not await keys.revoke(database, MARKETPLACE, new_id(), NOW)
    assert await keys.find(database, secret) == key


async def test_a_party_has_no_api_key(database: Database):
    with pytest.raises(asyncpg.CheckViolationError):
        await keys.create(database, MARKETPLACE, role="buyer", name="Alice", at=NOW)
