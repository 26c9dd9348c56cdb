"""Commands over HTTP: filing a request, and every other command of the law under its own name.

The body of a command is the command itself, so there is nothing to translate. The law says who may do it and when;
this room carries it to the hinge and carries the answer back.
"""

import msgspec

from amends.access import view
from amends.access.caller import may_see
from amends.access.shapes import CaseView
from amends.answers import Accepted, Contended, KeyReused, Missing, Outdated
from amends.answers import Answer as Answered
from amends.api.call import Answer, Call
from amends.api.cases import case_id_in, found, shown
from amends.api.problems import Problem, busy, not_found, problem, refusal
from amends.api.route import Route
from amends.handle import case_id_of, handle, policy_of, secret_of
from amends.law import commands as c
from amends.law.facts import Order
from amends.law.moves import MOVES
from amends.law.refusal import Refused
from amends.proof.receipt import Receipt
from amends.store import cases, orders
from amends.store.written import decode_case

ROLES: dict[str, frozenset[str]] = {
    name: frozenset(role for move in MOVES if move.command == name for role in move.roles) for name in c.COMMANDS
}
"""Who may ever send a command, by the table of moves."""
NOT_COMMANDS = c.OF_THE_HOUSE | {"file_request"}
"""Filing opens a case and has its own address; time and the house speak through no door."""

_decode_order = msgspec.json.Decoder(Order).decode


async def file(call: Call) -> Answer:
    """A request: opens the order line's case, or asks again in it."""
    command: c.FileRequest = call.body
    case_id = await case_id_of(call.hinge, call.marketplace, command.order_id, command.line_id)
    answered = await handle(call.hinge, call.marketplace, case_id, command, call.actor, key=call.key)
    if isinstance(answered, Accepted):
        return shown(call, answered.case, answered.at, status=201, receipt=await receipt_of(call, answered))
    raise await why_not(call, case_id, answered)


async def perform(call: Call) -> Answer:
    """Any other command."""
    case_id = case_id_in(call)
    if call.actor.role == "carrier":
        await found(call)  # the law lets any carrier speak of a parcel without a named one; the house does not
    answered = await handle(
        call.hinge, call.marketplace, case_id, call.body, call.actor, key=call.key, expected=call.expected
    )
    if isinstance(answered, Accepted):
        return shown(call, answered.case, answered.at, receipt=await receipt_of(call, answered))
    raise await why_not(call, case_id, answered)


async def receipt_of(call: Call, done: Accepted) -> Receipt:
    """The signed receipt of the last event a command brought; a command repeated gets the same one."""
    secret = await secret_of(call.hinge, call.marketplace)
    return call.hinge.db.signer.receipt(secret, done.case.id, done.revision, done.head, done.at)


async def why_not(call: Call, case_id: str, answered: Answered) -> Problem:
    """Why a command was not done. First of all: a case that is not the caller's does not exist for them."""
    match answered:
        case Missing("policy"):
            return await _no_policy(call)
        case Missing():
            return not_found()
        case KeyReused():
            return problem("idempotency_key_reused", "Use a new Idempotency-Key for a new command; the one sent "
                           "belongs to another body.")  # fmt: skip
        case Contended():
            return busy()
    read = await cases.read_case(call.hinge.db, call.marketplace, case_id)
    if read.state is None:
        return await _unopened(call, answered)
    case = decode_case(read.state)
    if not may_see(case, call.actor):
        return not_found()
    if isinstance(answered, Outdated):
        now = answered.revision
        return problem("outdated", f"The case is at revision {now}; read it again before you act.",
                       [(b"etag", b'"%d"' % now)])  # fmt: skip
    assert isinstance(answered, Refused)
    at = read.clock_at or call.hinge.clock()
    policy = policy_of(call.hinge, case)
    actions = view.actions(case, call.actor, at, policy)
    return refusal(answered, call.locale or policy.pack.locale, actions)


async def _unopened(call: Call, answered: Answered) -> Problem:
    """A request that was refused at intake: there is no case yet, and nothing further to do in it."""
    order = await _order_named(call)
    if order is None or not isinstance(answered, Refused) or answered.code == "not_your_case":
        return not_found()
    return refusal(answered, call.locale or order.buyer.locale or "en", ())


async def _no_policy(call: Call) -> Problem:
    order = await _order_named(call)
    if order is None or order.buyer.id != call.actor.id:
        return not_found()
    return problem("no_policy_in_force", f"No policy pack is in force for the market {order.market} at this time.")


async def _order_named(call: Call) -> Order | None:
    command = call.body
    if not isinstance(command, c.FileRequest):
        return None
    row = await orders.get(call.hinge.db, call.marketplace, command.order_id)
    return None if row is None else _decode_order(row.facts)


def _route(name: str, kind: type[c.Command]) -> Route:
    return Route(
        method="POST",
        path="/v1/cases/{case_id}/" + name.replace("_", "-"),
        name=name,
        tag="commands",
        summary=(kind.__doc__ or name).strip().split("\n")[0],
        does=perform,
        roles=ROLES[name],
        body=kind,
        body_optional=not any(field.required for field in msgspec.structs.fields(kind)),
        answer=CaseView,
        also=(404, 409),
        key="required" if name in c.MOVES_MONEY else "optional",
        if_match=True,
        etag=True,
    )


ROUTES = (
    Route(
        method="POST", path="/v1/cases", name="file_request", tag="commands", does=file, roles=ROLES["file_request"],
        summary="Ask the seller to put one order line right", body=c.FileRequest, answer=CaseView, status=201,
        also=(404, 409), key="optional", etag=True,
    ),
    *(_route(name, kind) for name, kind in c.COMMANDS.items() if name not in NOT_COMMANDS),
)  # fmt: skip
