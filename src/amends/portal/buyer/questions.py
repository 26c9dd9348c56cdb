"""The guided claim: one question a page. Every answer is kept before the next question is asked.

Whether a line may still be asked about is the law's word, anew on every page: whose time ran out meanwhile reads so,
with the rule, and keeps what was written.
"""

from collections.abc import Sequence
from datetime import date

from amends.law.eligibility import REASONS
from amends.law.policy import SCENARIO_OF
from amends.portal import intake, terms
from amends.portal.attached import attached
from amends.portal.buyer.claim import (
    STEPS,
    Desk,
    Part,
    Piece,
    Step,
    answered,
    checklist,
    desk,
    keep,
    steps_of,
    unanswered,
    wanted_of,
)
from amends.portal.buyer.orders import BUYER
from amends.portal.forms import minor_units
from amends.portal.refusals import said
from amends.portal.route import Address
from amends.portal.visit import Lost, Page, Visit
from amends.store import claims
from amends.text import whole_number

LONGEST = 6000
MOST_PIECES = 50


async def begin(visit: Visit) -> Page:
    """Go on where the claim stands: the first question without an answer, or the check."""
    at = await desk(visit)
    number = next((n for n, part in enumerate(at.claim.parts) if unanswered(part)), None)
    if number is not None:
        return visit.to(_path(at, number, unanswered(at.claim.parts[number]) or "item"))
    if at.claim.parts and not visit.query.get("line"):
        return visit.to(f"/my/orders/{at.order_id}/claim/check")
    part = at.part(len(at.claim.parts))
    if (line := visit.query.get("line")) and any(one.line.id == line for one in at.lines):
        _choose(at, part, line)
        await keep(visit, at)
    return visit.to(_path(at, len(at.claim.parts) - 1, unanswered(part) or "item"))


async def again(visit: Visit) -> Page:
    """Throw away what was begun."""
    at = await desk(visit)
    await claims.drop(visit.hinge.db, visit.marketplace, visit.actor.id, at.order_id)
    return visit.to(f"/my/orders/{at.order_id}")


async def leave_out(visit: Visit) -> Page:
    """Take one part out of the claim."""
    at, number, part = await _asked(visit)
    if part.sent:
        raise Lost(404)
    del at.claim.parts[number]
    await keep(visit, at)
    return visit.to(f"/my/orders/{at.order_id}/claim/check" if at.claim.parts else f"/my/orders/{at.order_id}")


async def ask(visit: Visit) -> Page:
    """One question."""
    at, number, part = await _asked(visit)
    return await _question(visit, at, number, part, {})


async def answer(visit: Visit) -> Page:
    """An answer: kept, and on to the next question; what does not fit comes back with everything else kept."""
    at, number, part = await _asked(visit)
    step = _step(visit)
    take = {"item": _item, "what": _what, "noticed": _noticed, "wanted": _wanted, "words": _words}.get(step)
    faults = await _evidence(visit, part) if take is None else take(visit, at, part)
    await keep(visit, at)
    if faults or visit.form.get("stay"):
        return await _question(visit, at, number, part, faults)
    if visit.query.get("back") == "check" and unanswered(part) is None:
        return visit.to(f"/my/orders/{at.order_id}/claim/check")
    following = _after(part, step)
    return visit.to(_path(at, number, following) if following else f"/my/orders/{at.order_id}/claim/check")


async def _asked(visit: Visit) -> tuple[Desk, int, Part]:
    at, number = await desk(visit), whole_number(visit.path["number"], 3)
    if number is None:
        raise Lost(404)
    part = at.part(number)
    if part.sent:
        raise Lost(404)
    return at, number, part


def _step(visit: Visit) -> Step:
    step = visit.path["step"]
    if step not in STEPS:
        raise Lost(404)
    return step


def _after(part: Part, step: Step) -> Step | None:
    order = steps_of(part)
    later = order[order.index(step) + 1 :] if step in order else order
    return next((one for one in later if not answered(part, one)), None) or unanswered(part)


def _path(at: Desk, number: int, step: str) -> str:
    return f"/my/orders/{at.order_id}/claim/{number}/{step}"


def _choose(at: Desk, part: Part, line_id: str) -> None:
    now = next(one for one in at.lines if one.line.id == line_id)
    part.line_id = line_id
    part.quantity = 1 if now.line.quantity == 1 else part.quantity


def _item(visit: Visit, at: Desk, part: Part) -> dict[str, str]:
    _ = visit.gettext
    chosen = next((one for one in at.lines if one.line.id == visit.form.get("line")), None)
    if chosen is None:
        return {"line": _("Choose what this is about.")}
    quantity = whole_number(visit.form.get(f"quantity-{chosen.line.id}", "1")) or 0
    part.line_id = chosen.line.id
    if not 1 <= quantity <= chosen.line.quantity:
        part.quantity = 0
        return {f"quantity-{chosen.line.id}": _("Say how many, from 1 to %(most)s.") % {"most": chosen.line.quantity}}
    part.quantity = quantity
    return {}


def _what(visit: Visit, at: Desk, part: Part) -> dict[str, str]:
    now, reason = at.line(part), visit.form.get("reason", "")
    if reason not in terms.REASON:
        return {"reason": visit.gettext("Choose what happened.")}
    if reason != part.reason:
        part.visibility, part.seen_evidence = "", False
    part.reason = reason
    if part.wanted and part.wanted not in wanted_of(part):
        part.wanted = ""
    if now is not None and reason not in now.found.reasons:
        return {"reason": visit.gettext("This reason is not open for this item any more. Choose another one, or read "
                                        "why below.")}  # fmt: skip
    return {}


