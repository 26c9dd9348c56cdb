"""Reading and acting: a case as this visitor sees it, and commands sent to the hinge from a form.

The same questions the API asks, of the same rooms: `access` says what may be seen, the law what may be done. What is
not the visitor's does not exist.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs

from amends.access import view
from amends.access.caller import may_see
from amends.access.history import EventView, Recorded, history
from amends.access.shapes import ActionView, CaseView, DerivedDeadline
from amends.access.sight import Sight
from amends.answers import Accepted, Contended, KeyReused, Missing, Outdated, Preview
from amends.handle import handle, policy_of, would
from amends.law import commands as c
from amends.law.case import Case
from amends.law.policy import Policy
from amends.law.refusal import Refused
from amends.portal.refusals import said
from amends.portal.visit import Lost, Visit, decoded
from amends.store import cases
from amends.store.ids import parse_case_id
from amends.store.written import decode_case, decode_event
from amends.text import whole_number


class Seen(msgspec.Struct, frozen=True):
    """A case before a visitor: as the law has it, as the visitor sees it, under its policy, at an instant."""

    case: Case
    shown: CaseView
    policy: Policy
    at: datetime

    @property
    def zone(self) -> str:
        """The market's zone, in which its times are shown."""
        return self.policy.pack.zone

    def action(self, command: str) -> ActionView | None:
        """The command, if the visitor may do it now."""
        return next((one for one in self.shown.available_actions if one.command == command), None)


class Failed(msgspec.Struct, frozen=True):
    """Why a form was not done, in the visitor's words. `clauses` refused it; `field` is what to mend, if one is."""

    code: str
    says: str
    clauses: tuple[str, ...] = ()
    field: str = "form"


async def seen(visit: Visit, case_id: str | None = None) -> Seen:
    """The case of the path (or the one named) as the visitor sees it. Lost 404 where it is not theirs."""
    wanted = parse_case_id(case_id or visit.path["case_id"])
    if wanted is None:
        raise Lost(404)
    read = await cases.read_case(visit.hinge.db, visit.marketplace, wanted)
    case = decode_case(read.state) if read.state is not None else None
    if case is None or not may_see(case, visit.actor):
        raise Lost(404)
    return look(visit, case, read.clock_at or visit.hinge.clock())


def look(visit: Visit, case: Case, at: datetime) -> Seen:
    """A case that is known to be the visitor's."""
    policy = policy_of(visit.hinge, case)
    shown = view.show(case, visit.actor, at, policy, locale=visit.locale)
    return Seen(case, shown, policy, at)


async def events(visit: Visit, found: Seen) -> tuple[EventView, ...]:
    """The case's history as the visitor sees it, oldest first."""
    rows = await cases.events_of(visit.hinge.db, visit.marketplace, found.case.id)
    recorded = [
        Recorded(row.seq, decode_event(row.body), row.hash.hex(), row.prev_hash.hex() if row.prev_hash else None)
        for row in rows
    ]
    return history(Sight(found.case, visit.actor, found.policy, visit.locale), recorded)


def derived(visit: Visit, found: Seen) -> dict[str, DerivedDeadline]:
    """Every deadline the visitor may know of, by id, with the days it counted."""
    return {one.id: one for one in view.deadlines(found.case, visit.actor, found.policy, visit.locale)}


def command_of(visit: Visit, name: str, fields: Mapping[str, Any]) -> c.Command | Failed:
    """A command from a form's fields (empty ones left out), or what does not fit."""
    made = decoded(c.COMMANDS[name], fields)
    if isinstance(made, str):
        return Failed("does_not_fit", made, field=_field_of(made))
    assert isinstance(made, c.Command), "the table holds commands"
    return made


async def act(visit: Visit, case_id: str, command: c.Command) -> Seen | Failed:
    """Do a command as the visitor, once for each form that was sent. A stale form says so and does nothing."""
    answered = await handle(
        visit.hinge, visit.marketplace, case_id, command, visit.actor,
        key=visit.form.get("key") or None, expected=whole_number(visit.form.get("revision", "")),
    )  # fmt: skip
    if isinstance(answered, Accepted):
        return look(visit, answered.case, answered.at)
    return await _failed(visit, case_id, answered)


async def foresee(visit: Visit, case_id: str, command: c.Command) -> Seen | Failed:
    """What the command would lead to, for this visitor: the case as it would then be. Changes nothing."""
    answered = await would(visit.hinge, visit.marketplace, case_id, command, visit.actor)
    if isinstance(answered, Preview):
        return look(visit, answered.case, answered.at)
    return await _failed(visit, case_id, answered)


async def _refused(visit: Visit, case_id: str, refused: Refused) -> str:
    """The refusal in words, its instants in the case's zone (where there is a case yet)."""
    row = await cases.get_case(visit.hinge.db, visit.marketplace, case_id)
    if row is None:
        return said(refused, visit.locale, "UTC")
    case = decode_case(row.state)
    return said(refused, visit.locale, policy_of(visit.hinge, case).pack.zone, case.order.currency)


async def _failed(visit: Visit, case_id: str, answered: Refused | Missing | Outdated | KeyReused | Contended) -> Failed:
    _ = visit.gettext
    match answered:
        case Refused():
            return Failed(answered.code, await _refused(visit, case_id, answered), answered.clauses)
        case Missing():
            raise Lost(404)
        case Outdated():
            return Failed("outdated", _("The case has changed since you opened this page. Here is how it stands now; "
                                        "your text is kept. Look again, then send."))  # fmt: skip
        case KeyReused():
            return Failed("sent", _("This form was sent before. Here is how the case stands now."))
        case Contended():
            raise Lost(503, "busy")


def _field_of(fault: str) -> str:
    """The field a message of msgspec speaks of: `… - at `$.statement``."""
    _, _, place = fault.rpartition("`$.")
    return place.rstrip("`").split(".")[0].split("[")[0] or "form"


def changed(command: c.Command, **fields: Any) -> c.Command:
    """The command with other fields."""
    return structs.replace(command, **fields)
