"""Checking a claim and sending it: everything with a way to change it, what it leads to, and afterwards a reference.

Each part is one request of its own line, all under one claim id. A part has a key of its own, so sending twice acts
once; what was refused keeps its answers and says which rule stands in the way.
"""

import msgspec

from amends.answers import Accepted, Contended
from amends.handle import handle
from amends.law import commands as c
from amends.law.refusal import Refused
from amends.portal import terms
from amends.portal.acting import Consequence, consequence
from amends.portal.attached import Attached, attached
from amends.portal.buyer.claim import Claim, Desk, Part, command_fields, desk, keep, noticed_at, steps_of, unanswered
from amends.portal.buyer.orders import BUYER
from amends.portal.reading import Failed, Seen, command_of, foresee, look
from amends.portal.refusals import said
from amends.portal.route import Address
from amends.portal.standing import standing
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import N_
from amends.store import cases, claims
from amends.store.cases import CaseFilter
from amends.store.written import decode_case

LACK = N_("I do not have this: %(what)s. %(why)s")


class Checked(msgspec.Struct, frozen=True):
    """A part before it is sent: what it leads to, or why it cannot be sent."""

    number: int
    part: Part
    files: tuple[Attached, ...]
    then: Consequence | None
    failed: Failed | None


async def check(visit: Visit) -> Page:
    """Everything once more, and what follows from sending it."""
    at = await desk(visit)
    if not any(not part.sent for part in at.claim.parts):
        return await _sent_before(visit, at)
    if any(unanswered(part) for part in at.claim.parts if not part.sent):
        return visit.to(f"/my/orders/{at.order_id}/claim")
    return await _check(visit, at, {})


async def send(visit: Visit) -> Page:
    """Send every part that is not sent yet."""
    at = await desk(visit)
    if visit.form.get("claim") != at.claim.claim_id or not at.claim.parts:
        return await _sent_before(visit, at)
    failed: dict[int, Failed] = {}
    for number, part in enumerate(at.claim.parts):
        if part.sent:
            continue
        answered = await _send(visit, at, part)
        if isinstance(answered, Failed):
            failed[number] = answered
        else:
            part.sent = answered
            await keep(visit, at)
    if failed:
        return await _check(visit, at, failed)
    await claims.drop(visit.hinge.db, visit.marketplace, visit.actor.id, at.order_id)
    return visit.to(f"/my/claims/{at.claim.claim_id}")


async def confirmed(visit: Visit) -> Page:
    """The claim as it was sent: its reference, and what happens next and when."""
    found = await _cases_of(visit, visit.path["claim_id"])
    if not found:
        raise Lost(404)
    stands = {one.case.id: standing(one.shown, "buyer", visit.gettext) for one in found}
    email = found[0].case.order.buyer.email
    return visit.page("buyer/sent.html", found=found, stands=stands, claim_id=visit.path["claim_id"], email=email)


async def _send(visit: Visit, at: Desk, part: Part) -> str | Failed:
    """The id of the case a part became, or why it was not sent."""
    built = _command(visit, at, part)
    if isinstance(built, Failed):
        return built
    now = at.line(part)
    assert now is not None, "a command names a line"
    key = f"claim-{at.claim.claim_id}-{part.line_id}"
    done = await handle(visit.hinge, visit.marketplace, now.case.id, built, visit.actor, key=key)
    match done:
        case Accepted():
            return done.case.id
        case Refused():
            return Failed(done.code, said(done, visit.locale, now.policy.pack.zone, at.order.currency), done.clauses)
        case Contended():
            raise Lost(503, "busy")
    if now.case.claim_id == at.claim.claim_id:
        return now.case.id
    return Failed("sent", visit.gettext("This was changed while it was being sent. Look again, then send."))


async def _check(visit: Visit, at: Desk, failed: dict[int, Failed]) -> Page:
    parts = [
        await _checked(visit, at, number, part, failed.get(number))
        for number, part in enumerate(at.claim.parts)
        if not part.sent
    ]
    refused = {f"part-{one.number}": one.failed.says for one in parts if one.failed is not None}
    more = [one for one in at.lines if one.found.requestable and not _about(at.claim, one.line.id)]
    return visit.page(
        "buyer/check.html",
        409 if failed else 200,
        at=at,
        parts=parts,
        faults=refused,
        more=more,
        steps_of=steps_of,
        zone=at.lines[0].policy.pack.zone,
        noticed_at=noticed_at,
    )


async def _checked(visit: Visit, at: Desk, number: int, part: Part, failed: Failed | None) -> Checked:
    files = tuple((await attached(visit, [one.upload for one in part.pieces])).values())
    then: Consequence | None = None
    built = _command(visit, at, part)
    now = at.line(part)
    if isinstance(built, Failed):
        failed = failed or built
    elif now is not None:
        would = await foresee(visit, now.case.id, built)
        if isinstance(would, Failed):
            failed = failed or would
        else:
            then = consequence(visit, look(visit, now.case, now.moment.at).shown, would.shown)
    return Checked(number, part, files, then, failed)


def _command(visit: Visit, at: Desk, part: Part) -> c.Command | Failed:
    _ = visit.gettext
    if at.line(part) is None:
        return Failed("unknown_reference", _("This item is not part of the order any more."))
    words = {"lack": _(LACK)} | {kind: _(text) for kind, text in terms.EVIDENCE.items()}
    return command_of(visit, "file_request", command_fields(at, part, words))


def _about(claim: Claim, line_id: str) -> bool:
    return any(part.line_id == line_id for part in claim.parts)


async def _sent_before(visit: Visit, at: Desk) -> Page:
    """Sent twice, or nothing to send: on to what became of it."""
    claim = visit.form.get("claim", at.claim.claim_id)
    if await _cases_of(visit, claim):
        return visit.to(f"/my/claims/{claim}")
    return visit.to(f"/my/orders/{at.order_id}")


async def _cases_of(visit: Visit, claim_id: str) -> list[Seen]:
    if not 1 <= len(claim_id) <= 128 or not claim_id.isascii() or not claim_id.isprintable():
        return []
    wanted = CaseFilter(claim_id=claim_id, buyer_id=visit.actor.id)
    page = await cases.list_cases(visit.hinge.db, visit.marketplace, wanted, limit=50)
    return [look(visit, decode_case(row.state), visit.now) for row in reversed(page.rows)]


ADDRESSES = (
    Address(method="GET", path="/my/orders/{order_id:str}/claim/check", name="claim_check", does=check, roles=BUYER),
    Address(method="POST", path="/my/orders/{order_id:str}/claim/check", name="claim_send", does=send, roles=BUYER),
    Address(method="GET", path="/my/claims/{claim_id:str}", name="claim_sent", does=confirmed, roles=BUYER),
)
