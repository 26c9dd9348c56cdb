"""The forms of tasks.py as pages: questions, then what follows, then done."""

import re

from amends.law import commands as c
from amends.portal.desk import bench
from amends.portal.desk.tasks import TASKS, command_fields, options_of
from amends.portal.reading import Failed, Seen, act, command_of, foresee, seen
from amends.portal.route import Address
from amends.portal.visit import Lost, Page, Visit

ADJUDICATOR = frozenset({"adjudicator"})
MONEY = tuple(sorted(c.MOVES_MONEY & TASKS.keys()))
"""Tasks that move money: who sends them has lately shown who they are."""
MISSING = re.compile(r"missing required field `(\w+)`")


async def show(visit: Visit) -> Page:
    """The form of a task."""
    found, command = await _asked(visit)
    return _form(visit, found, command, dict(visit.query), [], {})


async def send(visit: Visit) -> Page:
    """A form that was sent: back with what is wrong, on to what follows, or done."""
    found, command = await _asked(visit)
    given, types = dict(visit.form), visit.lists.get("types", [])
    built = command_of(visit, command, command_fields(command, given, types, found.shown))
    if isinstance(built, Failed):
        names = {one.name for one in TASKS[command].questions}
        field = missing[1] if (missing := MISSING.search(built.says)) else built.field
        where = field if field in names else {"kind": "deadline", "party": "deadline", "by": "hours"}.get(field, "form")
        return _form(visit, found, command, given, types, {where: _plain(visit, built)}, status=422)
    then = await foresee(visit, found.case.id, built)
    if isinstance(then, Failed):
        return _form(visit, found, command, given, types, {"form": then.says}, then, 409)
    if given.get("step") != "send":
        told = consequence_of(visit, found, then)
        return visit.page("desk/task_check.html", active="queue", found=found, shown=found.shown, command=command,
                          given=given, types=types, then=told, questions=TASKS[command].questions,
                          options_of=options_of)  # fmt: skip
    done = await act(visit, found.case.id, built)
    if isinstance(done, Failed):
        return _form(visit, await seen(visit), command, given, types, {"form": done.says}, done, 409)
    return visit.to(f"/desk/cases/{found.case.id}", done=command)


def consequence_of(visit: Visit, found: Seen, then: Seen) -> dict[str, object]:
    """What changes: clocks that start, that move and that end, and remedies."""
    before = {one.id: one for one in found.shown.deadlines}
    after = {one.id: one for one in then.shown.deadlines}
    return {
        "starts": [one for key, one in after.items() if key not in before],
        "moves": [
            (before[key], one) for key, one in after.items() if key in before and before[key].due_at != one.due_at
        ],
        "ends": [one for key, one in before.items() if key not in after],
        "stage": then.shown.stage,
        "money": [one for one in then.shown.remedies if one.id not in {r.id for r in found.shown.remedies}],
    }


async def _asked(visit: Visit) -> tuple[Seen, str]:
    found, command = await seen(visit), visit.request.url.path.rpartition("/")[2].replace("-", "_")
    if command not in TASKS:
        raise Lost(404)
    return found, command


def _form(
    visit: Visit, found: Seen, command: str, given: dict[str, str], types: list[str], faults: dict[str, str],
    refused: Failed | None = None, status: int = 200,
) -> Page:  # fmt: skip
    return visit.page(
        "desk/task.html",
        status,
        active="queue",
        found=found,
        shown=found.shown,
        command=command,
        questions=TASKS[command].questions,
        options_of=options_of,
        given=given,
        types=types,
        faults=faults,
        refused=refused,
        open=found.action(command),
        late=[one for one in found.shown.evidence if one.late and one.admitted is not True],
        names={role: bench.name_of(found, role) for role in ("buyer", "seller")},
    )


def _plain(visit: Visit, failed: Failed) -> str:
    """A missing answer in words; anything else as the command's own check says it."""
    _ = visit.gettext
    if MISSING.search(failed.says) or "length >= 1" in failed.says:
        return _("This is still empty.")
    return _("This does not fit: %(why)s") % {"why": failed.says}


ADDRESSES = (
    *(
        Address(method="POST", path=f"/desk/cases/{{case_id:str}}/{name.replace('_', '-')}", name=f"desk_{name}",
                does=send, roles=ADJUDICATOR, step_up=True)
        for name in MONEY
    ),
    *(
        Address(method="GET", path=f"/desk/cases/{{case_id:str}}/{name.replace('_', '-')}", name=f"desk_{name}_form",
                does=show, roles=ADJUDICATOR)
        for name in MONEY
    ),
    Address(method="GET", path="/desk/cases/{case_id:str}/{command:str}", name="desk_task", does=show,
            roles=ADJUDICATOR),
    Address(method="POST", path="/desk/cases/{case_id:str}/{command:str}", name="desk_task_sent", does=send,
            roles=ADJUDICATOR),
)  # fmt: skip
