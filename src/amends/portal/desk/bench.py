"""A2, the workbench: one case laid open for the person who decides it. A4, the review of an appeal, is the same bench
with the first decision frozen beside it and what is new marked.

Assembling only: what the law recommends is advice.py's, the evidence exhibits.py's, what was filled in saved.py's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs

from amends.access.history import ActorView, EventView
from amends.access.reused import reused
from amends.access.shapes import DeadlineView, DecisionView
from amends.law import commands as c
from amends.law.case import Case, is_pending
from amends.law.closed import why_not
from amends.law.desk import held_by_another
from amends.law.money import Money
from amends.law.refusal import Refused
from amends.law.rule import Moment
from amends.portal import refusals
from amends.portal.desk import advice as table
from amends.portal.desk import saved
from amends.portal.desk.exhibits import Exhibit, exhibits
from amends.portal.desk.outlook import Then, foreseen
from amends.portal.desk.sides import Said, said
from amends.portal.desk.tasks import TASKS
from amends.portal.reading import Failed, Seen, derived, events, seen
from amends.portal.route import STAFF, Address
from amends.portal.timeline import entries
from amends.portal.visit import Page, Visit
from amends.store import desk, desk_work
from amends.store.desk import Present
from amends.store.desk_work import Work

MOST_LEADS = 6
OF_THE_FORM = frozenset({"missing_findings", "missing_departure_reason", "missing_rationale", "amount_invalid"})
"""Refusals that a better filled form mends."""
OPEN_IN = ("under_review", "under_appeal", "gathering_evidence")


class Lock(msgspec.Struct, frozen=True):
    """Who holds the case until when, and who else looks at it. `barred` says why the visitor may not work on it."""

    holder: str | None
    until: datetime | None
    own: bool
    others: tuple[Present, ...]
    barred: str | None


class Bench(msgspec.Struct, frozen=True):
    """Everything the page shows beside the case itself."""

    found: Seen
    lock: Lock
    exhibits: tuple[Exhibit, ...]
    clock: DeadlineView | None
    late_since: datetime | None
    advice: table.Advice
    options: tuple[table.Option, ...]
    shown_advice: bool
    fields: dict[str, str]
    work: Work | None
    said: tuple[Said, ...]
    new: tuple[str, ...]
    first: DecisionView | None
    tasks: tuple[tuple[str, str, str | None], ...]
    deciding: str
    foreseen: Then | None
    came_back: str
    not_yet: str


async def show(visit: Visit) -> Page:
    """The workbench of a case."""
    return await page(visit, await seen(visit))


async def page(
    visit: Visit, found: Seen, faults: Mapping[str, str] | None = None, refused: Failed | None = None,
    fields: dict[str, str] | None = None, status: int = 200,
) -> Page:  # fmt: skip
    """The workbench, with what does not fit where something was sent."""
    bench = await laid(visit, found, fields)
    names = {"buyer": name_of(found, "buyer"), "seller": name_of(found, "seller")}
    await visit.count()
    return visit.page(
        "desk/case.html",
        status,
        active="queue",
        found=found,
        shown=found.shown,
        bench=bench,
        names=names,
        faults=dict(faults or {}),
        refused=refused,
        history=entries(_blind(bench, await events(visit, found)), names, visit.gettext),
        derived=derived(visit, found),
        domains=table.DOMAINS,
        remedies=table.REMEDIES,
        receives=lambda remedies: Money(table.receives(found.case, remedies), found.case.order.currency),
        done=visit.query.get("done", ""),
        wall=visit.hinge.clock(),
        place=await _place(visit, found.case.id),
        panes=panes(visit, bench.exhibits),
        leads=await _leads(visit, found, bench.exhibits),
        waiting=[
            one
            for one in await desk_work.waiting(visit.hinge.db, visit.marketplace, visit.actor.id)
            if one.case_id != found.case.id
        ],
        keys={name: task.key for name, task in TASKS.items() if task.key},
        why_not="",
    )


def _blind(bench: Bench, told: tuple[EventView, ...]) -> list[EventView]:
    """The history; in the review of an appeal without the names of those who decided before."""
    if bench.first is None:
        return list(told)
    return [_unnamed(one) for one in told]


def _unnamed(one: EventView) -> EventView:
    if not isinstance(one.actor, ActorView) or one.actor.role != "adjudicator":
        return one
    return structs.replace(one, actor=structs.replace(one.actor, name=None, id=None))


async def laid(visit: Visit, found: Seen, fields: dict[str, str] | None = None) -> Bench:
    """The bench of a case for this visitor. `fields`: what was just sent, in the place of what was kept."""
    work = await saved.of(visit, found.case.id) if visit.actor.role == "adjudicator" else None
    kept = fields if fields is not None else desk_work.sheet_of(work).fields
    appeal = next((one for one in found.case.appeals if is_pending(one)), None)
    new = appeal.evidence if appeal is not None else ()
    findings = saved.findings_of(kept) if kept else _first_findings(found, appeal is not None)
    told = table.advice(found.case, findings, found.policy)
    pieces = await exhibits(visit, found, new)
    shown = await _may_read_advice(visit, found, work)
    if shown and told.recommended.outcome is not None and appeal is None:
        advised = table.code_of(told.recommended.outcome, told.recommended.remedies)
        kept = {"option": advised} | kept
    return Bench(
        found=found,
        lock=await _lock(visit, found),
        exhibits=pieces,
        clock=clock_of(found),
        late_since=_late(found.case),
        advice=told,
        options=table.options(found.case, found.policy),
        shown_advice=shown,
        fields=kept | {f"finding-{name}": _text(value) for name, value in saved.given_findings(findings).items()},
        work=work,
        said=said(found, pieces, visit.gettext),
        new=new,
        first=found.shown.decisions[-1] if appeal is not None and found.shown.decisions else None,
        tasks=tuple(_tasks(visit, found)),
        deciding="decide_appeal" if found.case.stage == "under_appeal" else "decide",
        foreseen=await foreseen(visit, found, kept, told) if kept else None,
        came_back=_came_back(visit, found, work),
        not_yet=_not_yet(visit, found),
    )


def clock_of(found: Seen) -> DeadlineView | None:
    """The adjudicator's clock, or else the next one."""
    running = found.shown.deadlines
    own = [one for one in running if one.party == "adjudicator"]
    return next(iter(own or running), None)


