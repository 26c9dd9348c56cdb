"""The hinge: the only way a case changes. Read the case, let the law decide, append what it answered.

`handle` does a command, `would` asks what it would do, `handle_many` lets the clock speak in many cases.
Two statements a command; the rules are the law's, the rows the store's, who may knock is access's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from heapq import heapify, heappop, heappush
from typing import Any

import msgspec
from msgspec import structs

from amends.answers import (
    Accepted,
    Answer,
    Became,
    Contended,
    Fate,
    KeyReused,
    Missing,
    Outdated,
    Poisoned,
    Preview,
    Receipt,
)
from amends.law import commands as c
from amends.law.actors import CLOCK, Actor
from amends.law.case import Case, initial
from amends.law.evolve import fold
from amends.law.facts import NOTHING, Known, Order, Upload, order_line
from amends.law.moves import decide
from amends.law.policy import Policy, in_force
from amends.law.refusal import Refused, says
from amends.proof.hashes import canonical
from amends.store import cases, ids, marketplaces, uploads
from amends.store.connect import Database
from amends.store.policies import Catalogue
from amends.store.rows import CaseRead, DueDeadline, IdempotencyRow, Outcome, StoredAnswer, UploadRow
from amends.store.written import Writing, decode_case, decode_event, folded

RETRIES = 3
SKEW = timedelta(seconds=2)
"""How far two servers' clocks may differ."""
BRINGS_ITEMS = (c.FileRequest, c.RejectRequest, c.OpenDispute, c.RefuseReturn, c.ReportRemedy, c.Appeal)
_decode_receipt = msgspec.json.Decoder(Receipt).decode
_decode_order = msgspec.json.Decoder(Order).decode


def utc_now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Hinge:
    """What the hinge turns on. `markets` maps a market to a pack; others take the pack made for them."""

    db: Database
    catalogue: Catalogue
    markets: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] = utc_now
    secrets: dict[str, bytes] = field(default_factory=dict, repr=False)
    turns: dict[str, asyncio.Lock] = field(default_factory=dict, repr=False)

    def policy_for(self, market: str, at: datetime) -> Policy | None:
        """The edition in force in a market at an instant."""
        pack = self.markets.get(market)
        if pack is None:
            return self.catalogue.in_force(market, at)
        return in_force([policy for policy in self.catalogue.policies if policy.pack.pack == pack], at)


async def handle(
    hinge: Hinge,
    marketplace: str,
    case_id: str,
    command: c.Command,
    actor: Actor,
    *,
    at: datetime | None = None,
    key: str | None = None,
    expected: int | None = None,
) -> Answer:
    """Do a command. `at`: the instant its door read; `key`: its Idempotency-Key; `expected`: a revision seen.

    A sandbox clock that stands takes the place of `at`. Raises `Poisoned` and, when the store is away, its errors.
    """
    known = await _known(hinge, marketplace, command, actor)
    claim = _claim(case_id, command, actor, key)
    at = at or hinge.clock()
    for _ in range(1 + RETRIES):
        read = await _read(hinge, marketplace, case_id, command, claim)
        if read.answered and claim:
            return await _again(hinge, marketplace, case_id, claim, read.answered)
        now = read.clock_at or _not_before_last_event(hinge, at, read)
        found = _find(hinge, case_id, command, read, now)
        if isinstance(found, Missing):
            return found
        before, policy = found
        if expected is not None and before.revision != expected:
            return Outdated(before.revision)
        events = decide(before, command, actor, now, policy, known)
        if isinstance(events, Refused):
            return events
        writing = Writing(before, read.last_hash)
        writing.add(events)
        append = writing.append(_receipt(claim, writing.case, len(events), now))
        [outcome] = await cases.append_events(hinge.db, marketplace, [append])
        if outcome.kind == "appended":
            return Accepted(writing.case, events, writing.case.revision, now)
        if outcome.kind == "poisoned":
            raise Poisoned(f"{c.name_of(command)} on case {case_id}: {outcome.error}")
        if outcome.kind == "stale":
            at = hinge.clock()
    return Contended()


