"""Chapter 3, files: what a ticket promises, bytes that follow or do not, the check's word, and covered copies.

A ticket fixes the instant that counts; the bytes may follow within the grace. What is not there, or was refused by the
check, proves nothing. Areas are covered for the other side alone: the original stays as it came.
Clauses: US-32, 33, 44, 78, 113; ID-4; readings G15, D3.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from amends.law import commands as k
from amends.law import events as e
from amends.law.actors import PARTIES
from amends.law.calendar import Derivation, derive
from amends.law.case import EVIDENCE_WINDOWS, Case, Deadline, Ended, Evidence, File
from amends.law.deadlines import started
from amends.law.facts import FileState, Upload
from amends.law.refusal import Refused
from amends.law.rule import Moment, Result, ending, instant, open_for

HERE: frozenset[FileState] = frozenset({"received", "clean"})
MOST_AREAS = 50
"""Areas covered on one piece, in all."""
FILING_WINDOWS = (*EVIDENCE_WINDOWS, "reply", "requested_evidence")


def handed_in(m: Moment, upload_id: str) -> File | Refused:
    """The file a piece names: there, or promised by a ticket whose grace still runs."""
    upload = m.known.uploads.get(upload_id)
    if upload is None:
        return Refused("unknown_reference", (), {"what": f"upload {upload_id}"})
    clauses = m.policy.windows.upload_grace.clauses
    if upload.checked == "refused":
        return Refused("file_refused", clauses, {"file": upload.name or upload.id})
    if not upload.arrived and m.at >= (until := _grace_ends(m, upload)):
        return Refused("window_closed", clauses, {"until": instant(until)})
    before = next((x.file for x in m.case.evidence if x.file and x.file.id == upload.id), None)
    state: FileState = upload.checked or ("received" if upload.arrived else "awaited")
    if upload.checked is None and before is not None and before.state in HERE:
        state = before.state
    return File(upload.id, upload.sha256, upload.size_bytes, upload.media_type, state, _taken_at(upload))


def _taken_at(upload: Upload) -> datetime:
    """The instant that counts for a file: its ticket's."""
    taken = upload.ticket_at or upload.received_at
    assert taken is not None, "a file has a ticket or has arrived"
    return taken


def _grace_ends(m: Moment, upload: Upload) -> datetime:
    return _grace(m, _taken_at(upload)).due_at


def _grace(m: Moment, taken_at: datetime) -> Derivation:
    """By when the bytes of a ticket are due."""
    window = m.policy.windows.upload_grace.window
    assert window is not None, "the grace has a length"
    return derive(taken_at, "ticket", window, m.policy.calendar)


def in_time_by_ticket(m: Moment, party: str, items: Iterable[k.Item]) -> bool:
    """Whether every piece is a file whose ticket was taken before the party's last window ended, its grace running."""
    ended = [d.due_at for d in m.case.deadlines if d.kind in FILING_WINDOWS and d.party == party
             and d.state != "ended" and d.due_at <= m.at]  # fmt: skip
    uploads = [m.known.uploads.get(item.upload) if item.upload else None for item in items]
    return bool(ended) and all(
        upload is not None and _taken_at(upload) < max(ended) and m.at < _grace_ends(m, upload) for upload in uploads
    )


def awaiting(m: Moment, events: tuple[e.Event, ...]) -> tuple[e.Event, ...]:
    """The events, those that bring promised files starting the clock by which each has to come."""
    return tuple(_awaiting(m, event) if brought(event) else event for event in events)


def brought(event: e.Event) -> tuple[Evidence, ...]:
    """The evidence an event brings into the case."""
    if isinstance(event, e.EvidenceSubmitted):
        return event.items
    items = getattr(event, "evidence", ())
    return tuple(item for item in items if isinstance(item, Evidence))


def _awaiting(m: Moment, event: e.Event) -> e.Event:
    awaited = {x.file.id: x for x in brought(event) if x.file is not None and x.file.state == "awaited"}
    new = [item for upload_id, item in awaited.items() if open_for(m.case, "upload", upload_id) is None]
    starts = tuple(_clock(m, item, nth) for nth, item in enumerate(new, start=1))
    return replace(event, starts=event.starts + starts) if starts else event


def _clock(m: Moment, item: Evidence, nth: int) -> Deadline:
    assert item.file is not None, "only files are awaited"
    assert item.file.ticket_at is not None, "a ticket has its instant"
    clauses = m.policy.windows.upload_grace.clauses
    grace = _grace(m, item.file.ticket_at)
    return started(m, "upload", item.party, grace, "file_missing", clauses, item.file.id, nth)


