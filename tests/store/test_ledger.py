"""The ledger read back: every posting once, balances that are sums."""

import pytest
from msgspec import structs

from amends.store import cases, ledger
from amends.store.connect import Database
from amends.store.errors import BadCursor
from amends.store.rows import Append, Balance
from tests.plugins_database import MARKETPLACE
from tests.store.samples import a_refund, opening


def refunding(amount: int) -> Append:
    return structs.replace(opening(), postings=a_refund(amount))


async def test_balances_are_the_sums_of_postings(database: Database):
    await cases.append_events(database, MARKETPLACE, [refunding(100), refunding(250)])
    assert await ledger.balances(database, MARKETPLACE) == [
        Balance("buyer:alice", "USD", 350),
        Balance("seller:bob", "USD", -350),
    ]
    assert await ledger.balances(database, MARKETPLACE, account="seller:bob") == [Balance("seller:bob", "USD", -350)]
    assert await ledger.balances(database, MARKETPLACE, account="nobody") == []


async def test_the_largest_amounts_add_up_exactly(database: Database):
    most = 2**53 - 1
    await cases.append_events(database, MARKETPLACE, [refunding(most) for _ in range(3)])
    assert (await ledger.balances(database, MARKETPLACE, account="buyer:alice"))[0].amount == 3 * most


async def test_entries_are_read_in_pages_that_join(database: Database):
    batches = [refunding(amount) for amount in range(1, 6)]
    await cases.append_events(database, MARKETPLACE, batches)
    whole = await ledger.entries(database, MARKETPLACE)
    assert len(whole) == 10
    for limit in (1, 3, 9):
        found = []
        while page := await ledger.entries(
            database, MARKETPLACE, after=found[-1].cursor if found else None, limit=limit
        ):
            found += page
        assert found == whole


async def test_entries_of_one_account_or_one_case(database: Database):
    batches = [refunding(1), refunding(2)]
    await cases.append_events(database, MARKETPLACE, batches)
    of_account = await ledger.entries(database, MARKETPLACE, account="seller:bob")
    assert sorted(entry.amount for entry in of_account) == [-2, -1]
    of_case = await ledger.entries(database, MARKETPLACE, case_id=batches[1].case_id)
    assert [(entry.account, entry.amount, entry.seq, entry.purpose) for entry in of_case] == [
        ("seller:bob", -2, 1, "refund"),
        ("buyer:alice", 2, 1, "refund"),
    ]
    assert of_case[0].at == batches[1].at


@pytest.mark.parametrize("word", ["x", "bGVkZ2VyHzEfMh8zHzQ"])
async def test_a_made_up_cursor_is_refused(database: Database, word: str):
    with pytest.raises(BadCursor):
        await ledger.entries(database, MARKETPLACE, after=word)
