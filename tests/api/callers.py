"""Callers: Alice, Bob and their neighbours at the API's door, each with a credential of their own."""

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from amends.store import keys
from amends.store.connect import Database
from tests.cast import FILING, MARKET, order

KEYS = {"operator": "key-of-the-operator", "auditor": "key-of-the-auditor", "adjudicator": "key-of-dana"}
NAMES = {"operator": "olga", "auditor": "aude", "adjudicator": "dana"}


async def adopt_keys(db: Database, marketplace: str = MARKET, prefix: str = "") -> None:
    """One API key for each role of the staff."""
    for role, secret in KEYS.items():
        await keys.adopt(db, marketplace, secret=prefix + secret, role=role, name=NAMES[role], at=datetime.now(UTC))


class Caller:
    """Somebody with a credential."""

    def __init__(self, client: httpx.AsyncClient, secret: str | None) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request, whatever the answer."""
        headers = {**self.headers, **options.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, path: str, status: int = 200, **options: Any) -> Any:
        """Read something; the answer's JSON."""
        return _json(await self.ask("GET", path, **options), status)

    async def post(self, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        """Send a body; the answer's JSON."""
        key = options.pop("key", None)
        headers = options.pop("headers", {}) | ({"Idempotency-Key": key} if key else {})
        return _json(
            await self.ask("POST", path, json={} if body is None else body, headers=headers, **options), status
        )

    async def put(self, path: str, body: Any, status: int = 200) -> Any:
        """Put a body; the answer's JSON."""
        return _json(await self.ask("PUT", path, json=body), status)


class Callers:
    """The cast at the door. Parties get tokens from the operator when they are first named."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.operator = Caller(client, KEYS["operator"])
        self.auditor = Caller(client, KEYS["auditor"])
        self.dana = Caller(client, KEYS["adjudicator"])
        self.nobody = Caller(client, None)

    async def token(self, role: str, person: str) -> str:
        """A party token of the operator's making."""
        made = await self.operator.post("/v1/party-tokens", {"role": role, "id": person}, 201)
        token: str = made["token"]
        return token

    async def party(self, role: str, person: str) -> Caller:
        """A party, signed in by token."""
        return Caller(self.client, await self.token(role, person))

    async def alice(self) -> Caller:
        return await self.party("buyer", "alice")

    async def bob(self) -> Caller:
        return await self.party("seller", "bob")

    async def charlie(self) -> Caller:
        return await self.party("carrier", "charlie")

    async def order(self, order_id: str = "O1", market: str = "ID", **facts: Any) -> Any:
        """Olga registers Alice's order from Bob."""
        return await self.operator.put(f"/v1/orders/{order_id}", facts_of(market, **facts), 201)

    async def filed(self, order_id: str = "O1", **fields: Any) -> Any:
        """Alice's request about that order's line; the case."""
        body = FILING | {"order_id": order_id, "line_id": "1"} | fields
        return await (await self.alice()).post("/v1/cases", body, 201)

    async def requested(self, order_id: str = "O1", market: str = "ID", **fields: Any) -> Any:
        """A case in which the seller's answer is awaited."""
        await self.order(order_id, market)
        return await self.filed(order_id, **fields)

    async def reviewed(self, order_id: str = "O1", market: str = "ID") -> Any:
        """A case both sides have given their evidence in (one piece each, Bob's private); Dana has it."""
        at = f"/v1/cases/{(await self.requested(order_id, market))['id']}"
        alice, bob = await self.alice(), await self.bob()
        await bob.post(f"{at}/reject-request", {"statement": "It worked when it left"})
        await alice.post(f"{at}/open-dispute", {"statement": "It never worked"})
        await alice.post(f"{at}/submit-evidence", {"items": [PHOTO], "last": True})
        await bob.post(f"{at}/submit-evidence", {"items": [SUPPLIER], "last": True})
        return await self.dana.post(f"{at}/claim")

    async def decided(self, order_id: str = "O1", market: str = "ID") -> Any:
        """A case Dana has decided for Alice."""
        case = await self.reviewed(order_id, market)
        return await self.dana.post(f"/v1/cases/{case['id']}/decide", DECISION, key=f"decide-{order_id}")


PHOTO = {"type": "photo_of_item", "text": "A dark screen"}
SUPPLIER = {"type": "supplier_contract", "text": "Terms with my supplier", "private": True}
FILING_OF_O1 = FILING | {"order_id": "O1", "line_id": "1"}
DECISION = {"findings": {"claim": "proved", "rebuttal": "insufficient", "returnable": False},
            "rationale": "The photo shows it dead.", "evidence": [{"id": "e1", "weight": "relied_on"}]}  # fmt: skip


def facts_of(market: str = "ID", **facts: Any) -> Any:
    """An order as `PUT /v1/orders/…` takes it."""
    return msgspec.to_builtins(order(market, **facts))


def _json(response: httpx.Response, status: int) -> Any:
    assert response.status_code == status, f"{response.status_code} {response.text}"
    return response.json() if response.content else None
