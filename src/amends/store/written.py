"""What the events of a command change, as rows: the law's answers written down. Pure; the rows go to `cases`.

Also the way back: a case from its stored state, an event from its stored body, a case from all its events.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from amends.law.case import Case, Deadline, initial
from amends.law.events import AnyEvent, Event, RequestFiled, type_of
from amends.law.evolve import evolve, fold
from amends.law.notices import notices
from amends.law.postings import postings
from amends.proof.hashes import event_hash
from amends.proof.seal import seal_event
from amends.store.rows import (
    Append,
    DeadlineRow,
    EventRow,
    IdempotencyRow,
    OutboxRow,
    PostingRow,
    Projection,
    UploadUse,
)
from amends.store.vault import CaseKeys

SAFETY = frozenset({"unsafe", "allergy"})
"""Reasons that go before others on the desk: somebody may come to harm."""

decode_case = msgspec.json.Decoder(Case).decode
decode_event = msgspec.json.Decoder(AnyEvent).decode
_encode = msgspec.json.Encoder().encode


class Writing:
    """A case as event after event changes it, and the rows of it. `last_hash` is the last stored event's."""

    def __init__(self, before: Case, last_hash: bytes | None, keys: CaseKeys) -> None:
        self.before = self.case = before
        self.last_hash = last_hash
        self.keys = keys
        self.events: list[EventRow] = []
        self._postings: list[PostingRow] = []
        self._outbox: list[OutboxRow] = []

    def add(self, events: Iterable[Event]) -> None:
        """Add the events of one decision, all or (when one cannot be) none."""
        case, last_hash = self.case, self.last_hash
        rows, legs, outbox = list[EventRow](), list[PostingRow](), list[OutboxRow]()
        for event in events:
            after = evolve(case, event)
            rows.append(event_row(case.id, after.revision, event, last_hash, self.keys))
            legs.extend(posting_rows(case, after.revision, event))
            outbox.extend(outbox_rows(after, event))
            case, last_hash = after, rows[-1].hash
        self.case, self.last_hash = case, last_hash
        self.events += rows
        self._postings += legs
        self._outbox += outbox

    def append(self, answer: IdempotencyRow | None = None, *, at: datetime | None = None) -> Append:
        """Everything to write, at the instant of the last event, or later: `at`."""
        state = self.keys.seal_state(self.case.revision, encode_case(self.case))
        return Append(
            case_id=self.case.id,
            expected_revision=self.before.revision,
            at=max(at or self.events[-1].at, self.events[-1].at),
            events=tuple(self.events),
            state=state,
            projection=projection(self.case),
            deadlines=changed_deadlines(self.before, self.case),
            postings=tuple(self._postings),
            outbox=tuple(self._outbox),
            idempotency=answer,
            key_generation=self.keys.generation,
            keys=tuple(self.keys.made),
            uses=upload_uses(self.before, self.case),
        )


def encode_case(case: Case) -> bytes:
    """The case's state as JSON; the store keeps it sealed."""
    return _encode(case)


def event_row(case_id: str, seq: int, event: Event, last_hash: bytes | None, keys: CaseKeys) -> EventRow:
    """The event as it is stored: sealed, and the hash of what is sealed chained to the one before it."""
    actor = event.actor
    sealed, openings = seal_event(case_id, seq, event, keys.of)
    digest = event_hash(case_id, seq, last_hash, sealed)
    return EventRow(
        seq, type_of(event), event.at, actor.role, actor.id, event.clauses, b"", digest, last_hash, sealed, openings
    )


def upload_uses(before: Case, after: Case) -> tuple[UploadUse, ...]:
    """The files that new evidence brought into the case; evidence is only ever added at the end."""
    if after.evidence is before.evidence:
        return ()
    added = after.evidence[len(before.evidence) :]
    return tuple(UploadUse(item.file.id, item.id) for item in added if item.file is not None)


def posting_rows(before: Case, seq: int, event: Event) -> Iterator[PostingRow]:
    """The legs of the journals an event books; a journal is named after its event: `7.1`, `7.2`."""
    for number, journal in enumerate(postings(before, event), start=1):
        for ordinal, leg in enumerate(journal.legs):
            yield PostingRow(
                f"{seq}.{number}", ordinal, leg.account, journal.currency, leg.amount, seq, journal.purpose
            )


def outbox_rows(after: Case, event: Event) -> Iterator[OutboxRow]:
    """The notices an event gives, addressed to roles."""
    for notice in notices(after, event):
        yield OutboxRow(after.revision, notice.kind, _encode({"to": notice.to}))


def changed_deadlines(before: Case, after: Case) -> tuple[DeadlineRow, ...]:
    """Rows of the deadlines that began, ended, moved, stopped or went on between two states of a case."""
    standing, was_standing = _stands(after), _stands(before)
    if after.deadlines is before.deadlines and standing == was_standing:
        return ()
    old = {deadline.id: deadline for deadline in before.deadlines}
    return tuple(
        _deadline_row(deadline, standing)
        for deadline in after.deadlines
        if standing != was_standing or old.get(deadline.id) is not deadline
    )


def deadline_rows(case: Case) -> list[DeadlineRow]:
    """Every deadline of the case as it is stored."""
    standing = _stands(case)
    return [_deadline_row(deadline, standing) for deadline in case.deadlines]


def projection(case: Case) -> Projection:
    """The columns the case is found by."""
    order = case.order
    assert case.opened_at is not None, "only an opened case is stored"
    assert case.updated_at is not None, "a case is as old as its last event"
    return Projection(
        order_id=order.order_id,
        line_id=order.line.id,
        buyer_id=order.buyer.id,
        seller_id=order.seller.id,
        stage=case.stage,
        pack=case.pack,
        edition=case.edition,
        currency=order.currency,
        paid=case.paid,
        refunded=case.refunded,
        opened_at=case.opened_at,
        updated_at=case.updated_at,
        claim_id=case.claim_id,
        carrier_id=order.fulfilment.carrier.lower() if order.fulfilment.carrier else None,
        closed_as=case.closed_as,
        reason=case.reason,
        scenario=case.scenario,
        assigned_to=case.assigned_to,
        assigned_until=case.assigned_until,
        next_due_at=_next_due(case),
        priority=int(case.reason in SAFETY),
    )


def folded(case_id: str, rows: Iterable[EventRow]) -> Case:
    """The case that its stored events make. ValueError when they do not begin with a request."""
    events = [decode_event(row.body) for row in rows]
    if not events or not isinstance(first := events[0], RequestFiled):
        raise ValueError(f"case {case_id} does not begin with a request")
    return fold(initial(case_id, first.order, first.pack, first.edition), events)


def _next_due(case: Case) -> datetime | None:
    """When something next falls due in the case; how long its record is kept is nobody's turn."""
    running = () if _stands(case) else case.open_deadlines()
    return min((d.due_at for d in running if d.kind != "retention"), default=None)


def _stands(case: Case) -> bool:
    """Whether the case's clocks stand still (outside proceedings)."""
    return case.stage == "suspended"


def _deadline_row(deadline: Deadline, standing: bool) -> DeadlineRow:
    # A deadline of a suspended case must not be found due; it opens again, later, when the case goes on.
    state = "ended" if standing and deadline.state == "open" else deadline.state
    return DeadlineRow(deadline.id, deadline.kind, deadline.party, deadline.due_at, state, _encode(deadline.derivation))