def name_of(found: Seen, role: str) -> str:
    """What a party is called on the desk."""
    person = found.shown.buyer if role == "buyer" else found.shown.seller
    name = person.name if person is not None and isinstance(person.name, str) else None
    return name or (person.id if person is not None else role)


def panes(visit: Visit, pieces: tuple[Exhibit, ...]) -> dict[str, tuple[Exhibit, Any] | None]:
    """Which piece and page lies in each pane: as the address says, else the first with a picture."""
    found: dict[str, tuple[Exhibit, Any] | None] = {}
    for side in ("buyer", "seller"):
        own = [(one, sheet) for one in pieces if one.side == side for sheet in one.sheets]
        asked = visit.query.get(side, "")
        found[side] = next((each for each in own if f"{each[0].ref}.{each[1].page}" == asked), None) or next(
            iter(own), None
        )
    return found


async def _lock(visit: Visit, found: Seen) -> Lock:
    case, actor = found.case, visit.actor
    name = visit.session.person_name if visit.session else None
    looking = await desk.look_in(
        visit.hinge.db, visit.marketplace, case.id, actor.id, name, visit.hinge.clock()
    )  # fmt: skip
    held = case.assigned_to is not None and case.assigned_until is not None and found.at < case.assigned_until
    barred = held_by_another(Moment(case, actor, found.at, found.policy)) if actor.role == "adjudicator" else None
    return Lock(
        holder=case.assigned_to if held else None,
        until=case.assigned_until if held else None,
        own=held and case.assigned_to == actor.id,
        others=tuple(one for one in looking if one.staff_id != actor.id),
        barred=_in_words(visit, found, barred) if barred is not None else _same(visit, found),
    )


def _same(visit: Visit, found: Seen) -> str | None:
    """Why somebody may not decide the appeal of their own decision."""
    if visit.actor.role != "adjudicator" or found.case.stage != "under_appeal":
        return None
    refused = why_not(found.case, c.DecideAppeal("stands", "-"), visit.actor, found.at, found.policy)
    if refused is None or refused.code not in ("same_adjudicator", "conflict_of_interest"):
        return None
    return _in_words(visit, found, refused)


async def _may_read_advice(visit: Visit, found: Seen, work: Work | None) -> bool:
    """Whether the recommendation is shown: where the queue asks for one's own findings first, after they were saved."""
    which = "appeals" if found.case.stage == "under_appeal" else "disputes"
    first = (await desk.settings(visit.hinge.db, visit.marketplace)).get(which, False)
    return not first or visit.actor.role != "adjudicator" or (work is not None and work.findings_saved)


