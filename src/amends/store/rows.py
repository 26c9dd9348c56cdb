"""The plain shapes that cross the border between the store and everyone else.

Nothing here knows the law: JSON stays raw bytes (the caller encodes and decodes it), ids are strings,
instants are aware `datetime`s in UTC, money is an integer in minor units.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from amends.proof.seal import Opening
from amends.store.vault import CaseKeys

DeadlineState = Literal["open", "fired", "ended"]
OutcomeKind = Literal["appended", "conflict", "stale", "duplicate", "poisoned"]


class EventRow(Struct, frozen=True):
    """One event of a case. `seq` counts from 1 without a gap; `hash` is chained to `prev_hash` (32 bytes each).

    `sealed` is the canonical JSON that was hashed and is stored; `stored_openings` the encrypted texts beside it.
    `body` is the same JSON with every text that can still be read, `openings` those texts one by one.
    """

    seq: int
    type: str
    at: datetime
    actor_role: str
    actor_id: str
    clauses: tuple[str, ...]
    body: bytes
    hash: bytes
    prev_hash: bytes | None = None
    sealed: bytes = b""
    stored_openings: bytes = b""
    openings: tuple[Opening, ...] = ()


class DeadlineRow(Struct, frozen=True):
    """A deadline as it stands after the batch. `detail` is its derivation as JSON."""

    deadline_id: str
    kind: str
    party: str | None
    due_at: datetime
    state: DeadlineState
    detail: bytes


class PostingRow(Struct, frozen=True):
    """One leg of a journal. Legs of one journal sum to zero in each currency; `amount` is signed, never zero."""

    journal_id: str
    ordinal: int
    account: str
    currency: str
    amount: int
    seq: int
    purpose: str


class OutboxRow(Struct, frozen=True):
    """A notice for the outside world: `kind` is the dotted name, `seq` the event it tells of."""

    seq: int
    kind: str
    payload: bytes


class IdempotencyRow(Struct, frozen=True):
    """The answer that belongs to an idempotency key of this case and this principal."""

    principal: str
    key: str
    fingerprint: bytes
    status: int
    answer: bytes


class Projection(Struct, frozen=True, kw_only=True):
    """The columns a case is found by. They repeat what its state says and decide nothing."""

    order_id: str
    line_id: str
    buyer_id: str
    seller_id: str
    stage: str
    pack: str
    edition: str
    currency: str
    paid: int
    refunded: int
    opened_at: datetime
    updated_at: datetime
    claim_id: str | None = None
    carrier_id: str | None = None
    closed_as: str | None = None
    reason: str | None = None
    scenario: str | None = None
    assigned_to: str | None = None
    assigned_until: datetime | None = None
    next_due_at: datetime | None = None
    priority: int = 0


class UploadUse(Struct, frozen=True):
    """Evidence of a case that rests on an upload."""

    upload_id: str
    evidence_id: str


class Append(Struct, frozen=True, kw_only=True):
    """Everything one decided command changes in one case. `expected_revision` is 0 for a case not stored yet.

    `state` is sealed; `keys` are the (subject, wrapped key) pairs made for this append, `key_generation` that of the
    keys it was sealed with.
    """

    case_id: str
    expected_revision: int
    at: datetime
    events: tuple[EventRow, ...]
    state: bytes
    projection: Projection
    deadlines: tuple[DeadlineRow, ...] = ()
    postings: tuple[PostingRow, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    idempotency: IdempotencyRow | None = None
    key_generation: int = 0
    keys: tuple[tuple[str, bytes], ...] = ()
    uses: tuple[UploadUse, ...] = ()


class Outcome(Struct, frozen=True):
    """What became of one `Append`. `error` is given for `poisoned` only."""

    case_id: str
    kind: OutcomeKind
    revision: int | None = None
    error: str | None = None


class StoredAnswer(Struct, frozen=True):
    """An idempotency key seen before: what it was used for and what was answered."""

    fingerprint: bytes
    status: int
    answer: bytes


class CaseRead(Struct, frozen=True):
    """What one read tells the hinge.

    `state` is None when there is no such case; then `order` holds the order's facts if `order_id` was given
    and is known. `keys` are the case's own, none for a case not stored yet. `clock_at` is the standing clock of a
    sandbox marketplace, None where time is real;
    `now` is the database's own clock.
    """

    revision: int
    state: bytes | None
    last_hash: bytes | None
    last_at: datetime | None
    clock_at: datetime | None
    now: datetime
    order: bytes | None
    answered: StoredAnswer | None
    keys: CaseKeys


class CaseRow(Struct, frozen=True, kw_only=True):
    """A stored case: its columns and its state."""

    case_id: str
    revision: int
    state: bytes
    last_hash: bytes
    projection: Projection


class History(Struct, frozen=True):
    """A case with all its events, read together."""

    case: CaseRow
    events: list[EventRow]


class FeedRow(Struct, frozen=True):
    """One event of the marketplace's feed with the cursor that continues after it."""

    case_id: str
    event: EventRow
    cursor: str