async def would(
    hinge: Hinge,
    marketplace: str,
    case_id: str,
    command: c.Command,
    actor: Actor,
    *,
    at: datetime | None = None,
) -> Preview | Refused | Missing:
    """What a command would do now. Asks the same law on the same facts as `handle` and changes nothing."""
    known = await _known(hinge, marketplace, command, actor)
    at = at or hinge.clock()
    read = await _read(hinge, marketplace, case_id, command, None)
    found = _find(hinge, case_id, command, read, read.clock_at or at)
    if isinstance(found, Missing):
        return found
    before, policy = found
    events = decide(before, command, actor, read.clock_at or at, policy, known)
    if isinstance(events, Refused):
        return events
    return Preview(before, fold(before, events), events, read.clock_at or at)


async def handle_many(
    hinge: Hinge,
    marketplace: str,
    due: Sequence[DueDeadline],
    until: tuple[datetime, str],
    fires_at: Callable[[datetime], datetime],
    connection: Any,
    *,
    catching_up: bool = False,
) -> list[Fate]:
    """Let silence speak in many locked cases: each due deadline lapses, earliest first, all in one write.

    A case's next deadline is taken along, in its turn among the others, up to `until` (due_at, case_id).
    `fires_at` gives the instant for a due_at. What fails is reported and never stops the others.
    """
    silences = [_Silence(hinge, row) for row in due]
    turns = [(row.due_at, row.case_id, silence) for row, silence in zip(due, silences, strict=True)]
    heapify(turns)
    while turns:
        due_at, case_id, silence = heappop(turns)
        upcoming = silence.lapse(fires_at(due_at))
        if upcoming and (upcoming, case_id) <= until:
            heappush(turns, (upcoming, case_id, silence))
    appends = [silence.writing.append() for silence in silences if silence.lapsed and silence.writing]
    if not appends:
        return [fate for silence in silences for fate in silence.fates(None)]
    outcomes = await cases.append_events(hinge.db, marketplace, appends, connection=connection, catching_up=catching_up)
    became = {outcome.case_id: outcome for outcome in outcomes}
    return [fate for silence in silences for fate in silence.fates(became.get(silence.row.case_id))]


class _Silence:
    """One locked case while its due deadlines lapse, one after the other."""

    def __init__(self, hinge: Hinge, row: DueDeadline) -> None:
        self.hinge, self.row = hinge, row
        self.writing: Writing | None = None
        self.next = (row.due_at, row.deadline_id, row.kind)
        self.lapsed: list[tuple[datetime, str, str]] = []
        self.error: str | None = None

    def lapse(self, at: datetime) -> datetime | None:
        """Lapse the next deadline now; answers when the one after it is due, None if nothing follows."""
        try:
            if self.writing is None:
                self.writing = Writing(decode_case(self.row.state), self.row.last_hash)
            case = self.writing.case
            at = max(at, case.updated_at or at)
            events = decide(case, c.Lapse(self.next[1]), CLOCK, at, policy_of(self.hinge, case))
            if isinstance(events, Refused):
                self.error = f"refused: {says(events, 'en')}"
                return None
            self.writing.add(events)
        except Exception as defect:  # whatever it is, the other cases' deadlines must fire
            self.error = f"{type(defect).__name__}: {defect}"
            return None
        self.lapsed.append(self.next)
        later = [(d.due_at, d.id, d.kind) for d in self.writing.case.open_deadlines()]
        self.next = min((turn for turn in later if turn > self.next), default=self.next)
        return self.next[0] if self.next != self.lapsed[-1] else None

    def fates(self, outcome: Outcome | None) -> Iterator[Fate]:
        """What became of each deadline that had its turn; for rows the store rejects the first is blamed."""
        became: Became = "fired" if outcome and outcome.kind == "appended" else "later"
        for turn in self.lapsed:
            if outcome and outcome.kind == "poisoned" and turn == self.lapsed[0]:
                yield self._fate(turn, "failed", outcome.error)
            else:
                yield self._fate(turn, became)
        if self.error:
            yield self._fate(self.next, "failed", self.error)

    def _fate(self, turn: tuple[datetime, str, str], became: Became, error: str | None = None) -> Fate:
        due_at, deadline_id, kind = turn
        return Fate(self.row.case_id, deadline_id, kind, due_at, became, error)


async def case_id_of(hinge: Hinge, marketplace: str, order_id: str, line_id: str) -> str:
    """The id of an order line's case, whether or not it was opened yet."""
    if marketplace not in hinge.secrets:
        hinge.secrets[marketplace] = await marketplaces.secret(hinge.db, marketplace)
    return ids.case_id(hinge.secrets[marketplace], order_id, line_id)


