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
from typing import Any, Union

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
from amends.proof.personal import author_of
from amends.store import cases, checks, drafts, ids, marketplaces, uploads
from amends.store.connect import Database
from amends.store.policies import Catalogue
from amends.store.rows import CaseRead, DraftRow, DueDeadline, IdempotencyRow, Outcome, StoredAnswer, UploadRow
from amends.store.written import Writing, decode_case, decode_event, folded

RETRIES = 3
SKEW = timedelta(seconds=2)
"""How far two servers' clocks may differ."""
BRINGS_ITEMS = (c.FileRequest, c.RejectRequest, c.OpenDispute, c.RefuseReturn, c.ReportRemedy, c.Appeal)
GIVES_EVIDENCE = ("submit_evidence", "decline_evidence")
A_MOMENT = timedelta(microseconds=1)
"""The shortest time there is: a draft is filed this long before its deadline."""
decode_command = msgspec.json.Decoder(Union[tuple(c.COMMANDS.values())]).decode  # noqa: UP007  # made from a table
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
    asked = _claim(case_id, command, actor, key)
    at = at or hinge.clock()
    for _ in range(1 + RETRIES):
        read = await _read(hinge, marketplace, case_id, command, asked)
        claim = _marked(asked, actor, read)
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
        writing = Writing(before, read.last_hash, read.keys)
        writing.add(events)
        append = writing.append(_receipt(claim, writing.case, len(events), now))
        [outcome] = await cases.append_events(hinge.db, marketplace, [append])
        if outcome.kind == "appended":
            return Accepted(writing.case, events, writing.case.revision, now, head=append.events[-1].hash)
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
    `fires_at` gives the instant for a due_at. What fails is reported and never stops the others. Drafts that were to
    file themselves are decided first, each just before its own deadline.
    """
    silences = [_Silence(hinge, row, [await _prepared(hinge, marketplace, d) for d in row.drafts]) for row in due]
    turns = [(row.due_at, row.case_id, silence) for row, silence in zip(due, silences, strict=True)]
    heapify(turns)
    while turns:
        due_at, case_id, silence = heappop(turns)
        upcoming = silence.lapse(fires_at(due_at))
        if upcoming and (upcoming, case_id) <= until:
            heappush(turns, (upcoming, case_id, silence))
    appends = [silence.writing.append(at=silence.at) for silence in silences if silence.lapsed and silence.writing]
    if not appends:
        return [fate for silence in silences for fate in silence.fates(None)]
    outcomes = await cases.append_events(hinge.db, marketplace, appends, connection=connection, catching_up=catching_up)
    became = {outcome.case_id: outcome for outcome in outcomes}
    for silence in silences:
        if silence.tried and (outcome := became.get(silence.row.case_id)) and outcome.kind == "appended":
            await silence.settle(marketplace, connection)
    return [fate for silence in silences for fate in silence.fates(became.get(silence.row.case_id))]


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """A draft that is to file itself, ready for the law; without a command where its words no longer are one."""

    draft: DraftRow
    actor: Actor
    command: c.Command | None
    known: Known


class _Silence:
    """One locked case while its due deadlines lapse, one after the other, and its drafts file themselves before."""

    def __init__(self, hinge: Hinge, row: DueDeadline, prepared: Sequence[_Prepared] = ()) -> None:
        self.hinge, self.row, self.prepared = hinge, row, prepared
        self.writing: Writing | None = None
        self.at: datetime | None = None
        self.tried: dict[_Prepared, Refused | str | None] = {}
        self.answered: set[str] = set()
        self.next = (row.due_at, row.deadline_id, row.kind)
        self.lapsed: list[tuple[datetime, str, str]] = []
        self.error: str | None = None

    def lapse(self, at: datetime) -> datetime | None:
        """Lapse the next deadline now; answers when the one after it is due, None if nothing follows."""
        try:
            if self.writing is None:
                self.writing = Writing(decode_case(self.row.state), self.row.last_hash, self.row.keys)
            self.at = at
            self._file_drafts(self.writing, at)
            case = self.writing.case
            at = max(at, case.updated_at or at)
            if self.next[1] not in self.answered:
                events = decide(case, self._spoken(case), CLOCK, at, policy_of(self.hinge, case))
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

    def _spoken(self, case: Case) -> c.Command:
        """What the clock says of the next deadline: that it lapses, or that the file came in time, unannounced."""
        due_at, deadline_id, kind = self.next
        if kind == "upload":
            upload_id = next((d.subject for d in case.open_deadlines("upload") if d.id == deadline_id), None)
            came = self.row.arrived.get(upload_id) if upload_id else None
            if upload_id and came and came < due_at:
                self.answered.add(deadline_id)
                return c.NoteFile(upload_id, "arrived")
        return c.Lapse(deadline_id)

    def _file_drafts(self, writing: Writing, at: datetime) -> None:
        """Decide the drafts of open deadlines due before `at`, each the moment before its deadline, soonest first.

        A deadline that a draft ends is answered and does not lapse.
        """
        while (turn := self._next_draft(writing.case, at)) is not None:
            due_at, one = turn
            was_open = {deadline.id for deadline in writing.case.open_deadlines()}
            in_time = max(due_at - A_MOMENT, writing.case.updated_at or due_at - A_MOMENT)
            self.tried[one] = self._file(writing, one, in_time)
            self.answered |= was_open - {deadline.id for deadline in writing.case.open_deadlines()}

    def _file(self, writing: Writing, one: _Prepared, at: datetime) -> Refused | str | None:
        """File a draft; answers why not, None when it was done. Whatever it is, the deadline must lapse after it."""
        if one.command is None:
            return "does_not_fit"
        try:
            known = _taken_by(one.known, at)
            events = decide(writing.case, one.command, one.actor, at, policy_of(self.hinge, writing.case), known)
            if isinstance(events, Refused):
                return events
            writing.add(events)
        except Exception:
            return "defect"
        return None

    def _next_draft(self, case: Case, at: datetime) -> tuple[datetime, _Prepared] | None:
        due = {d.id: d.due_at for d in case.open_deadlines() if d.due_at - A_MOMENT < at}
        ready = [
            (due[one.draft.deadline_id], one)
            for one in self.prepared
            if one.draft.deadline_id in due and one not in self.tried and not overtaken(case, one.draft)
        ]
        return min(ready, key=lambda turn: (turn[0], turn[1].draft.saved_at), default=None)

    async def settle(self, marketplace: str, connection: Any) -> None:
        """Write down what became of the drafts that had their turn."""
        for one, refused in self.tried.items():
            why = canonical({"code": refused} if isinstance(refused, str) else refused) if refused else None
            at = self.at or one.draft.saved_at
            await drafts.settle(connection, marketplace, one.draft, self.row.keys, at, why)

    def fates(self, outcome: Outcome | None) -> Iterator[Fate]:
        """What became of each deadline that had its turn; for rows the store rejects the first is blamed."""
        done = outcome is not None and outcome.kind == "appended"
        for turn in self.lapsed:
            became: Became = "later" if not done else "answered" if turn[1] in self.answered else "fired"
            if outcome and outcome.kind == "poisoned" and turn == self.lapsed[0]:
                yield self._fate(turn, "failed", outcome.error)
            else:
                yield self._fate(turn, became)
        if self.error:
            yield self._fate(self.next, "failed", self.error)

    def _fate(self, turn: tuple[datetime, str, str], became: Became, error: str | None = None) -> Fate:
        due_at, deadline_id, kind = turn
        return Fate(self.row.case_id, deadline_id, kind, due_at, became, error)


async def _prepared(hinge: Hinge, marketplace: str, draft: DraftRow) -> _Prepared:
    """A draft's command, its author and the files of its author that it names."""
    actor = Actor(draft.role, draft.author_id)  # type: ignore[arg-type]  # a party
    try:
        command = decode_command(draft.body)
    except msgspec.MsgspecError:
        return _Prepared(draft, actor, None, NOTHING)
    return _Prepared(draft, actor, command, await _known(hinge, marketplace, command, actor))


