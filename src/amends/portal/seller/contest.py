"""Contesting as a list of tasks, each kept in the draft as it is done, then reviewed with what follows, and sent.

The same for answering a request (why not, with evidence) and for evidence in a dispute. Nothing leaves the shop before
the review; what was reviewed is what is sent, once.
"""

from typing import NamedTuple

from msgspec import structs

from amends.handle import decode_command
from amends.law import commands as c
from amends.portal import acting
from amends.portal.attached import attached
from amends.portal.reading import Failed, Seen, act, foresee, seen
from amends.portal.route import Address
from amends.portal.seller import draft, pieces
from amends.portal.seller.answer import why_not
from amends.portal.seller.draft import Kind, Plan
from amends.portal.seller.shop import SELLER
from amends.portal.seller.tasks import ANYTHING, Task, others, tasks
from amends.portal.seller.texts import filled, texts_of
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import N_

WORDS, REVIEW = "words", "review"


class Work(NamedTuple):
    """One kind of list of tasks: its command, its page's name, and what it is called."""

    command: Kind
    page: str
    title: str
    lead: str


WORKS = {
    "contest": Work(
        "reject_request", "contest", N_("Contest the request"),
        N_("Say why, and show it. The buyer reads your answer and may then ask us to decide."),
    ),
    "evidence": Work(
        "submit_evidence", "evidence", N_("Send evidence"),
        N_("Show us your side. We decide by what both sides sent."),
    ),
}  # fmt: skip


async def show(visit: Visit) -> Page:
    """The list of tasks."""
    work, found = await _asked(visit)
    return await _list(visit, work, found, await draft.plan_of(visit, found, work.command))


async def choose(visit: Visit) -> Page:
    """What the list's own form chooses: that the draft sends itself, that this is all; or the draft is thrown away."""
    work, found = await _asked(visit)
    if visit.form.get("step") == "drop":
        await draft.drop(visit, found, work.command)
        return visit.to(_at(found, work))
    plan = await draft.plan_of(visit, found, work.command)
    plan = structs.replace(
        plan, files_itself=visit.form.get("itself") == "yes", last=visit.form.get("last") == "yes"
    )  # fmt: skip
    if not await draft.keep(visit, found, plan):
        return await _list(visit, work, found, plan, being_filed=True)
    return visit.to(_at(found, work))


async def task(visit: Visit) -> Page:
    """One task, or the review."""
    work, found = await _asked(visit)
    plan = await draft.plan_of(visit, found, work.command)
    if visit.path["task"] == REVIEW:
        return await _review(visit, work, found, plan)
    return await _task(visit, work, found, plan, {})


async def do(visit: Visit) -> Page:
    """A task that was done, a piece taken out again, or the review sent."""
    work, found = await _asked(visit)
    if visit.path["task"] == REVIEW:
        return await _send(visit, work, found)
    plan = await draft.plan_of(visit, found, work.command)
    if visit.form.get("step") == "none":
        return await _have_none(visit, work, found, plan)
    plan, faults = await _changed(visit, work, found, plan)
    kept = await draft.keep(visit, found, plan)
    plan = await draft.plan_of(visit, found, work.command) if kept else plan
    if visit.form.get("step") == "auto":
        return visit.page("seller/saved.html", 200 if kept else 409, plan=plan, found=found, kept=kept)
    if faults or not kept or "drop" in visit.form or found.action(work.command) is None:
        return await _task(visit, work, found, plan, faults, kept=kept, status=422 if faults else 200 if kept else 409)
    return visit.to(_at(found, work))


async def _changed(visit: Visit, work: Work, found: Seen, plan: Plan) -> tuple[Plan, dict[str, str]]:
    """The plan with what the form of this task says."""
    name = visit.path["task"]
    if name == WORDS and work.command == "reject_request":
        return draft.with_words(plan, {"statement": visit.form.get("statement", "")[:8000]}), {}
    types = _types(found, plan, name)
    items, faults = await pieces.changed(visit, plan.items, types)
    return structs.replace(plan, items=items), faults


def _types(found: Seen, plan: Plan, name: str) -> tuple[c.EvidenceType, ...]:
    """Which types of evidence a task may hold. Lost where there is no such task."""
    if name == ANYTHING:
        asked = {kind for one in tasks(found.shown, ()) for kind in one.types}
        return tuple(kind for kind in pieces.ALL_TYPES if kind not in asked)
    task = _named(found, plan, name)
    if task is None:
        raise Lost(404)
    return task.types


def _named(found: Seen, plan: Plan, name: str) -> Task | None:
    return next((one for one in tasks(found.shown, plan.items) if one.name == name), None)


async def _have_none(visit: Visit, work: Work, found: Seen, plan: Plan) -> Page:
    """ "I do not have this": said to the house at once, for the lines of the checklist in a dispute."""
    task = _named(found, plan, visit.path["task"])
    if task is None or work.command != "submit_evidence":
        raise Lost(404)
    command = c.DeclineEvidence(task.types[0], visit.form.get("statement", "")[:8000] or None)
    done = await act(visit, found.case.id, command)
    if isinstance(done, Failed):
        return await _task(visit, work, await seen(visit), plan, {"form": done.says}, status=409)
    return visit.to(_at(found, work))