def _noticed(visit: Visit, at: Desk, part: Part) -> dict[str, str]:
    chosen, on = visit.form.get("visibility", ""), visit.form.get("noticed_on", "")
    part.noticed_on = on[:10]
    if chosen not in ("visible", "hidden"):
        return {"visibility": visit.gettext("Choose when you could see it.")}
    part.visibility = chosen
    if not on:
        return {}
    try:
        late = date.fromisoformat(on) > visit.now.date()
    except ValueError:
        late = True
    return {"noticed_on": visit.gettext("Give the day as it stands in a calendar, not after today.")} if late else {}


def _wanted(visit: Visit, at: Desk, part: Part) -> dict[str, str]:
    chosen, part.amount = visit.form.get("wanted", ""), visit.form.get("amount", "")[:30]
    if chosen not in wanted_of(part):
        return {"wanted": visit.gettext("Choose what would put it right.")}
    part.wanted = chosen
    if chosen == "partial_refund":
        units = minor_units(part.amount, at.order.currency)
        if not units:
            return {"amount": visit.gettext("Give the amount in figures, for example 25.")}
    else:
        part.amount = ""
    return {}


def _words(visit: Visit, at: Desk, part: Part) -> dict[str, str]:
    part.statement = visit.form.get("statement", "")[:LONGEST]
    if not part.statement:
        return {"statement": visit.gettext("Tell us in a sentence or two what happened.")}
    return {}


async def _evidence(visit: Visit, part: Part) -> dict[str, str]:
    """Files by the line of the checklist they are for, those taken out, and what the buyer does not have."""
    dropped = set(visit.lists.get("drop", ()))
    part.pieces = [one for one in part.pieces if one.upload not in dropped]
    for one in part.pieces:
        one.describes = visit.form.get(f"describes-{one.upload}", one.describes)[:200]
    faults: dict[str, str] = {}
    have = {one.upload for one in part.pieces}
    for kind in terms.EVIDENCE:
        for upload in visit.lists.get(f"upload-{kind}", ()):
            if upload not in have and await attached(visit, [upload]):
                part.pieces.append(Piece(kind, upload))
                have.add(upload)
        for field in (f"file-{kind}", f"camera-{kind}"):
            for file in visit.named.get(field, ()):
                taken = await intake.take(visit, file)
                if not isinstance(taken, str):
                    faults[f"file-{kind}"] = taken.says
                elif taken not in have:
                    part.pieces.append(Piece(kind, taken))
                    have.add(taken)
    del part.pieces[MOST_PIECES:]
    part.lacking = {
        kind: visit.form.get(f"why-{kind}", "")[:200] for kind in terms.EVIDENCE if visit.form.get(f"lack-{kind}")
    }
    part.seen_evidence = not faults
    return faults


async def _question(visit: Visit, at: Desk, number: int, part: Part, faults: dict[str, str]) -> Page:
    step, now = _step(visit), at.line(part)
    if step != "item" and now is None:
        return visit.to(_path(at, number, "item"))
    order = steps_of(part)
    refused = now.found.refused if now is not None else None
    return visit.page(
        f"buyer/ask_{step}.html",
        422 if faults else 200,
        at=at,
        part=part,
        now=now,
        number=number,
        step=step,
        place=order.index(step) + 1 if step in order else 1,
        places=len(order) + 1,
        before=_before(at, number, order, step),
        faults=faults,
        closed=said(refused, visit.locale, now.policy.pack.zone) if refused and now else None,
        closed_by=refused.clauses if refused else (),
        reasons=REASONS,
        scenario_of=SCENARIO_OF,
        wanted_of=wanted_of,
        checklist=checklist(now, part) if step == "evidence" and now is not None else (),
        other_kind=_other_kind,
        files=await attached(visit, [one.upload for one in part.pieces]) if step == "evidence" else {},
    )


def _other_kind(listed: Sequence[str]) -> str:
    """What a file is called that is on no line of the checklist."""
    return next(kind for kind in ("photo_of_item", "conversation", "video_of_item") if kind not in listed)


def _before(at: Desk, number: int, order: tuple[Step, ...], step: Step) -> str:
    place = order.index(step) if step in order else 0
    return _path(at, number, order[place - 1]) if place else f"/my/orders/{at.order_id}"


CLAIM = "/my/orders/{order_id:str}/claim"
ADDRESSES = (
    Address(method="GET", path=CLAIM, name="claim", does=begin, roles=BUYER),
    Address(method="POST", path=f"{CLAIM}/again", name="claim_again", does=again, roles=BUYER),
    Address(method="POST", path=f"{CLAIM}/{{number:str}}/leave-out", name="claim_part_out", does=leave_out,
            roles=BUYER),
    Address(method="GET", path=f"{CLAIM}/{{number:str}}/{{step:str}}", name="claim_question", does=ask, roles=BUYER),
    Address(method="POST", path=f"{CLAIM}/{{number:str}}/{{step:str}}", name="claim_answer", does=answer, roles=BUYER,
            uploads=True),
)  # fmt: skip
