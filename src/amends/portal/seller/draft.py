"""What a seller prepares before it is sent: the answer, evidence or appeal in the making, kept as the one draft.

The draft is the store's own (drafts that may file themselves at the deadline): the portal keeps no second one. It may
be unfinished; it then says what is missing, and does not file itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import structs

from amends.access import drafting
from amends.law import commands as c
from amends.law.actions import answered_by
from amends.law.commands import Item
from amends.portal.reading import Failed, Seen, command_of
from amends.portal.visit import Visit
from amends.store import drafts

Kind = Literal["reject_request", "submit_evidence", "appeal"]
MOST_ITEMS = 50
EVIDENCE_IN: dict[str, str] = {"reject_request": "evidence", "submit_evidence": "items", "appeal": "evidence"}
"""Under which name a command holds its evidence."""


class Plan(msgspec.Struct, frozen=True):
    """What is prepared. `saved_at` None: nothing was kept yet. `files_at`: when it sends itself.

    `state` is the draft's; `overtaken` when evidence was given by hand since.
    """

    command: Kind
    words: dict[str, str] = {}
    items: tuple[Item, ...] = ()
    last: bool = False
    files_itself: bool = False
    saved_at: datetime | None = None
    files_at: datetime | None = None
    state: Literal["kept", "filed", "refused", "overtaken"] = "kept"

    @property
    def statement(self) -> str:
        """The seller's own words."""
        return self.words.get("statement", "")

    def fields(self) -> dict[str, Any]:
        """The command's fields, as far as they are there."""
        found: dict[str, Any] = {name: text for name, text in self.words.items() if text}
        if self.items or self.command == "submit_evidence":
            found[EVIDENCE_IN[self.command]] = msgspec.to_builtins(self.items)
        if self.last:
            found["last"] = True
        return found

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.items and not any(self.words.values())


async def plan_of(visit: Visit, found: Seen, command: Kind) -> Plan:
    """What the seller has prepared for this command; an empty plan where nothing is, or all was sent."""
    actor = visit.actor
    rows = await drafts.of_author(visit.hinge.db, visit.marketplace, found.case.id, actor.role, actor.id, command)
    stands = await drafting.stands(visit.hinge, visit.marketplace, found.case, actor, rows[0]) if rows else None
    if stands is None or stands.row.state == "filed":
        return Plan(command)
    told = msgspec.json.decode(stands.row.body)
    items = msgspec.convert(told.pop(EVIDENCE_IN[command], []), tuple[Item, ...])
    words = {name: str(text) for name, text in told.items() if name in ("statement", "grounds") and text}
    state = "overtaken" if stands.overtaken else stands.row.state
    return Plan(
        command, words, items, bool(told.get("last")), stands.row.file_at_deadline, stands.row.saved_at,
        stands.files_at, state,
    )  # fmt: skip


async def keep(visit: Visit, found: Seen, plan: Plan) -> bool:
    """Keep the plan as the draft. False where the draft is being filed at this very moment, or cannot be kept."""
    marketplace, actor = visit.marketplace, visit.actor
    if await drafting.being_filed(visit.hinge, marketplace, found.case, actor, found.at, plan.command):
        return False
    body = msgspec.json.encode({"command": plan.command} | plan.fields())
    files_itself = plan.files_itself and command_in(visit, plan) is not None
    row = drafting.row_of(found.case, actor, found.at, plan.command, body, files_itself=files_itself)
    return await drafts.save(visit.hinge.db, marketplace, row)


async def drop(visit: Visit, found: Seen, command: Kind) -> None:
    """Delete the draft."""
    actor = visit.actor
    await drafts.withdraw(visit.hinge.db, visit.marketplace, found.case.id, actor.role, actor.id, command)


def command_in(visit: Visit, plan: Plan) -> c.Command | None:
    """The command the plan is; None while something is missing."""
    made = command_of(visit, plan.command, plan.fields())
    return None if isinstance(made, Failed) else made


def body_of(command: c.Command) -> str:
    """A command as the review's form carries it, so that what was read is what is sent."""
    return msgspec.json.encode(command).decode()


def files_itself_at(found: Seen, command: Kind) -> datetime | None:
    """The deadline at which a draft of this command would send itself."""
    waiting = answered_by(found.case, "seller", command)
    return waiting.due_at if waiting is not None and found.at < waiting.due_at else None


def with_item(plan: Plan, item: Item) -> Plan:
    """The plan with one more piece."""
    return structs.replace(plan, items=(*plan.items, item)[:MOST_ITEMS])


def with_words(plan: Plan, words: Mapping[str, str]) -> Plan:
    """The plan with other words."""
    return structs.replace(plan, words=dict(plan.words) | dict(words))