def handed_in(case: Case, role: str) -> int:
    """How many pieces a party has handed in or declined: a draft of evidence is overtaken when there are more."""
    given = sum(one.party == role for one in case.evidence)
    return given + sum(one.party == role for one in case.declined)


def overtaken(case: Case, draft: DraftRow) -> bool:
    """Whether the author has given other evidence since a draft of evidence was saved: then it never files itself."""
    return draft.command in GIVES_EVIDENCE and handed_in(case, draft.role) != draft.given


async def case_id_of(hinge: Hinge, marketplace: str, order_id: str, line_id: str) -> str:
    """The id of an order line's case, whether or not it was opened yet."""
    return ids.case_id(await secret_of(hinge, marketplace), order_id, line_id)


async def secret_of(hinge: Hinge, marketplace: str) -> bytes:
    """The marketplace's secret, asked for once. Raises `LookupError` for an unknown marketplace."""
    if marketplace not in hinge.secrets:
        hinge.secrets[marketplace] = await marketplaces.secret(hinge.db, marketplace)
    return hinge.secrets[marketplace]


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
    """The uploads a command names, those of its sender only: for the law others' and erased ones do not exist."""
    items = command.items if isinstance(command, c.SubmitEvidence) else ()
    items = command.evidence if isinstance(command, BRINGS_ITEMS) else items
    named = {item.upload for item in items if item.upload}
    if not named:
        return NOTHING
    sought = sorted(upload_id for upload_id in named if ids.parse_case_id(upload_id) == upload_id)
    rows = [await uploads.get(hinge.db, marketplace, upload_id) for upload_id in sought]
    own = [row for row in rows if row and (row.owner_role, row.owner_id) == (actor.role, actor.id) and not row.erased]
    seen = await checks.state_of(hinge.db, marketplace, [row.upload_id for row in own])
    return Known({row.upload_id: _upload(row, seen.get(row.upload_id)) for row in own})


