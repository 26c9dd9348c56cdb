"""Chapter 3, evidence: what is required from whom until when, late material, the right of reply, and the windows' end.

Late material is kept and marked, never lost; new material of the buyer after the seller filed gives the seller a reply.
Clauses: US-32, 33, 44 … 48, 78, 79, 81, 84, 85, 88 … 90, 94, 97, 98, 100, 104, 107, 110, 113, 114; ID-4 … ID-8.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from amends.law import commands as k
from amends.law import events as e
from amends.law.actors import PARTIES, Party
from amends.law.case import EVIDENCE_WINDOWS, Case, Deadline, Ended, Evidence, EvidenceRequest, next_id
from amends.law.deadlines import starting
from amends.law.files import FILING_WINDOWS, file_is_clean, file_is_here, handed_in, in_time_by_ticket, usable
from amends.law.policy import Material, Policy
from amends.law.refusal import Refused
from amends.law.rule import Moment, Result, ending, instant, open_for

DELIVERY = frozenset({"delayed", "lost", "damaged"})
"""Scenarios in which the carrier is heard (A26)."""


MOST_EVIDENCE = 200
"""Pieces a party may hand in over the whole case: a limit on everything."""


class ChecklistLine(msgspec.Struct, frozen=True):
    """One line of a party's checklist: any of `types` meets it; `due_at` while a window for it is open."""

    party: Party
    types: tuple[k.EvidenceType, ...]
    required: bool
    status: Literal["missing", "met", "declined"]
    due_at: datetime | None
    clauses: tuple[str, ...]
    example: Mapping[Literal["en", "id"], str]


def collect(m: Moment, items: tuple[k.Item, ...], *, late: bool = False) -> tuple[Evidence, ...] | Refused:
    """Turn items handed in into the case's evidence, or say what is wrong with one of them."""
    sent = sum(1 for item in m.case.evidence if item.party == m.actor.role)
    if sent + len(items) > MOST_EVIDENCE:
        clauses = m.policy.pack.rule_clauses.get("evidence.submit", ())
        return Refused("not_your_turn", clauses, {"whose": f"a party hands in at most {MOST_EVIDENCE} pieces"})
    have, made = len(m.case.evidence), list[Evidence]()
    for item in items:
        if item.text is None and item.upload is None and item.tracking is None:
            clauses = m.policy.pack.rule_clauses.get("evidence.submit", ())
            return Refused("missing_evidence", clauses, {"what": f"text, upload or tracking for {item.type}"})
        file = handed_in(m, item.upload) if item.upload is not None else None
        if isinstance(file, Refused):
            return file
        private = item.private or item.type in m.policy.pack.privacy.staff_only
        made.append(
            Evidence(
                next_id("e", have + len(made)),
                m.actor.role,  # type: ignore[arg-type]  # parties only, by the table
                m.actor.id,
                item.type,
                m.at,
                m.case.round,
                item.text,
                file,
                item.tracking,
                item.describes,
                private,
                late,
            )
        )
    return tuple(made)


def first_windows(m: Moment, scenario: k.Reason | str, visibility: str | None) -> tuple[Deadline, ...]:
    """The evidence windows a dispute opens: the buyer's by visibility, the seller's, the carrier's in delivery cases.

    The buyer's runs from filing (A22), the seller's and carrier's from notice, which is the same instant here (G14).
    """
    windows = m.policy.windows
    buyer = windows.buyer_evidence_hidden if visibility == "hidden" else windows.buyer_evidence_visible
    opened = [
        starting(m, "buyer_evidence", "buyer", buyer, "end_window", event="dispute_opened"),
        starting(m, "seller_evidence", "seller", windows.seller_evidence, "decide_on_buyer_material",
                 event="notice", clauses=m.policy.pack.silence.decide_on_buyer_material.clauses),
    ]  # fmt: skip
    if scenario in DELIVERY and open_for(m.case, "carrier_evidence") is None:
        opened.append(
            starting(m, "carrier_evidence", "carrier", windows.carrier_evidence, "end_window", event="notice")
        )
    return tuple(opened)


def submit(m: Moment, command: k.SubmitEvidence) -> Result:
    """Material of a party: in time it counts; late it is kept and marked; asked for, it answers the request."""
    party = m.actor.role
    answers = tuple(q.id for q in asked_of(m, party) if any(item.type in q.types for item in command.items))
    in_time = may_file(m, party) or bool(answers) or in_time_by_ticket(m, party, command.items)
    items = collect(m, command.items, late=not in_time)
    if isinstance(items, Refused):
        return items
    ends = list[Ended]()
    for q in answers:
        ends += ending(m.case, "requested_evidence", subject=q)
    if command.last:
        ends += own_windows(m.case, party)
    starts = () if not in_time else _replies(m, ends)
    clauses = submission_clauses(m, party)
    if starts:
        ends += ending(m.case, "decision") + tuple(
            Ended(d.id) for d in m.case.open_deadlines("reply") if d.party == "seller"
        )
    return (e.EvidenceSubmitted(at=m.at, actor=m.actor, clauses=clauses, starts=starts, ends=tuple(ends),
                                items=items, last=command.last, answers=answers),)  # fmt: skip