async def now_of(hinge: Hinge, marketplace: str) -> datetime:
    """The marketplace's present: its sandbox clock where that stands, the hinge's clock otherwise."""
    place = await marketplaces.get(hinge.db, marketplace)
    return (place.clock_at if place else None) or hinge.clock()


def policy_of(hinge: Hinge, case: Case) -> Policy:
    """The edition a case is pinned to. LookupError when it is not installed here."""
    policy = hinge.catalogue.get(case.pack, case.edition)
    if policy is None:
        raise LookupError(f"case {case.id} rests on {case.pack}@{case.edition}, which is not installed")
    return policy


def _read(
    hinge: Hinge, marketplace: str, case_id: str, command: c.Command, claim: IdempotencyRow | None
) -> Awaitable[CaseRead]:
    order_id = command.order_id if isinstance(command, c.FileRequest) else None
    principal, key = (claim.principal, claim.key) if claim else (None, None)
    return cases.read_case(hinge.db, marketplace, case_id, order_id=order_id, principal=principal, key=key)


def _not_before_last_event(hinge: Hinge, at: datetime, read: CaseRead) -> datetime:
    """`at`, or the clock read again when the case has moved past it.

    What another server wrote has happened, so a clock that lags behind that server's a little takes its instant.
    """
    if read.last_at is None or read.last_at <= at:
        return at
    again = hinge.clock()
    return read.last_at if again < read.last_at < again + SKEW else again


def _find(
    hinge: Hinge, case_id: str, command: c.Command, read: CaseRead, at: datetime
) -> tuple[Case, Policy] | Missing:
    """The case as it stands, or the unopened case of the order line a request is about, and its policy."""
    if read.state is not None:
        case = decode_case(read.state)
        pinned = hinge.catalogue.get(case.pack, case.edition)
        return (case, pinned) if pinned else Missing("policy")
    if not isinstance(command, c.FileRequest):
        return Missing("case")
    if read.order is None:
        return Missing("order")
    line = order_line(command.order_id, _decode_order(read.order), command.line_id)
    if line is None:
        return Missing("line")
    policy = hinge.policy_for(line.market, at)
    if policy is None:
        return Missing("policy")
    return initial(case_id, line, policy.pack.pack, policy.pack.edition), policy


async def _known(hinge: Hinge, marketplace: str, command: c.Command, actor: Actor) -> Known:
    """The uploads a command names, those of its sender only: for the law anybody else's do not exist."""
    items = command.items if isinstance(command, c.SubmitEvidence) else ()
    items = command.evidence if isinstance(command, BRINGS_ITEMS) else items
    named = {item.upload for item in items if item.upload}
    if not named:
        return NOTHING
    sought = sorted(upload_id for upload_id in named if ids.parse_case_id(upload_id) == upload_id)
    rows = [await uploads.get(hinge.db, marketplace, upload_id) for upload_id in sought]
    own = [row for row in rows if row and (row.owner_role, row.owner_id) == (actor.role, actor.id)]
    return Known({row.upload_id: _upload(row) for row in own})


def _upload(row: UploadRow) -> Upload:
    return Upload(
        row.upload_id,
        row.sha256,
        row.size_bytes,
        row.media_type,
        row.name,
        row.received_at,
        row.owner_role,
        row.owner_id,
    )


def _claim(case_id: str, command: c.Command, actor: Actor, key: str | None) -> IdempotencyRow | None:
    """The idempotency row before there is an answer to put into it."""
    if key is None:
        return None
    fingerprint = sha256(canonical({"case": case_id, "command": command})).digest()
    return IdempotencyRow(f"{actor.role}:{actor.id}", key, fingerprint, 200, b"")


def _receipt(claim: IdempotencyRow | None, case: Case, events: int, at: datetime) -> IdempotencyRow | None:
    if claim is None:
        return None
    return structs.replace(claim, answer=canonical(Receipt(case.revision, events, at)))


async def _again(
    hinge: Hinge, marketplace: str, case_id: str, claim: IdempotencyRow, answered: StoredAnswer
) -> Accepted | KeyReused:
    """The answer given before: the case as it was then, folded from its events."""
    if answered.fingerprint != claim.fingerprint:
        return KeyReused()
    receipt = _decode_receipt(answered.answer)
    rows = (await cases.events_of(hinge.db, marketplace, case_id))[: receipt.revision]
    events = tuple(decode_event(row.body) for row in rows[-receipt.events :])
    return Accepted(folded(case_id, rows), events, receipt.revision, receipt.at, replayed=True)