def _taken_by(known: Known, at: datetime) -> Known:
    """What was announced by an instant: an id can be foreseen, so a draft may name a file that came after its time."""
    return Known(
        {one.id: one for one in known.uploads.values() if (taken := one.ticket_at or one.received_at) and taken <= at}
    )


def _upload(row: UploadRow, check: checks.CheckRow | None) -> Upload:
    checked = checks.OUTCOMES.get(check.state) if check is not None else None
    return Upload(
        row.upload_id,
        row.sha256,
        row.size_bytes,
        row.media_type,
        row.name,
        row.received_at,
        row.owner_role,
        row.owner_id,
        row.ticket_at,
        row.received_at is not None,
        checked,
    )


def _claim(case_id: str, command: c.Command, actor: Actor, key: str | None) -> IdempotencyRow | None:
    """The idempotency row before there is an answer to put into it."""
    if key is None:
        return None
    fingerprint = sha256(canonical({"case": case_id, "command": command})).digest()
    return IdempotencyRow(f"{actor.role}:{actor.id}", key, fingerprint, 200, b"")


def _marked(claim: IdempotencyRow | None, actor: Actor, read: CaseRead) -> IdempotencyRow | None:
    """The row with its fingerprint keyed: what a command said must not be guessable from it once it is erased."""
    if claim is None:
        return None
    return structs.replace(claim, fingerprint=read.keys.mark(author_of(actor), claim.fingerprint))


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
    case = folded(case_id, rows)
    return Accepted(case, events, receipt.revision, receipt.at, replayed=True, head=rows[-1].hash)
