"""Working on a case: taking it and giving it back, keeping one's work, seeing what a decision leads to, and deciding.

A decision waits out sixty seconds in which it can be undone (store/desk_work.py); a worker then files it under the
law's rules as they are then (worker/desk.py). What cannot be filed comes back to its author with everything in it.
"""

from typing import Any

from msgspec import structs

from amends.access.sight import Sight
from amends.access.statement import Statement, statement
from amends.answers import Preview
from amends.handle import would
from amends.law import commands as c
from amends.law.actors import Actor
from amends.portal.desk import advice as table
from amends.portal.desk import bench, saved
from amends.portal.desk.outlook import command_for, consequence
from amends.portal.reading import Failed, Seen, act, foresee, seen
from amends.portal.route import Address
from amends.portal.visit import Page, Visit
from amends.store import desk, desk_work
from amends.store.written import decode_case

ADJUDICATOR = frozenset({"adjudicator"})
STEPS = ("save", "check", "forget")


async def claim(visit: Visit) -> Page:
    """Take the case, or keep it longer."""
    return await _done(visit, c.Claim())


async def release(visit: Visit) -> Page:
    """Give the case back."""
    return await _done(visit, c.Release())


async def work(visit: Visit) -> Page:
    """The form of the workbench: kept, or looked at."""
    return await _worked(visit, visit.form.get("step", "save") if visit.form.get("step") in STEPS else "save")


async def decide(visit: Visit) -> Page:
    """The form of the workbench, decided: by somebody who has lately shown who they are."""
    return await _worked(visit, "next" if visit.form.get("step") == "next" else "decide")


async def _worked(visit: Visit, step: str) -> Page:
    found = await seen(visit)
    if step == "forget":
        await saved.forget(visit, found.case.id)
        return visit.to(_bench(found))
    fields = saved.written(visit.form)
    if step == "save":
        kept = await saved.keep(visit, found.case.id)
        return visit.to(_bench(found), done="saved" if kept else "going")
    told = table.advice(found.case, saved.findings_of(fields), found.policy)
    command = command_for(visit, found, fields, told)
    if isinstance(command, Failed):
        return await bench.page(visit, found, {command.field: command.says}, None, fields, 422)
    then = await foresee(visit, found.case.id, command)
    if isinstance(then, Failed):
        await saved.keep(visit, found.case.id)
        fault = {field_of(then.code): then.says}
        return await bench.page(visit, found, fault, then, fields, 409)
    if (stale := visit.form.get("revision", "")) and stale != str(found.case.revision):
        await saved.keep(visit, found.case.id)
        return await bench.page(visit, found, {"form": _changed(visit)}, None, fields, 409)
    if step == "check":
        await saved.keep(visit, found.case.id)
        return _checked(visit, found, then, command)
    if await saved.stage(visit, found.case.id, command) is None:
        return visit.to(_bench(found), done="going")
    if step != "next":
        return visit.to(_bench(found), done="staged")
    return await _open_next(visit, found)


async def undo(visit: Visit) -> Page:
    """Take a decision back within its minute."""
    found = await seen(visit)
    undone = await desk_work.undo(visit.hinge.db, visit.marketplace, found.case.id, visit.actor.id)
    return visit.to(_bench(found), done="undone" if undone else "too_late")


async def preview(visit: Visit) -> Page:
    """What the kept work would lead to, and its statement of reasons."""
    found = await seen(visit)
    fields = desk_work.sheet_of(await saved.of(visit, found.case.id)).fields
    told = table.advice(found.case, saved.findings_of(fields), found.policy)
    command = command_for(visit, found, fields, told)
    if isinstance(command, Failed):
        return await bench.page(visit, found, {command.field: command.says}, None, fields, 422)
    then = await foresee(visit, found.case.id, command)
    if isinstance(then, Failed):
        return await bench.page(visit, found, {field_of(then.code): then.says}, then, fields, 409)
    return _checked(visit, found, then, command)


def stated(visit: Visit, after: Seen, role: str) -> Statement | None:
    """The statement of reasons as a party would get it, in its own language."""
    case = after.case
    if case.decision is None:
        return None
    person = case.order.buyer.id if role == "buyer" else case.order.seller.id
    sight = Sight(case, Actor(role, person), after.policy)  # type: ignore[arg-type]  # buyer or seller
    return statement(sight, case.decision, visit.marketplace, case.revision, "0" * 64)


def field_of(code: str) -> str:
    """The part of the form that a refusal of the law is about."""
    return {
        "missing_rationale": "rationale",
        "missing_departure_reason": "departure",
        "missing_findings": "findings",
        "amount_invalid": "amount",
        "amount_too_large": "amount",
        "nothing_new": "option",
    }.get(code, "form")


def _checked(visit: Visit, found: Seen, then: Seen, command: c.Command) -> Page:
    decided = len(then.case.decisions) > len(found.case.decisions)
    return visit.page(
        "desk/check.html",
        active="queue",
        found=found,
        shown=found.shown,
        then=consequence(found, then),
        command=command,
        statements=tuple(
            (role, one) for role in ("buyer", "seller") if decided and (one := stated(visit, then, role)) is not None
        ),
        fields=saved.written(visit.form) or {},
        names={role: bench.name_of(found, role) for role in ("buyer", "seller")},
    )


async def _done(visit: Visit, command: c.Command) -> Page:
    done = await act(visit, visit.path["case_id"], command)
    if isinstance(done, Failed):
        return await bench.page(visit, await seen(visit), {"form": done.says}, done, None, 409)
    back = visit.form.get("back", "")
    return visit.to("/desk") if back == "queue" else visit.to(_bench(done))


async def _open_next(visit: Visit, found: Seen) -> Page:
    """The next case that may be decided, taken; or the queue when it is empty."""
    wanted = desk.Wanted(view="unassigned", person=visit.actor.id, at=visit.now)
    rows, _more = await desk.work(visit.hinge.db, visit.marketplace, wanted, limit=20)
    for one in rows:
        if one.row.case_id == found.case.id or decode_case(one.row.state).stage not in ("under_review", "under_appeal"):
            continue
        taken = await act_plainly(visit, one.row.case_id)
        if taken:
            return visit.to(f"/desk/cases/{one.row.case_id}", done="staged")
    return visit.to("/desk", done="staged")


async def act_plainly(visit: Visit, case_id: str) -> bool:
    """Take a case without a form of its own."""
    asked = await would(visit.hinge, visit.marketplace, case_id, c.Claim(), visit.actor)
    if not isinstance(asked, Preview):
        return False
    visit.form.pop("key", None)
    visit.form.pop("revision", None)
    return not isinstance(await act(visit, case_id, c.Claim()), Failed)


def _changed(visit: Visit) -> str:
    return visit.gettext("The case has changed since you opened this page. Here is how it stands now; "
                         "your text is kept. Look again, then send.")  # fmt: skip


def _bench(found: Seen) -> str:
    return f"/desk/cases/{found.case.id}"


def _post(path: str, name: str, does: Any) -> Address:
    return Address(
        method="POST", path=f"/desk/cases/{{case_id:str}}/{path}", name=name, does=does, roles=ADJUDICATOR
    )  # fmt: skip


ADDRESSES = (
    _post("claim", "desk_claim", claim),
    _post("release", "desk_release", release),
    _post("work", "desk_work", work),
    _post("undo", "desk_undo", undo),
    structs.replace(_post("decide", "desk_decide", decide), step_up=True),
    Address(method="GET", path="/desk/cases/{case_id:str}/preview", name="desk_preview", does=preview,
            roles=ADJUDICATOR),
)  # fmt: skip
