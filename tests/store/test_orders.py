"""Orders are replaced whole when their facts change, and only then."""

from datetime import timedelta

from amends.store import cases, marketplaces, orders
from amends.store.connect import Database
from amends.store.rows import OrderRow
from tests.plugins_database import MARKETPLACE
from tests.store.samples import new_id, now

NOW = now()
LATER = NOW + timedelta(hours=1)


async def test_an_order_is_new_then_the_same_then_changed(database: Database):
    assert await orders.upsert(database, MARKETPLACE, "O1", b'{"b":1,"a":2}', NOW)
    assert not await orders.upsert(database, MARKETPLACE, "O1", b'{"b":1,"a":2}', LATER)
    assert await orders.get(database, MARKETPLACE, "O1") == OrderRow("O1", b'{"b":1,"a":2}', 1, NOW)
    assert await orders.upsert(database, MARKETPLACE, "O1", b'{"b":1}', LATER)
    assert await orders.get(database, MARKETPLACE, "O1") == OrderRow("O1", b'{"b":1}', 2, LATER)


async def test_many_at_once_count_what_changed(database: Database):
    batch = [(f"O{number}", b"{}") for number in range(10)]
    assert await orders.upsert_many(database, MARKETPLACE, batch, NOW) == 10
    assert await orders.upsert_many(database, MARKETPLACE, [*batch, ("O3", b"[]"), ("new", b"{}")], NOW) == 2
    assert (await orders.get(database, MARKETPLACE, "O3")).facts == b"[]"
    assert await orders.upsert_many(database, MARKETPLACE, [], NOW) == 0


async def test_all_are_walked_by_id_over_pages(database: Database, monkeypatch):
    monkeypatch.setattr(orders, "PAGE", 3)
    await orders.upsert_many(database, MARKETPLACE, [(f"O{number}", b"{}") for number in range(9)], NOW)
    assert [row.order_id async for row in orders.iterate(database, MARKETPLACE)] == [f"O{n}" for n in range(9)]
    assert [row.order_id async for row in orders.iterate(database, MARKETPLACE, after="O6")] == ["O7", "O8"]


async def test_the_hinge_reads_the_order_of_a_case_not_opened_yet(database: Database):
    await marketplaces.ensure(database, "m2")
    await orders.upsert(database, MARKETPLACE, "O1", b'{"market":"US"}', NOW)
    assert (await cases.read_case(database, MARKETPLACE, new_id(), order_id="O1")).order == b'{"market":"US"}'
    assert (await cases.read_case(database, MARKETPLACE, new_id(), order_id="O2")).order is None
    assert (await cases.read_case(database, "m2", new_id(), order_id="O1")).order is None


async def test_another_marketplace_has_an_order_of_the_same_id(database: Database):
    await marketplaces.ensure(database, "m2")
    await orders.upsert(database, MARKETPLACE, "O1", b"1", NOW)
    assert await orders.get(database, "m2", "O1") is None
    assert await orders.upsert(database, "m2", "O1", b"2", NOW)
    assert (await orders.get(database, MARKETPLACE, "O1")).facts == b"1"
