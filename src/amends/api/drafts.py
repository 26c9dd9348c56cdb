"""Drafts: an answer prepared and not sent, which its author alone sees, and which may file itself at its deadline.

A draft is the command it will be, so the same law is asked of it every time it is looked at: could it be filed now. It
changes nothing in the case. The sweep files it (handle.py); saving it again, withdrawing it or answering by hand is
always possible until then.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, Union

import msgspec
from msgspec import structs

from amends.access import drafting, view
from amends.api.call import Answer, Call, answer
from amends.api.cases import found
from amends.api.commands import ROLES
from amends.api.problems import ProblemDetails, not_found, problem, refusal
from amends.api.route import PARTIES, Route
from amends.handle import policy_of
from amends.law import commands as c
from amends.law.case import Case
from amends.law.refusal import Refused
from amends.store import drafts
from amends.store.rows import DraftRow

PREPARED = {
    name: kind for name, kind in c.COMMANDS.items() if ROLES[name] & PARTIES and name not in ("file_request", "lapse")
}
"""What a party may prepare: every command of theirs within an open case."""
SHAPES: dict[str, type[msgspec.Struct]] = {
    name: msgspec.defstruct(
        f"{kind.__name__}Draft",
        [("file_at_deadline", bool, False)],
        bases=(kind,),
        namespace={
            "__doc__": f"A draft of `{name}`. `file_at_deadline`: it is sent by itself just before its deadline."
        },
        module=__name__,
        frozen=True,
        kw_only=True,
        tag=name,
        tag_field="command",
        forbid_unknown_fields=True,
    )
    for name, kind in PREPARED.items()
}
AnyDraft: Any = Union[tuple(SHAPES.values())]  # noqa: UP007  # made from a table
"""A command with its name in `command`, and `file_at_deadline`."""
UNFINISHED = "The draft is not a whole command yet: something it must say is still missing."
Fate = Literal["kept", "overtaken", "filed", "refused"]
_encode = msgspec.json.Encoder().encode
_decode_refused = msgspec.json.Decoder(Refused).decode


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as its author sees it.

    `would_be` is what the law says to it now, with the `refusal`. `files_at` is when it files itself: the instant of
    the deadline it was saved for, None when it will not. `overtaken`: its author has answered otherwise since.
    """

    command: str
    says: Any
    file_at_deadline: bool
    saved_at: datetime
    state: Fate
    would_be: Literal["done", "refused"]
    refusal: ProblemDetails | None = None
    deadline: str | None = None
    files_at: datetime | None = None
    settled_at: datetime | None = None
    refused_because: ProblemDetails | None = None
    href: str


class DraftList(msgspec.Struct, frozen=True):
    """The author's drafts in a case, longest untouched first."""

    items: tuple[DraftView, ...]


async def save(call: Call) -> Answer:
    """Keep a draft in the place of the one before it."""
    name = _command(call)
    if call.body.__struct_config__.tag != name:
        raise problem("does_not_fit", f"`command` must be the one of the address: {name}.")
    case, at = await found(call)
    if call.actor.role in case.erased:
        raise not_found()
    values = structs.asdict(call.body)
    files_itself = values.pop("file_at_deadline")
    command = PREPARED[name](**values)
    if await drafting.being_filed(call.hinge, call.marketplace, case, call.actor, at, name):
        raise problem("draft_is_being_filed", "Its deadline has passed, and it is filed as it stands.")
    row = drafting.row_of(case, call.actor, at, name, _encode(command), files_itself=files_itself)
    if not await drafts.save(call.hinge.db, call.marketplace, row):
        raise not_found()
    return answer(await _shown(call, case, at, row))


async def read(call: Call) -> Answer:
    """One draft."""
    case, at = await found(call)
    return answer(await _shown(call, case, at, await _kept(call, case, _command(call))))


async def listed(call: Call) -> Answer:
    """Every draft of the caller in the case."""
    case, at = await found(call)
    rows = await _own(call, case, None)
    return answer(DraftList(tuple([await _shown(call, case, at, row) for row in rows])))