def note(m: Moment, command: k.NoteFile) -> Result:
    """The house says that a file arrived, or what the check made of it; one that comes after its grace is late."""
    clauses = m.policy.windows.upload_grace.clauses
    named = [x for x in m.case.evidence if x.file is not None and x.file.id == command.upload]
    if not named:
        return Refused("unknown_reference", (), {"what": f"evidence with the file {command.upload}"})
    state: FileState = "received" if command.state == "arrived" else command.state
    changed = [x for x in named if x.file is not None and _changes(x.file.state, state)]
    if not changed:
        return Refused("nothing_new", clauses, {"what": f"the file is already noted as {command.state}"})
    late = any(x.file is not None and x.file.state == "missing" for x in changed)
    return (e.FileNoted(at=m.at, actor=m.actor, clauses=clauses, ends=ending(m.case, "upload", subject=command.upload),
                        upload=command.upload, state=state, party=changed[0].party,  # type: ignore[arg-type]  # one of three
                        evidence=tuple(x.id for x in changed),
                        why=command.why if state == "refused" else None, late=late),)  # fmt: skip


def _changes(was: FileState, now: FileState) -> bool:
    """Whether a file's state changes: what was checked is not merely received again."""
    return was != now and not (now == "received" and was in ("clean", "refused"))


def lapse_upload(m: Moment, deadline: Deadline) -> Result:
    """A promised file did not come."""
    missed = tuple(x for x in m.case.evidence
                   if x.file is not None and x.file.id == deadline.subject and x.file.state == "awaited")  # fmt: skip
    assert deadline.subject is not None, "the clock of a file names it"
    assert deadline.party in PARTIES, "parties hand in files"
    return (e.FileMissing(at=m.at, actor=m.actor, clauses=deadline.clauses, ends=(Ended(deadline.id, "fired"),),
                          upload=deadline.subject, party=deadline.party,
                          evidence=tuple(x.id for x in missed)),)  # fmt: skip


def usable(item: Evidence) -> bool:
    """Whether there is anything of a piece to look at: words, a tracking number, or a file that is here."""
    return bool(item.text or item.tracking) or (item.file is not None and item.file.state in HERE)


def file_is_here(item: Evidence) -> bool:
    """Whether the piece has no file, or one whose bytes are here and were not refused."""
    return item.file is None or item.file.state in HERE


def file_is_clean(item: Evidence) -> bool:
    """Whether the piece has no file, or one that passed the check."""
    return item.file is None or item.file.state == "clean"


def redactable(item: Evidence) -> bool:
    """Whether a piece has pages that can be covered: a picture or a PDF."""
    kind = item.file.media_type if item.file is not None else ""
    return kind.startswith("image/") or kind == "application/pdf"


def may_redact(case: Case, role: str) -> tuple[Evidence, ...]:
    """The pieces this role may cover areas of: its own; an adjudicator's every one."""
    return tuple(x for x in case.evidence if redactable(x) and role in (x.party, "adjudicator"))


def redact(m: Moment, command: k.RedactEvidence) -> Result:
    """Cover areas for the other side; the original stays, for its owner and staff. [D3]"""
    clauses = m.policy.pack.rule_clauses.get("files.redact", ())
    item = next((x for x in m.case.evidence if x.id == command.evidence_id), None)
    if item is None or not redactable(item):
        return Refused("unknown_reference", clauses, {"what": f"picture or page {command.evidence_id}"})
    if m.actor.role not in (item.party, "adjudicator"):
        return Refused("not_your_turn", clauses, {"whose": f"the {item.party} handed this in"})
    if m.actor.role == "adjudicator" and not (command.statement or "").strip():
        return Refused("missing_rationale", clauses, {"what": "statement"})
    if any(a.left + a.width > 10_000 or a.top + a.height > 10_000 for a in command.areas):
        return Refused("amount_invalid", clauses, {"what": "an area lies within its page"})
    areas = tuple(dict.fromkeys(a for a in command.areas if a not in item.redactions))
    if not areas:
        return Refused("nothing_new", clauses, {"what": "these areas are already covered"})
    if len(item.redactions) + len(areas) > MOST_AREAS:
        return Refused("amount_invalid", clauses, {"what": f"at most {MOST_AREAS} areas of a piece are covered"})
    return (e.EvidenceRedacted(at=m.at, actor=m.actor, clauses=clauses, evidence_id=item.id, party=item.party,
                               areas=areas, statement=command.statement),)  # fmt: skip
