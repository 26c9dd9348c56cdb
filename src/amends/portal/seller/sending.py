"""The second step of what a seller does: what is sent, what it leads to, and the button. Then done, once.

A page of the seller's gives its form as a command; here it is previewed by the law, shown, and sent with the key and
revision of the form. What is refused goes back to the form with the rule, and the words are kept.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from amends.law import commands as c
from amends.portal import acting
from amends.portal.attached import attached
from amends.portal.reading import Failed, Seen, act, foresee
from amends.portal.visit import Page, Visit
from amends.store import drafts

Form = Callable[[dict[str, str], Failed | None], Awaitable[Page]]
"""Draws the page's form again: faults by field, and what the law refused."""


class Line(NamedTuple):
    """One line of what is sent: its label and its text, in the visitor's language."""

    label: str
    text: str


class Sending(NamedTuple):
    """What is about to be sent. `page` is the form's address under the case; `fields` come back with the second step.

    `effect` says more about money than the preview does; `warning` is what cannot be undone.
    """

    command: c.Command
    page: str
    title: str
    button: str
    lines: tuple[Line, ...]
    fields: Mapping[str, str]
    uploads: tuple[str, ...] = ()
    effect: tuple[Line, ...] = ()
    warning: str = ""


async def in_two_steps(visit: Visit, found: Seen, what: Sending, form: Form) -> Page:
    """First what it leads to, then (`step=send`) the deed."""
    name = c.name_of(what.command)
    if visit.form.get("step") != "send":
        would = await foresee(visit, found.case.id, what.command)
        if isinstance(would, Failed):
            return await form({"form": would.says}, would)
        return visit.page(
            "seller/check.html",
            found=found,
            what=what,
            files=await attached(visit, what.uploads),
            then=acting.consequence(visit, found.shown, would.shown),
        )
    done = await act(visit, found.case.id, what.command)
    if isinstance(done, Failed):
        return await form({"form": done.says}, done)
    actor = visit.actor
    await drafts.withdraw(visit.hinge.db, visit.marketplace, found.case.id, actor.role, actor.id, name)
    return visit.to(f"/cases/{found.case.id}", done=name)
