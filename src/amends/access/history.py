"""The history of a case as one caller sees it: every event with its clauses and hashes, nothing skipped.

An event the caller may not read keeps its place in the chain (`seq`, `at`, `hash`, `prev_hash`) and says `hidden`.
Staff read an event as it is stored; a party reads it without the other side's secrets and without names of staff.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from amends.access import erasure
from amends.access import shapes as s
from amends.access.ruling import appeal
from amends.access.sight import Sight
from amends.access.view import item, piece
from amends.law import events as e
from amends.law.actors import STAFF, Actor
from amends.law.case import AppealRecord, Deadline, Decision, Evidence, Recourse
from amends.law.facts import OrderLine

ENVELOPE = frozenset({"type", "at", "actor", "clauses"})
"""Fields of an event that are shown beside `data`, not in it."""
SHOP_MATTERS = (e.EnforcementApplied, e.EnforcementReversed, e.EnforcementExpired, e.RecourseAllocated)
CARRIER_HEARS = (e.RequestFiled, e.DisputeOpened, e.FactsUpdated, e.ReviewBegan, e.ProceedingsReported,
                 e.ProceedingsEnded, e.CaseClosed, e.LegalHoldPlaced, e.LegalHoldLifted,
                 e.PersonalDataErased)  # fmt: skip


class Recorded(Struct, frozen=True):
    """An event with its place in the case's chain; hashes are hexadecimal."""

    seq: int
    event: e.Event
    hash: str
    prev_hash: str | None


class ActorView(s.Shape, frozen=True):
    """Who acted; a person of the staff is a pseudonym to the parties, and the clock has no name."""

    role: str
    id: str | None
    name: str | None


class EventView(s.Shape, frozen=True):
    """One event of a case's history. `data` holds the fields of its `type`; a hidden event has neither."""

    seq: int
    at: datetime
    hash: str
    prev_hash: str | None
    type: str | UnsetType = UNSET
    actor: ActorView | UnsetType = UNSET
    clauses: tuple[str, ...] | UnsetType = UNSET
    data: dict[str, Any] | UnsetType = UNSET
    hidden: bool | UnsetType = UNSET


class Foreseen(s.Shape, frozen=True):
    """An event that has not happened: what a command would lead to."""

    type: str
    actor: ActorView
    clauses: tuple[str, ...]
    data: dict[str, Any]


def history(sight: Sight, recorded: Sequence[Recorded]) -> tuple[EventView, ...]:
    """Every event, in order, as the actor sees it."""
    return tuple(_event(one, sight) for one in recorded)


def foresee(sight: Sight, events: Iterable[e.Event]) -> tuple[Foreseen, ...]:
    """The events a command would lead to, those the actor could read."""
    return tuple(
        Foreseen(
            type=e.type_of(event),
            actor=_actor(event.actor, sight),
            clauses=event.clauses,
            data=_data(event, sight),
        )
        for event in events
        if _may_read(event, sight)
    )


def _event(one: Recorded, sight: Sight) -> EventView:
    event = one.event
    if not _may_read(event, sight):
        return EventView(seq=one.seq, at=event.at, hash=one.hash, prev_hash=one.prev_hash, hidden=True)
    return EventView(
        seq=one.seq,
        at=event.at,
        hash=one.hash,
        prev_hash=one.prev_hash,
        type=e.type_of(event),
        actor=_actor(event.actor, sight),
        clauses=event.clauses,
        data=_data(event, sight),
    )


def _may_read(event: e.Event, sight: Sight) -> bool:
    if sight.is_staff:
        return True
    if sight.is_carrier:
        return isinstance(event, CARRIER_HEARS) or _carriers_own(event)
    if isinstance(event, SHOP_MATTERS):
        return sight.shop_matters
    if isinstance(event, e.AppealLodged | e.AppealDecided):
        return sight.sees_appeal(event.appeal)
    return True


def _carriers_own(event: e.Event) -> bool:
    """A carrier reads its own acts and what was asked of carriers."""
    if event.actor.role == "carrier":
        return True
    if isinstance(event, e.FileNoted | e.FileMissing | e.EvidenceRedacted):
        return event.party == "carrier"
    return isinstance(event, e.EvidenceRequested) and event.request.party == "carrier"


def _actor(actor: Actor, sight: Sight) -> ActorView:
    if actor.role not in STAFF:
        own = sight.is_staff or actor.role == sight.actor.role
        named = actor.id if sight.both_sides or own else None
        return ActorView(role=actor.role, id=named, name=actor.name if own else None)
    if sight.is_staff:
        return ActorView(role=actor.role, id=actor.id, name=actor.name)
    name = sight.staff(actor.id) if actor.role == "adjudicator" else None
    return ActorView(role=actor.role, id=None, name=name)


def _data(event: e.Event, sight: Sight) -> dict[str, Any]:
    if sight.is_carrier and not _carriers_own(event):
        return {}
    told = {}
    for field in event.__struct_fields__:
        value = getattr(event, field)
        if not sight.is_staff and _for_staff(event, field, sight):
            continue
        if field not in ENVELOPE and value is not None and value != ():
            told[field] = value if sight.is_staff else _told(value, sight)
    told = {field: value for field, value in told.items() if value is not _SECRET and value != ()}
    return erasure.told(told, sight.locale) if sight.case.erased else told


def _for_staff(event: e.Event, field: str, sight: Sight) -> bool:
    """Why a record is held is the platform's own; what a check said of a file is its owner's."""
    if isinstance(event, e.LegalHoldPlaced | e.LegalHoldLifted):
        return field == "statement"
    return isinstance(event, e.FileNoted) and field == "why" and event.party != sight.actor.role


_SECRET = object()
"""What a value becomes that the actor may not learn of."""


def _told(value: Any, sight: Sight) -> Any:
    """A field's value as a party may read it."""
    if isinstance(value, tuple):
        told = (_told(one, sight) for one in value)
        return tuple(one for one in told if one is not _SECRET)
    teller = TELLERS.get(type(value))
    return value if teller is None else teller(value, sight)


def _deadline(deadline: Deadline, sight: Sight) -> Any:
    return deadline if sight.sees_deadline(deadline) else _SECRET


def _order(order: OrderLine, sight: Sight) -> Any:
    return {"order_id": order.order_id, "line_id": order.line.id, "item": item(sight.case),
            "fulfilment": order.fulfilment}  # fmt: skip


def _decision(decision: Decision, sight: Sight) -> Any:
    return msgspec.structs.replace(decision, adjudicator=sight.staff(decision.adjudicator), trace=())


def _recourse(recourse: Recourse, sight: Sight) -> Any:
    if not sight.shop_matters:
        return _SECRET
    return msgspec.structs.replace(recourse, by=sight.staff(recourse.by))


TELLERS: Mapping[type, Callable[[Any, Sight], Any]] = {
    AppealRecord: appeal,
    Deadline: _deadline,
    Decision: _decision,
    Evidence: piece,
    OrderLine: _order,
    Recourse: _recourse,
}
"""How each kind of value that may hold a secret is told to a party; every other value is told as it is."""