class StoredDeadline(Struct, frozen=True):
    """A deadline row with what the store itself keeps about firing it."""

    case_id: str
    deadline_id: str
    kind: str
    party: str | None
    due_at: datetime
    state: Literal["open", "fired", "ended", "set_aside"]
    detail: bytes
    attempts: int
    last_error: str | None
    not_before: datetime | None


class DraftRow(Struct, frozen=True, kw_only=True):
    """A draft as it is kept. `body` is the command and `refusal` the law's answer to it, both as JSON.

    `deadline_id` is the deadline it was written for; `given` what its author had handed in or declined by then.
    """

    case_id: str
    role: str
    author_id: str
    command: str
    body: bytes
    file_at_deadline: bool
    deadline_id: str | None
    given: int
    saved_at: datetime
    state: Literal["kept", "filed", "refused"] = "kept"
    settled_at: datetime | None = None
    refusal: bytes | None = None


class DueDeadline(Struct, frozen=True):
    """A due deadline with the locked case it belongs to and its self-filing drafts: all a sweep needs to decide.

    `arrived`: when files came that the case was not told of yet, by upload id.
    """

    case_id: str
    deadline_id: str
    kind: str
    party: str | None
    due_at: datetime
    attempts: int
    revision: int
    state: bytes
    last_hash: bytes
    last_at: datetime
    keys: CaseKeys
    drafts: tuple[DraftRow, ...] = ()
    arrived: Mapping[str, datetime] = {}


class LedgerEntry(Struct, frozen=True):
    """A posting as read back, with the cursor that continues after it."""

    case_id: str
    journal_id: str
    ordinal: int
    account: str
    currency: str
    amount: int
    seq: int
    purpose: str
    at: datetime
    cursor: str


class Balance(Struct, frozen=True):
    """The sum of an account's postings in one currency, in minor units."""

    account: str
    currency: str
    amount: int


class OrderRow(Struct, frozen=True):
    """An order's facts as stored: raw JSON, with the instant and number of its last change."""

    order_id: str
    facts: bytes
    revision: int
    updated_at: datetime


class KeyRow(Struct, frozen=True):
    """An API key without its secret, which is never stored."""

    key_id: str
    marketplace_id: str
    role: str
    name: str
    created_at: datetime
    revoked_at: datetime | None


class UploadRow(Struct, frozen=True):
    """A file a party sent, or a ticket for one. `sha256` is of its bytes, `blob` of the bytes stored, both hexadecimal.

    `ticket_at` is the instant of receipt that counts. While bytes are awaited, until `expires_at`, `received_at` and
    `blob` are None; `offset_bytes` of them are on disk. Once its key is destroyed it is `erased`: `name` is empty then,
    and `blob` soon None.
    """

    upload_id: str
    owner_role: str
    owner_id: str
    sha256: str
    size_bytes: int
    media_type: str
    name: str
    ticket_at: datetime
    received_at: datetime | None = None
    blob: str | None = None
    expires_at: datetime | None = None
    offset_bytes: int = 0
    metadata: str = ""
    erased: bool = False


class Marketplace(Struct, frozen=True):
    """A marketplace of this server. `clock_at` is set when its sandbox clock stands still."""

    marketplace_id: str
    sandbox: bool
    clock_at: datetime | None