def decline(m: Moment, command: k.DeclineEvidence) -> Result:
    """ "We have none": of one type, or of everything, which ends the party's window (a waiver)."""
    party = m.actor.role
    asked = asked_of(m, party)
    answers = tuple(q.id for q in asked if command.type is None or set(q.types) <= {command.type})
    if not may_file(m, party) and not answers:
        return Refused("window_closed", submission_clauses(m, party), {"until": "-"})
    ends = [d for q in answers for d in ending(m.case, "requested_evidence", subject=q)]
    if command.type is None:
        ends += own_windows(m.case, party)
    return (e.EvidenceDeclined(at=m.at, actor=m.actor, clauses=submission_clauses(m, party), ends=tuple(ends),
                               party=party, evidence_type=command.type, statement=command.statement,  # type: ignore[arg-type]  # parties only
                               answers=answers),)  # fmt: skip


def may_file(m: Moment, party: str) -> bool:
    """Whether the party has an evidence or reply window open at this instant (half-open: in time is before its end)."""
    return any(d.party == party and m.at < d.due_at for d in m.case.open_deadlines(*EVIDENCE_WINDOWS, "reply"))


def asked_of(m: Moment, party: str) -> tuple[EvidenceRequest, ...]:
    """The adjudicator's requests to the party that may still be answered in time."""
    return tuple(
        q for q in m.case.evidence_requests
        if q.party == party and q.status == "open"
        and (d := open_for(m.case, "requested_evidence", q.id)) is not None and m.at < d.due_at
    )  # fmt: skip


def own_windows(case: Case, party: str) -> tuple[Ended, ...]:
    """The party's open evidence and reply windows, ended."""
    return tuple(Ended(d.id) for d in case.open_deadlines(*EVIDENCE_WINDOWS, "reply") if d.party == party)


def submission_clauses(m: Moment, party: str) -> tuple[str, ...]:
    """The clauses of a party's own window."""
    windows = m.policy.windows
    if party == "seller":
        return windows.seller_evidence.clauses
    if party == "carrier":
        return windows.carrier_evidence.clauses
    hidden = m.case.visibility == "hidden"
    return (windows.buyer_evidence_hidden if hidden else windows.buyer_evidence_visible).clauses


def _replies(m: Moment, ends: list[Ended]) -> tuple[Deadline, ...]:
    """Right of reply: each new piece of the buyer after the seller spoke can be answered for a time of its own."""
    if m.actor.role != "buyer" or m.case.stage not in ("gathering_evidence", "under_review"):
        return ()
    answering = open_for(m.case, "reply") is not None and open_for(m.case, "buyer_evidence") is None
    if answering and not asked_of(m, "buyer"):
        return ()  # an answer to the seller's material is the last word of this exchange
    if not _filed(m.case, "seller", m.case.round):
        return ()
    return (starting(m, "reply", "seller", m.policy.windows.reply, "end_reply", event="notice"),)


def _filed(case: Case, party: str, round_: int) -> bool:
    return any(item.party == party and item.round == round_ for item in case.evidence)


def request_evidence(m: Moment, command: k.RequestEvidence) -> Result:
    """The adjudicator asks a party for stated material; the party has its own window for it (US-48, ID-6, G4)."""
    rule = m.policy.windows.requested_evidence
    request_id = next_id("q", len(m.case.evidence_requests))
    deadline = starting(m, "requested_evidence", command.party, rule, "end_window", event="notice", subject=request_id)
    request = EvidenceRequest(request_id, command.party, command.types, command.statement, m.at, deadline.due_at)
    return (
        e.EvidenceRequested(
            at=m.at,
            actor=m.actor,
            clauses=rule.clauses,
            starts=(deadline,),
            ends=ending(m.case, "decision"),
            request=request,
        ),
    )


def admit(m: Moment, command: k.AdmitEvidence) -> Result:
    """Late material is weighed once admitted with a reason, and then the other side may answer it."""
    item = next((x for x in m.case.evidence if x.id == command.evidence_id), None)
    if item is None:
        return Refused("unknown_reference", (), {"what": f"evidence {command.evidence_id}"})
    if not item.late or item.admitted:
        return Refused("nothing_new", m.policy.windows.reply.clauses, {"what": "this evidence already counts"})
    other = "buyer" if item.party == "seller" else "seller"
    starts = (starting(m, "reply", other, m.policy.windows.reply, "end_reply", event="notice"),)
    before = tuple(Ended(d.id) for d in m.case.open_deadlines("reply") if d.party == other)
    return (e.EvidenceAdmitted(at=m.at, actor=m.actor, clauses=m.policy.windows.reply.clauses, starts=starts,
                               ends=ending(m.case, "decision") + before, evidence_id=item.id,
                               statement=command.statement),)  # fmt: skip


