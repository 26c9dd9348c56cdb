"""Doing something in a case, in two steps: a form, then what it leads to, then sent. The same for buyers and sellers.

The second step is the law's own preview: who must act next, until when, what follows from silence. Nothing is sent
before it was shown; what was typed and uploaded is kept at every step.
"""

from typing import Any

import msgspec

from amends.access.shapes import CaseView, DeadlineView
from amends.portal import forms, intake
from amends.portal.attached import attached
from amends.portal.reading import Failed, Seen, act, command_of, foresee, seen
from amends.portal.seller.shop import PAGES
from amends.portal.standing import standing
from amends.portal.visit import Lost, Page, Visit


class Consequence(msgspec.Struct, frozen=True):
    """What a command would lead to: the case's new state in words, and the clocks that would start.

    `late`: evidence of it would come after its time.
    """

    headline: str
    starts: tuple[DeadlineView, ...]
    money: tuple[Any, ...]
    late: bool = False


async def show(visit: Visit) -> Page:
    """The form of a command; or, where it is not open now, why."""
    found, command = await _asked(visit)
    if visit.actor.role == "seller" and command in PAGES:
        return visit.to(f"/shop/cases/{found.case.id}/{PAGES[command]}")
    given = forms.preset(command, found.shown, dict(visit.query))
    return await _form(visit, found, command, given, {}, ())


async def send(visit: Visit) -> Page:
    """A form that was sent: back with what is wrong, on to its consequences, or done."""
    found, command = await _asked(visit)
    given = dict(visit.form)
    uploads, faults = await uploads_of(visit)
    built = command_of(visit, command, forms.command_fields(command, given, found.shown, uploads))
    if isinstance(built, Failed):
        faults.setdefault(_shown_field(command, built.field), built.says)
    if faults or isinstance(built, Failed):
        return await _form(visit, found, command, given, faults, uploads)
    if given.get("step") != "send":
        would = await foresee(visit, found.case.id, built)
        if isinstance(would, Failed):
            return await _form(visit, found, command, given, {"form": would.says}, uploads, would)
        return await _check(visit, found, command, given, uploads, consequence(visit, found.shown, would.shown))
    done = await act(visit, found.case.id, built)
    if isinstance(done, Failed):
        return await _form(visit, await seen(visit), command, given, {"form": done.says}, uploads, done)
    return visit.to(f"/cases/{found.case.id}", done=command)


def consequence(visit: Visit, before: CaseView, after: CaseView) -> Consequence:
    """The difference a command makes, as its sender would see it."""
    known = {one.id for one in before.deadlines}
    owed = {one.id for one in before.remedies}
    there = {one.id for one in before.evidence}
    headline = standing(after, visit.actor.role, visit.gettext).headline
    return Consequence(
        headline,
        tuple(one for one in after.deadlines if one.id not in known),
        tuple(one for one in after.remedies if one.id not in owed),
        any(one.late for one in after.evidence if one.id not in there),
    )


async def _asked(visit: Visit) -> tuple[Seen, str]:
    found = await seen(visit)
    command = visit.path["command"].replace("-", "_")
    if command not in forms.FORMS:
        raise Lost(404)
    return found, command


async def uploads_of(visit: Visit) -> tuple[tuple[str, ...], dict[str, str]]:
    """Files of earlier steps and of this one; what cannot be taken is said by name and the rest is kept."""
    kept = [one for one in visit.lists.get("upload", []) if one not in visit.lists.get("drop", [])]
    faults: dict[str, str] = {}
    for file in visit.files:
        taken = await intake.take(visit, file)
        if isinstance(taken, str):
            kept.append(taken)
        else:
            faults["evidence"] = taken.says
    return tuple(kept), faults


async def _form(
    visit: Visit, found: Seen, command: str, given: dict[str, str], faults: dict[str, str], uploads: tuple[str, ...],
    refused: Failed | None = None,
) -> Page:  # fmt: skip
    return visit.page(
        "case/act.html",
        409 if refused else 422 if faults else 200,
        found=found,
        command=command,
        fields=forms.fields_of(command, found.shown),
        options_of=forms.options_of,
        given=given,
        faults=faults,
        refused=refused,
        uploads=uploads,
        files=await attached(visit, uploads),
        open=found.action(command),
    )


async def _check(
    visit: Visit, found: Seen, command: str, given: dict[str, str], uploads: tuple[str, ...], then: Consequence
) -> Page:
    return visit.page(
        "case/check.html",
        found=found,
        command=command,
        fields=forms.fields_of(command, found.shown),
        options_of=forms.options_of,
        given=given,
        uploads=uploads,
        files=await attached(visit, uploads),
        then=then,
    )


def _shown_field(command: str, field: str) -> str:
    """The form's field a fault belongs to; items of evidence are shown as files."""
    names = {one.name for one in forms.FORMS[command]}
    return field if field in names else "evidence" if field in ("items", "evidence") and "evidence" in names else "form"
