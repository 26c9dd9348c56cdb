"""Everything the store keeps of a case, compared with what its events alone say.

Each case is folded from its first event; its hash chain, state, revision, columns, deadlines and postings must be what
the fold gives. Nothing is written: a difference is a defect or tampering, and a person decides what to do.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

import msgspec

from amends.law.case import Case, initial
from amends.law.events import RequestFiled, type_of
from amends.law.evolve import evolve
from amends.proof.hashes import canonical, first_break
from amends.proof.seal import is_sealed
from amends.store import cases, deadlines, ledger
from amends.store.connect import Database
from amends.store.rows import DeadlineRow, EventRow, History, LedgerEntry, PostingRow, StoredDeadline
from amends.store.written import (
    deadline_rows,
    decode_case,
    decode_event,
    folded,
    posting_rows,
    projection,
)

PAGE = 500


class Difference(msgspec.Struct, frozen=True):
    """One thing of a case that is stored otherwise than its events say."""

    case_id: str
    what: str
    stored: str
    folded: str


async def check(db: Database, marketplace: str) -> AsyncIterator[tuple[str, list[Difference]]]:
    """Every case of the marketplace, by id, with what differs (an empty list where all is well)."""
    async for history in cases.histories(db, marketplace):
        case_id = history.case.case_id
        kept = await deadlines.of_case(db, marketplace, case_id)
        booked = await _booked(db, marketplace, case_id)
        yield case_id, list(differences(history, kept, booked))


def differences(
    history: History, kept: Sequence[StoredDeadline], booked: Sequence[LedgerEntry]
) -> Iterator[Difference]:
    """What is stored of one case otherwise than its events say."""
    row, events = history.case, history.events
    broken = first_break(row.case_id, ((e.seq, e.sealed, e.prev_hash, e.hash) for e in events))
    if broken is not None:
        yield Difference(row.case_id, f"hash of event {broken}", "does not follow", "from the event before it")
    try:
        case = folded(row.case_id, events)
    except Exception as defect:  # whatever stands in a tampered body, the report goes on with the next case
        yield Difference(row.case_id, "events", "cannot be folded", f"{type(defect).__name__}: {defect}")
        return
    yield from _columns_of_events(row.case_id, events)
    if events and row.last_hash != events[-1].hash:
        yield Difference(row.case_id, "last_hash", row.last_hash.hex(), events[-1].hash.hex())
    if row.revision != case.revision:
        yield Difference(row.case_id, "revision", str(row.revision), str(case.revision))
    yield from _state(row.case_id, row.state, case)
    yield from _fields(row.case_id, "column", row.projection, projection(case))
    yield from _deadlines(row.case_id, kept, deadline_rows(case))
    yield from _postings(row.case_id, booked, _expected_postings(row.case_id, events))


async def _booked(db: Database, marketplace: str, case_id: str) -> list[LedgerEntry]:
    found: list[LedgerEntry] = []
    after: str | None = None
    while page := await ledger.entries(db, marketplace, case_id=case_id, after=after, limit=PAGE):
        found += page
        after = page[-1].cursor
        if len(page) < PAGE:
            break
    return found


def _columns_of_events(case_id: str, events: Iterable[EventRow]) -> Iterator[Difference]:
    """The columns beside an event's body must repeat it."""
    for stored in events:
        event = decode_event(stored.body)
        again = (type_of(event), event.at, event.actor.role, event.actor.id, event.clauses)
        for name, said in zip(("type", "at", "actor_role", "actor_id", "clauses"), again, strict=True):
            if not is_sealed(str(said)):
                yield from _differs(case_id, f"event {stored.seq} {name}", getattr(stored, name), said)


def _state(case_id: str, stored: bytes, case: Case) -> Iterator[Difference]:
    try:
        yield from _fields(case_id, "state", decode_case(stored), case)
    except msgspec.DecodeError as defect:
        yield Difference(case_id, "state", "cannot be read", str(defect))


def _fields(case_id: str, what: str, stored: msgspec.Struct, again: msgspec.Struct) -> Iterator[Difference]:
    for name in stored.__struct_fields__:
        yield from _differs(case_id, f"{what} {name}", getattr(stored, name), getattr(again, name))


def _deadlines(case_id: str, kept: Iterable[StoredDeadline], rows: Iterable[DeadlineRow]) -> Iterator[Difference]:
    stored = {row.deadline_id: row for row in kept}
    for row in rows:
        found = stored.pop(row.deadline_id, None)
        if found is None:
            yield Difference(case_id, f"deadline {row.deadline_id}", "missing", row.state)
            continue
        state = "open" if found.state == "set_aside" else found.state
        yield from _differs(case_id, f"deadline {row.deadline_id} state", state, row.state)
        for name in ("kind", "party", "due_at"):
            what = f"deadline {row.deadline_id} {name}"
            yield from _differs(case_id, what, getattr(found, name), getattr(row, name))
        detail = canonical(msgspec.json.decode(found.detail)), canonical(msgspec.json.decode(row.detail))
        yield from _differs(case_id, f"deadline {row.deadline_id} derivation", *detail)
    for deadline_id, left in stored.items():
        yield Difference(case_id, f"deadline {deadline_id}", left.state, "missing")


def _expected_postings(case_id: str, events: Iterable[EventRow]) -> Iterator[PostingRow]:
    case: Case | None = None
    for row in events:
        event = decode_event(row.body)
        if case is None:
            assert isinstance(event, RequestFiled), "a folded case begins with a request"
            case = initial(case_id, event.order, event.pack, event.edition)
        yield from posting_rows(case, row.seq, event)
        case = evolve(case, event)


def _postings(case_id: str, booked: Iterable[LedgerEntry], rows: Iterable[PostingRow]) -> Iterator[Difference]:
    stored = {(entry.journal_id, entry.ordinal): _leg(entry) for entry in booked}
    for row in rows:
        what = f"posting {row.journal_id} leg {row.ordinal}"
        yield from _differs(case_id, what, stored.pop((row.journal_id, row.ordinal), "missing"), _leg(row))
    for (journal_id, ordinal), left in stored.items():
        yield Difference(case_id, f"posting {journal_id} leg {ordinal}", left, "missing")


def _leg(row: LedgerEntry | PostingRow) -> str:
    return f"{row.account} {row.amount:+d} {row.currency} for {row.purpose} by event {row.seq}"


def _differs(case_id: str, what: str, stored: object, again: object) -> Iterator[Difference]:
    if stored != again:
        yield Difference(case_id, what, _short(stored), _short(again))


def _short(value: object) -> str:
    text = canonical(value).decode() if isinstance(value, msgspec.Struct | tuple) else str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."
