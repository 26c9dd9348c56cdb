"""The small cast of every test with a database: Alice buys from Bob, Charlie carries, Dana decides, Olga operates."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from amends.answers import Accepted, Answer
from amends.handle import Hinge, case_id_of, handle
from amends.law.actors import Actor
from amends.law.case import Case
from amends.law.commands import COMMANDS, Command
from amends.law.facts import Order
from amends.proof.hashes import canonical
from amends.store import deadlines, marketplaces, orders
from amends.store.connect import Database
from amends.store.policies import installed
from amends.store.rebuild import Difference, check

ALICE = Actor("buyer", "alice")
BOB = Actor("seller", "bob")
CHARLIE = Actor("carrier", "charlie")
DANA = Actor("adjudicator", "dana")
OLGA = Actor("operator", "olga")
MARKET = "m1"
MONDAY = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
"""10:00 in Jakarta on a plain working day under both packs."""
FILING = {"reason": "defective", "visibility": "visible", "wanted": "refund", "statement": "It does not switch on"}


def order(market: str = "ID", delivered_at: datetime = MONDAY - timedelta(days=1), **facts: Any) -> Order:
    """Alice's order of one thing for 4000 from Bob, delivered the day before."""
    plain = {
        "market": market,
        "currency": {"ID": "IDR", "US": "USD"}[market],
        "placed_at": delivered_at - timedelta(days=5),
        "buyer": {"id": "alice"},
        "seller": {"id": "bob"},
        "status": "delivered",
        "fulfilment": {"mode": "ship_by_seller", "carrier": "charlie", "delivered_at": delivered_at},
        "lines": [{"id": "1", "unit_price": 4000}],
    }
    return msgspec.convert(plain | facts, Order)


def command(name: str, **fields: Any) -> Command:
    """The command of this name with these fields."""
    made: Command = msgspec.convert(fields, COMMANDS[name])
    return made


class Clock:
    """A clock that a test sets."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Stage:
    """A marketplace with one hinge: `act` says a command and expects it to be accepted."""

    def __init__(self, db: Database, clock: Clock | None = None, marketplace: str = MARKET) -> None:
        self.db, self.marketplace = db, marketplace
        self.hinge = Hinge(db, installed(), clock=clock) if clock else Hinge(db, installed())

    async def order(self, order_id: str = "O1", market: str = "ID", **facts: Any) -> str:
        """Register an order; answers the id of its line's case."""
        made = canonical(order(market, **facts))
        await orders.upsert(self.db, self.marketplace, order_id, made, datetime.now(UTC))
        return await case_id_of(self.hinge, self.marketplace, order_id, "1")

    async def say(self, case_id: str, actor: Actor, name: str, *, at: datetime | None = None, key: str | None = None,
                  expected: int | None = None, **fields: Any) -> Answer:  # fmt: skip
        """Say a command, whatever the answer."""
        said = command(name, **fields)
        return await handle(self.hinge, self.marketplace, case_id, said, actor, at=at, key=key, expected=expected)

    async def act(self, case_id: str, actor: Actor, name: str, **fields: Any) -> Accepted:
        """Say a command that must be accepted."""
        answer = await self.say(case_id, actor, name, **fields)
        assert isinstance(answer, Accepted), answer
        return answer

    async def file(self, case_id: str, order_id: str = "O1", **fields: Any) -> Accepted:
        """Alice files her request."""
        return await self.act(case_id, ALICE, "file_request", order_id=order_id, line_id="1", **FILING | fields)

    async def stand(self, at: datetime) -> None:
        """Make the marketplace a sandbox whose clock stands."""
        await marketplaces.ensure(self.db, self.marketplace, sandbox=True)
        assert await marketplaces.set_clock(self.db, self.marketplace, at)

    async def differences(self) -> list[Difference]:
        """All that `rebuild --check` finds."""
        return [found async for _, found in check(self.db, self.marketplace) for found in found]

    async def states(self, case_id: str) -> dict[str, str]:
        """The stored state of each deadline of a case."""
        return {row.deadline_id: row.state for row in await deadlines.of_case(self.db, self.marketplace, case_id)}


def due(case: Case, kind: str) -> datetime:
    """When the open deadline of a kind is due."""
    [deadline] = [d for d in case.open_deadlines() if d.kind == kind]
    return deadline.due_at


async def any_time_will_do(admin_url: str) -> None:
    """Let the store take instants of any age, so that a test may choose them."""
    await rewrite(admin_url, "oldest_instant", [("interval '5 s'", "interval '100 years'")])


async def rewrite(admin_url: str, function: str, changes: Sequence[tuple[str, str]]) -> None:
    """Replace text in the source of a function of a scratch database; every change must find its place."""
    connection = await asyncpg.connect(admin_url)
    try:
        found = await connection.fetch(
            "SELECT pg_get_functiondef(oid) AS text FROM pg_proc WHERE proname = $1", function
        )
        assert found, f"there is no function {function}"
        for row in found:
            text = row["text"]
            for old, new in changes:
                assert old in text, f"{function} does not say {old!r}"
                text = text.replace(old, new)
            await connection.execute(text)
    finally:
        await connection.close()


async def until(true: Any, seconds: float = 20) -> None:
    """Wait until an async question is answered yes."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110  # the database is asked, no event tells
            await asyncio.sleep(0.02)