def _first_findings(found: Seen, appealed: bool) -> c.Findings:
    """What a bench begins with: nothing found; in an appeal, what the first decision found."""
    return found.case.decision.findings if appealed and found.case.decision else c.Findings()


def _in_words(visit: Visit, found: Seen, refused: Refused) -> str:
    return refusals.said(refused, visit.locale, found.zone, found.case.order.currency)


def _came_back(visit: Visit, found: Seen, work: Work | None) -> str:
    """Why a decision was refused when it was to go out, in words."""
    if work is None or work.refusal is None:
        return ""
    return _in_words(visit, found, msgspec.json.decode(work.refusal, type=Refused))


def _not_yet(visit: Visit, found: Seen) -> str:
    """Why nothing can be decided at this moment, whatever is written; empty where it can."""
    if visit.actor.role != "adjudicator":
        return ""
    asked: c.Command = c.Decide(c.Findings(), "-")
    if found.case.stage == "under_appeal":
        asked = c.DecideAppeal("stands", "-")
    refused = why_not(found.case, asked, visit.actor, found.at, found.policy)
    return _in_words(visit, found, refused) if refused is not None and refused.code not in OF_THE_FORM else ""


def _late(case: Case) -> datetime | None:
    """Since when the desk is late, where its clock has run out."""
    if case.stage not in OPEN_IN or any(d.party == "adjudicator" for d in case.open_deadlines()):
        return None
    gone = [d.due_at for d in case.deadlines if d.party == "adjudicator" and d.state == "fired"]
    return max(gone, default=None)


def _tasks(visit: Visit, found: Seen) -> list[tuple[str, str, str | None]]:
    """What else an adjudicator does here: command, icon, and why not where it is not open."""
    if visit.actor.role != "adjudicator":
        return []
    open_now = {one.command for one in found.shown.available_actions}
    made = list[tuple[str, str, str | None]]()
    for command, task in TASKS.items():
        if command in open_now:
            made.append((command, task.icon, None))
        elif task.always:
            refused = why_not(found.case, task.example, visit.actor, found.at, found.policy)
            why = _in_words(visit, found, refused) if refused is not None else None
            made.append((command, task.icon, why or visit.gettext("Not open at the moment.")))
    return made


async def _leads(visit: Visit, found: Seen, pieces: tuple[Exhibit, ...]) -> list[dict[str, Any]]:
    """Pictures of the case that stand elsewhere too, both laid side by side."""
    if not any(one.sheets for one in pieces):
        return []
    names = {one.piece.id: one for one in pieces}
    alike = await reused(visit.hinge.db, visit.marketplace, found.case, visit.locale)
    made = list[dict[str, Any]]()
    for one in alike.items:
        here = names.get(one.here.evidence_id)
        if one.lead and here is not None and len(made) < MOST_LEADS:
            made.append({
                "ref": here.ref, "says": one.says, "there": one.there, "shared": one.shared, "of": one.of,
                "here_src": f"/files/{one.here.upload}/w160?case={one.here.case_id}",
                "there_src": f"/files/{one.there.upload}/w160?case={one.there.case_id}",
            })  # fmt: skip
    return made


async def _place(visit: Visit, case_id: str) -> dict[str, Any]:
    """Where the case stands in the queue one came from: its number, how many, and the neighbours."""
    wanted = desk.Wanted(view="due", person=visit.actor.id, at=visit.now)
    rows, more = await desk.work(visit.hinge.db, visit.marketplace, wanted, limit=200)
    ids = [one.row.case_id for one in rows]
    if case_id not in ids:
        return {"at": None, "of": len(ids), "before": None, "after": ids[0] if ids else None}
    at = ids.index(case_id)
    return {
        "at": at + 1, "of": f"{len(ids)}{'+' if more else ''}",
        "before": ids[at - 1] if at else None, "after": ids[at + 1] if at + 1 < len(ids) else None,
    }  # fmt: skip


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def presence(visit: Visit) -> Page:
    """Who looks and who holds, asked again by the page every little while."""
    found = await seen(visit)
    return visit.page("desk/presence.html", lock=await _lock(visit, found), shown=found.shown, found=found)


ADDRESSES = (
    Address(method="GET", path="/desk/cases/{case_id:str}", name="bench", does=show, roles=STAFF),
    Address(method="GET", path="/desk/cases/{case_id:str}/presence", name="presence", does=presence, roles=STAFF),
)