def contested(m: Moment) -> Refused | None:
    """A reply or a request for material is still open to somebody, or a file that counts is under way."""
    for deadline in (*m.case.open_deadlines("reply", "requested_evidence"), *under_way(m.case)):
        whose = f"the {deadline.party} has until {instant(deadline.due_at)}"
        return Refused("not_your_turn", deadline.clauses, {"whose": whose})
    return None


def under_way(case: Case) -> tuple[Deadline, ...]:
    """The clocks of promised files that would count: nothing is decided before they have come or failed to."""
    counting = {x.file.id for x in case.evidence if x.file is not None and counts(x)}
    return tuple(d for d in case.open_deadlines("upload") if d.subject in counting)


def lapse_window(m: Moment, deadline: Deadline) -> Result:
    """A window of evidence, reply or a request for material ended in silence."""
    return (e.DeadlineLapsed(at=m.at, actor=m.actor, clauses=deadline.clauses, ends=(Ended(deadline.id, "fired"),),
                             deadline_id=deadline.id),)  # fmt: skip


def checklist(case: Case, policy: Policy) -> tuple[ChecklistLine, ...]:
    """Every party's checklist for the case's scenario, with what is missing, met or declined."""
    if case.scenario is None:
        return ()
    return tuple(
        _line(case, party, item, clauses) for party in PARTIES for item, clauses in materials(case, party, policy)
    )


def materials(case: Case, party: Party, policy: Policy) -> list[tuple[Material, tuple[str, ...]]]:
    """What the checklist asks of a party, each with its clauses."""
    values = {
        "party": party,
        "scenario": case.scenario,
        "reason": case.reason,
        "visibility": case.visibility or "visible",
        "fulfilment": case.order.fulfilment.mode,
        "cosmetic": "cosmetic" in case.order.line.traits,
    }
    verdict = policy.checklist.decide(values)
    applied = {considered.row for considered in verdict.trace if considered.applied}
    return [(item, row.clauses) for row in policy.pack.checklist if row.id in applied for item in row.then.items]


def _line(case: Case, party: Party, item: Material, clauses: tuple[str, ...]) -> ChecklistLine:
    status, due_at = _status(case, party, item), _due(case, party, item)
    return ChecklistLine(party, item.types, item.required, status, due_at, clauses, item.example)


def _due(case: Case, party: Party, item: Material) -> datetime | None:
    """Until when a line can be met: the longest of the party's own windows and of requests for just this."""
    asked = {q.id for q in case.evidence_requests if q.party == party and set(q.types) & set(item.types)}
    own = (d for d in case.open_deadlines(*FILING_WINDOWS) if d.party == party)
    return max((d.due_at for d in own if d.kind != "requested_evidence" or d.subject in asked), default=None)


def _status(case: Case, party: Party, item: Material) -> Literal["missing", "met", "declined"]:
    if any(_meets(x, party, item) for x in case.evidence):
        return "met"
    if any(d.party == party and d.round == case.round and d.type in (None, *item.types) for d in case.declined):
        return "declined"
    return "missing"


def _meets(x: Evidence, party: Party, item: Material) -> bool:
    """A piece meets a line once its file, if it names one, is here and was not refused."""
    return x.party == party and x.type in item.types and counts(x) and file_is_here(x)


def counts(item: Evidence) -> bool:
    """Whether evidence may be weighed: in time, or admitted."""
    return not item.late or item.admitted


def buyer_material_complete(case: Case, policy: Policy) -> bool:
    """Whether the buyer sent something and all its required lines are met (A5: never a win for sending nothing).

    Nobody looks at an automatic decision's material first, so a file in it must have passed the check.
    """
    sent = [x for x in case.evidence if x.party == "buyer" and counts(x) and file_is_clean(x)]
    if not policy.pack.silence.needs_required_material.value:
        return bool(sent)
    required = [item for item, _ in materials(case, "buyer", policy) if item.required]
    return bool(sent) and all(any(_meets(x, "buyer", item) for x in sent) for item in required)


def seller_silent(case: Case) -> bool:
    """Whether the seller let its window pass in this round without ever sending material for the case."""
    windows = [d for d in case.deadlines if d.kind == "seller_evidence"]
    sent = any(x.party == "seller" and counts(x) and usable(x) for x in case.evidence)
    return bool(windows) and windows[-1].state == "fired" and not sent