async def _list(visit: Visit, work: Work, found: Seen, plan: Plan, *, being_filed: bool = False) -> Page:
    shown_tasks = tasks(found.shown, plan.items)
    return visit.page(
        "seller/tasks.html",
        409 if being_filed else 200,
        found=found,
        work=work,
        plan=plan,
        tasks=shown_tasks,
        extra=others(found.shown, plan.items),
        done=sum(one.status in ("done", "sent", "unavailable") for one in shown_tasks) + _words_done(work, plan),
        of=len(shown_tasks) + (work.command == "reject_request"),
        whole=draft.command_in(visit, plan) is not None,
        due_at=draft.files_itself_at(found, work.command),
        open=found.action(work.command),
        why_not=why_not(visit, found, work.command),
        clock=_clock(found, work),
        being_filed=being_filed,
    )


def _words_done(work: Work, plan: Plan) -> int:
    return int(work.command == "reject_request" and bool(plan.statement))


def _clock(found: Seen, work: Work) -> object:
    due_at = draft.files_itself_at(found, work.command)
    return next((one for one in found.shown.deadlines if one.party == "seller" and one.due_at == due_at), None)


async def _task(
    visit: Visit, work: Work, found: Seen, plan: Plan, faults: dict[str, str], *, kept: bool = True, status: int = 200
) -> Page:
    name = visit.path["task"]
    is_words = name == WORDS and work.command == "reject_request"
    types = () if is_words else _types(found, plan, name)
    own = [item for item in plan.items if item.type in types]
    words_of = next((item for item in own if pieces.is_words(item)), None)
    return visit.page(
        "seller/task.html",
        status,
        found=found,
        work=work,
        plan=plan,
        name=name,
        task=None if is_words else _named(found, plan, name),
        types=types,
        own=own,
        words_of=words_of,
        tracked=next((item.tracking for item in own if item.tracking is not None), None),
        files=await attached(visit, [item.upload for item in own if item.upload]),
        faults=faults,
        kept=kept,
        given=visit.form if faults else {},
        late=why_not(visit, found, work.command),
        clock=_clock(found, work),
        texts=texts_of(visit.chosen),
        filled=filled,
    )


async def _review(visit: Visit, work: Work, found: Seen, plan: Plan, failed: Failed | None = None) -> Page:
    command = draft.command_in(visit, plan)
    if command is not None and work.command == "submit_evidence" and not plan.items:
        command = None
    would = await foresee(visit, found.case.id, command) if command is not None else None
    refused = failed or (would if isinstance(would, Failed) else None)
    return visit.page(
        "seller/review.html",
        409 if failed else 200,
        found=found,
        work=work,
        plan=plan,
        files=await attached(visit, [item.upload for item in plan.items if item.upload]),
        tasks=tasks(found.shown, plan.items),
        body=draft.body_of(command) if command is not None else "",
        then=acting.consequence(visit, found.shown, would.shown) if isinstance(would, Seen) else None,
        refused=refused,
        late=why_not(visit, found, work.command) if refused else None,
    )


async def _send(visit: Visit, work: Work, found: Seen) -> Page:
    """Send what was reviewed; a second press finds it sent. What is refused is kept, with the rule that refused it."""
    try:
        command = decode_command(visit.form.get("body", ""))
    except ValueError:
        raise Lost(400, "form") from None
    if c.name_of(command) != work.command:
        raise Lost(400, "form")
    done = await act(visit, found.case.id, command)
    if isinstance(done, Failed):
        found = await seen(visit)
        return await _review(visit, work, found, await draft.plan_of(visit, found, work.command), done)
    await draft.drop(visit, found, work.command)
    return visit.to(f"/cases/{found.case.id}", done=work.command)


async def _asked(visit: Visit) -> tuple[Work, Seen]:
    parts = visit.request.url.path.split("/")
    return WORKS[parts[4]], await seen(visit)


def _at(found: Seen, work: Work) -> str:
    return f"/shop/cases/{found.case.id}/{work.page}"


def _addresses(page: str) -> tuple[Address, ...]:
    at = f"/shop/cases/{{case_id:str}}/{page}"
    one = f"{at}/{{task:str}}"
    return (
        Address(method="GET", path=at, name=f"shop_{page}", does=show, roles=SELLER),
        Address(method="POST", path=at, name=f"shop_{page}_chosen", does=choose, roles=SELLER),
        Address(method="GET", path=one, name=f"shop_{page}_task", does=task, roles=SELLER),
        Address(method="POST", path=one, name=f"shop_{page}_done", does=do, roles=SELLER, uploads=True),
    )


ADDRESSES = tuple(address for page in WORKS for address in _addresses(page))
