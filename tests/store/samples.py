"""Plain batches to append: Alice bought from Bob. What they say does not matter to the store, only their shape."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
from msgspec import structs

from amends.store.rows import (
    Append,
    DeadlineRow,
    EventRow,
    IdempotencyRow,
    OutboxRow,
    PostingRow,
    Projection,
)
from amends.store.vault import CaseKeys, Vault
from tests.plugins_database import MARKETPLACE, VAULT_KEY

VAULT = Vault(VAULT_KEY, Path("unused"))


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return str(uuid4())


def opening(case_id: str | None = None, *, at: datetime | None = None, events: int = 1, **columns: object) -> Append:
    """A first batch: the request is filed."""
    at = at or now()
    projection = Projection(
        order_id="O1",
        line_id="1",
        buyer_id="alice",
        seller_id="bob",
        stage="awaiting_seller",
        pack="tiktok-shop-us",
        edition="2025-11-11",
        currency="USD",
        paid=4000,
        refunded=0,
        opened_at=at,
        updated_at=at,
        reason="defective",
        scenario="quality",
    )
    case_id = case_id or new_id()
    return batch(case_id, 0, None, at, structs.replace(projection, **columns), events, keys_of_sample(case_id))


def following(last: Append, *, at: datetime | None = None, events: int = 1, **columns: object) -> Append:
    """The batch after `last`."""
    at = at or now()
    projection = structs.replace(last.projection, updated_at=at, **columns)
    keys = keys_of_sample(last.case_id, last.keys or KNOWN[last.case_id])
    return batch(last.case_id, last.events[-1].seq, last.events[-1].hash, at, projection, events, keys)


KNOWN: dict[str, tuple[tuple[str, bytes], ...]] = {}
"""The keys of each case made here."""


def keys_of_sample(case_id: str, known: tuple[tuple[str, bytes], ...] = ()) -> CaseKeys:
    return CaseKeys(VAULT, MARKETPLACE, case_id, [wrapped for _, wrapped in known])


def batch(
    case_id: str,
    expected: int,
    prev: bytes | None,
    at: datetime,
    projection: Projection,
    count: int,
    keys: CaseKeys,
) -> Append:
    events = []
    for seq in range(expected + 1, expected + 1 + count):
        event = an_event(case_id, seq, at, prev)
        prev = event.hash
        events.append(event)
    state = keys.seal_state(expected + count, msgspec.json.encode({"revision": expected + count}))
    if keys.made:
        KNOWN[case_id] = tuple(keys.made)
    return Append(
        case_id=case_id,
        expected_revision=expected,
        at=at,
        events=tuple(events),
        state=state,
        projection=projection,
        keys=tuple(keys.made),
    )


def plain(append: Append) -> bytes:
    """The state of a sample as it is read back."""
    return msgspec.json.encode({"revision": append.events[-1].seq})


def opened(append: Append) -> tuple[EventRow, ...]:
    """The events of a sample as they are read back."""
    return tuple(structs.replace(event, body=event.sealed) for event in append.events)


def an_event(case_id: str, seq: int, at: datetime, prev: bytes | None) -> EventRow:
    body = msgspec.json.encode({"b": seq, "a": "Tidak menyala – it does not switch on"})
    return EventRow(
        seq=seq,
        type="request_filed",
        at=at,
        actor_role="buyer",
        actor_id="alice",
        clauses=("US-1", "US-2"),
        body=b"",
        sealed=body,
        hash=hashlib.sha256(f"{case_id}/{seq}/{uuid4()}".encode() + (prev or b"")).digest(),
        prev_hash=prev,
    )


def a_deadline(name: str = "seller_answer.1", *, due_at: datetime | None = None, state: str = "open") -> DeadlineRow:
    return DeadlineRow(
        deadline_id=name,
        kind=name.partition(".")[0],
        party="seller",
        due_at=due_at or now() + timedelta(days=2),
        state=state,
        detail=b'{"clauses":["US-37"]}',
    )


def a_refund(amount: int = 4000, *, seq: int = 1, journal: str = "1.refund", off_by: int = 0) -> tuple[PostingRow, ...]:
    return (
        PostingRow(journal, 0, "seller:bob", "USD", -amount, seq, "refund"),
        PostingRow(journal, 1, "buyer:alice", "USD", amount + off_by, seq, "refund"),
    )


def a_notice(seq: int = 1) -> OutboxRow:
    return OutboxRow(seq=seq, kind="case.opened", payload=b'{"seq":1}')


def an_answer(key: str = "key-1", *, principal: str = "buyer:alice", body: bytes = b"{}") -> IdempotencyRow:
    return IdempotencyRow(
        principal=principal, key=key, fingerprint=hashlib.sha256(body).digest(), status=200, answer=b'{"ok":true}'
    )


def with_all(append: Append) -> Append:
    """The same batch with something in every table."""
    seq = append.events[0].seq
    return structs.replace(
        append,
        deadlines=(a_deadline(f"seller_answer.{seq}"), a_deadline(f"seller_evidence.{seq}")),
        postings=a_refund(100, seq=seq, journal=f"{seq}.refund"),
        outbox=(a_notice(seq),),
        idempotency=an_answer(f"key-{seq}"),
    )
