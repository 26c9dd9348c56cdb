"""What becomes of a draft: kept for the deadline it answers, refused by the law as it stands, overtaken, or filed.

A draft is the JSON of the command it will be. One that is not yet a whole command is kept all the same, and never
files itself. Whoever shows or saves drafts asks here; the rows are the store's, filing is the sweep's.
"""

from datetime import datetime

import msgspec

from amends.answers import Missing
from amends.handle import Hinge, decode_command, handed_in, overtaken, would
from amends.law import commands as c
from amends.law.actions import answered_by
from amends.law.actors import Actor
from amends.law.case import Case
from amends.law.refusal import Refused
from amends.store import drafts
from amends.store.rows import DraftRow


class Stands(msgspec.Struct, frozen=True):
    """How a draft stands now. `command` is None while it is not a whole command; `refused` is the law's answer to it.

    `files_at`: when it files itself, the instant of the deadline it was saved for; None when it will not.
    """

    row: DraftRow
    command: c.Command | None
    refused: Refused | None
    overtaken: bool
    files_at: datetime | None


def row_of(case: Case, actor: Actor, at: datetime, command: str, body: bytes, *, files_itself: bool) -> DraftRow:
    """The row of a draft saved now: it belongs to the open deadline that the command answers."""
    waiting = answered_by(case, actor.role, command)
    return DraftRow(
        case_id=case.id,
        role=actor.role,
        author_id=actor.id,
        command=command,
        body=body,
        file_at_deadline=files_itself,
        deadline_id=waiting.id if waiting and at < waiting.due_at else None,
        given=handed_in(case, actor.role),
        saved_at=at,
    )


async def being_filed(hinge: Hinge, marketplace: str, case: Case, actor: Actor, at: datetime, command: str) -> bool:
    """A draft whose deadline has passed is filed as it stands; writing over it now would be answering late."""
    passed = {deadline.id for deadline in case.open_deadlines() if deadline.due_at <= at}
    rows = await drafts.of_author(hinge.db, marketplace, case.id, actor.role, actor.id, command)
    return any(row.state == "kept" and row.file_at_deadline and row.deadline_id in passed for row in rows)


async def stands(hinge: Hinge, marketplace: str, case: Case, actor: Actor, row: DraftRow) -> Stands | None:
    """How a draft stands; None when its case is gone."""
    command = command_in(row)
    answered = None if command is None else await would(hinge, marketplace, case.id, command, actor)
    if isinstance(answered, Missing):
        return None
    running = {deadline.id: deadline.due_at for deadline in case.open_deadlines()}
    passed_over = row.state == "kept" and overtaken(case, row)
    waits = command is not None and row.file_at_deadline and row.state == "kept" and not passed_over
    files_at = running.get(row.deadline_id) if waits and row.deadline_id else None
    return Stands(row, command, answered if isinstance(answered, Refused) else None, passed_over, files_at)


def command_in(row: DraftRow) -> c.Command | None:
    """The command a draft is; None while something of it is still missing."""
    try:
        command = decode_command(row.body)
    except msgspec.MsgspecError:
        return None
    assert isinstance(command, c.Command), "the decoder reads nothing else"
    return command