async def withdraw(call: Call) -> Answer:
    """Delete a draft; it will not be filed."""
    case, _ = await found(call)
    whose = (case.id, call.actor.role, call.actor.id, _command(call))
    if not await drafts.withdraw(call.hinge.db, call.marketplace, *whose):
        raise not_found()
    return Answer(b"", 204)


async def _shown(call: Call, case: Case, at: datetime, row: DraftRow) -> DraftView:
    stands = await drafting.stands(call.hinge, call.marketplace, case, call.actor, row)
    if stands is None:
        raise not_found()
    refused = _why(call, case, at, stands.refused) if stands.refused else None
    if stands.command is None:
        refused = problem("does_not_fit", UNFINISHED).details
    return DraftView(
        command=row.command,
        says=msgspec.json.decode(row.body) if stands.command is None else msgspec.to_builtins(stands.command),
        file_at_deadline=row.file_at_deadline,
        saved_at=row.saved_at,
        state="overtaken" if stands.overtaken else row.state,
        would_be="refused" if refused else "done",
        refusal=refused,
        deadline=row.deadline_id,
        files_at=stands.files_at,
        settled_at=row.settled_at,
        refused_because=_told(call, case, row.refusal),
        href=f"/v1/cases/{case.id}/drafts/{row.command.replace('_', '-')}",
    )


def _why(call: Call, case: Case, at: datetime, refused: Refused) -> ProblemDetails:
    policy = policy_of(call.hinge, case)
    actions = view.actions(case, call.actor, at, policy)
    return refusal(refused, call.locale or policy.pack.locale, actions).details


def _told(call: Call, case: Case, kept: bytes | None) -> ProblemDetails | None:
    """Why the draft was refused at its deadline, in the words of a command refused then."""
    if kept is None:
        return None
    code = msgspec.json.decode(kept)["code"]
    if code == "does_not_fit":
        return problem(code, "What the draft says is no longer a command.").details
    if code == "defect":
        return problem(code, "The draft could not be filed, and the deadline lapsed.").details
    return refusal(_decode_refused(kept), call.locale or policy_of(call.hinge, case).pack.locale, ()).details


async def _kept(call: Call, case: Case, name: str) -> DraftRow:
    rows = await _own(call, case, name)
    if not rows:
        raise not_found()
    return rows[0]


async def _own(call: Call, case: Case, name: str | None) -> list[DraftRow]:
    actor = call.actor
    return await drafts.of_author(call.hinge.db, call.marketplace, case.id, actor.role, actor.id, name)


def _command(call: Call) -> str:
    """The command of the path, if a party may prepare it."""
    name = call.path["command"].replace("-", "_")
    if name not in PREPARED or call.path["command"] != name.replace("_", "-") or call.actor.role not in ROLES[name]:
        raise not_found()
    return name


def _routes() -> Iterable[Route]:
    one = "/v1/cases/{case_id}/drafts/{command}"
    yield Route(
        method="GET", path="/v1/cases/{case_id}/drafts", name="list_drafts", tag="drafts", does=listed, roles=PARTIES,
        summary="Your drafts in a case: what each would do now, and when it files itself", answer=DraftList,
        also=(404,),
    )  # fmt: skip
    yield Route(
        method="PUT", path=one, name="save_draft", tag="drafts", does=save, roles=PARTIES, body=AnyDraft,
        summary="Prepare an answer; with `file_at_deadline` it is sent by itself just before its deadline",
        answer=DraftView, also=(404, 409),
    )  # fmt: skip
    yield Route(
        method="GET", path=one, name="get_draft", tag="drafts", does=read, roles=PARTIES,
        summary="One of your drafts", answer=DraftView, also=(404,),
    )  # fmt: skip
    yield Route(
        method="DELETE", path=one, name="withdraw_draft", tag="drafts", does=withdraw, roles=PARTIES,
        summary="Withdraw a draft: it is deleted and will not be sent", status=204, also=(404,),
    )  # fmt: skip


ROUTES = tuple(_routes())
