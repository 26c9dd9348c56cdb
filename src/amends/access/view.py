"""The case as one caller sees it: `show` is exactly what `GET /v1/cases/{id}` answers.

Pure: a case, an actor, an instant and the policy go in, Structs come out; the same inputs give the same bytes.
What is hidden from whom is decided in sight.py, what may be done now in law/moves.py; this room only lays the table.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import UNSET

from amends.access import erasure, ruling
from amends.access import shapes as s
from amends.access.sight import WHY_HIDDEN, Sight
from amends.law import calendar, evidence, moves
from amends.law import deadlines as silence
from amends.law.actors import Actor
from amends.law.case import Case, Deadline, Evidence, File
from amends.law.facts import Buyer, Seller
from amends.law.policy import Policy

CaseView = s.CaseView


def show(
    case: Case,
    actor: Actor,
    at: datetime,
    policy: Policy,
    *,
    all_actions: bool = False,
    locale: str | None = None,
) -> CaseView:
    """The case for this actor at this instant. `all_actions` (staff only) lists what every role may do now."""
    sight = Sight(case, actor, policy, locale)
    view = _laid(sight, actor, at, policy, everyones=all_actions and sight.is_staff)
    return erasure.told(view, sight.locale) if case.erased else view


def _laid(sight: Sight, actor: Actor, at: datetime, policy: Policy, *, everyones: bool) -> CaseView:
    """The table laid: every part of the case as the actor sees it."""
    case = sight.case
    order, both = case.order, sight.both_sides
    return CaseView(
        id=case.id,
        revision=case.revision,
        order_id=order.order_id,
        line_id=order.line.id,
        claim_id=case.claim_id,
        stage=case.stage,
        closed_as=case.closed_as,
        opened_at=case.opened_at,
        updated_at=case.updated_at,
        policy=s.PolicyView(pack=case.pack, edition=case.edition),
        reason=case.reason,
        scenario=case.scenario,
        visibility=case.visibility,
        severity=case.severity,
        deceptive=case.deceptive if both else None,
        noticed_at=case.noticed_at if both else None,
        item=item(case) if both else None,
        fulfilment=order.fulfilment,
        buyer=person(order.buyer, sight, "buyer") if both else None,
        seller=person(order.seller, sight, "seller"),
        paid=ruling.money(case, case.paid) if both else None,
        refunded=ruling.money(case, case.refunded) if both else None,
        wanted=case.wanted if both and case.requests else None,
        requests=requests(case) if both else (),
        disputes=case.disputes if both else (),
        disputes_left=max(0, policy.limits.disputes_per_line.value - len(case.disputes)),
        evidence=tuple(piece(one, sight) for one in case.evidence if sight.knows_of(one)),
        declined=tuple(one for one in case.declined if sight.hears(one.party)),
        checklist=checklist(sight),
        offers=offers(case) if both else (),
        messages=case.messages if both else (),
        evidence_requests=tuple(one for one in case.evidence_requests if sight.hears(one.party)),
        verifications=case.verifications if both else (),
        decisions=tuple(ruling.decision(one, sight) for one in case.decisions) if both else (),
        remedies=tuple(ruling.remedy(case, one) for one in case.remedies) if both else (),
        return_=case.return_leg if both else None,
        appeals=tuple(ruling.appeal(one, sight) for one in case.appeals if sight.sees_appeal(one)),
        recourse=ruling.recourse(case.recourse, sight) if case.recourse and sight.sees_recourse() else None,
        enforcement=case.enforcement if sight.shop_matters else (),
        proceedings=case.proceedings if both else (),
        chargebacks=ruling.chargebacks(case) if both else (),
        deadlines=open_deadlines(sight),
        retention=retention(case),
        assigned_to=case.assigned_to if sight.is_staff else None,
        assigned_until=case.assigned_until if sight.is_staff else None,
        available_actions=actions(case, actor, at, policy, everyones=everyones),
    )


def item(case: Case) -> s.ItemView:
    """What was bought."""
    line = case.order.line
    return s.ItemView(title=line.title, sku=line.sku, quantity=line.quantity, traits=line.traits)


def person(who: Buyer | Seller, sight: Sight, role: str) -> s.PersonView:
    """A buyer or seller: all of it for themselves and staff, the shop's name for everyone, else the id alone."""
    if sight.is_staff or sight.actor.role == role:
        if isinstance(who, Buyer):
            return s.PersonView(id=who.id, name=who.name, email=who.email, locale=who.locale, verified=who.verified)
        return s.PersonView(id=who.id, name=who.name, email=who.email, locale=who.locale)
    return s.PersonView(id=who.id, name=who.name) if role == "seller" else s.PersonView(id=who.id)


def requests(case: Case) -> tuple[s.RequestView, ...]:
    """The requests to the seller, oldest first."""
    return tuple(
        s.RequestView(
            filed_at=one.filed_at,
            wanted=one.wanted,
            statement=one.statement,
            quantity=one.quantity,
            amount=ruling.maybe_money(case, one.amount),
            answer=one.answer,
            answered_at=one.answered_at,
            answer_statement=one.answer_statement,
        )
        for one in case.requests
    )


def offers(case: Case) -> tuple[s.OfferView, ...]:
    """Settlement offers, oldest first."""
    return tuple(
        s.OfferView(
            id=one.id,
            by=one.by,
            remedy=one.remedy,
            amount=ruling.maybe_money(case, one.amount),
            statement=one.statement,
            made_at=one.made_at,
            valid_until=one.valid_until,
            status=one.status,
        )
        for one in case.offers
    )


def piece(one: Evidence, sight: Sight) -> s.EvidenceView:
    """One piece of evidence; what is hidden is shown to exist, with the conclusion once there is one."""
    hiding = sight.hides(one)
    if hiding is not None:
        return s.EvidenceView(
            id=one.id,
            party=one.party,
            type=one.type,
            received_at=one.received_at,
            round=one.round,
            late=one.late,
            hidden=True,
            why=WHY_HIDDEN[hiding][sight.locale],
            visible_from=sight.visible_from(one) or UNSET,
            conclusion=UNSET if one.weight is None else s.Conclusion(weight=one.weight, why=one.why),
        )
    return s.EvidenceView(
        id=one.id,
        party=one.party,
        type=one.type,
        received_at=one.received_at,
        round=one.round,
        late=one.late,
        admitted=one.admitted,
        text=one.text,
        file=None if one.file is None else file(one.file, one, sight),
        tracking=one.tracking,
        describes=one.describes,
        private=one.private,
        weight=one.weight,
        why=one.why,
        redactions=one.redactions or UNSET,
        redacted=True if sight.sees(one) == "redacted" else UNSET,
        erased=True if one.party in sight.case.erased else UNSET,
    )


def file(one: File, item: Evidence, sight: Sight) -> s.FileView:
    """A file of a piece the caller may see."""
    own = sight.is_staff or item.party == sight.actor.role
    return s.FileView(
        id=one.id,
        sha256=one.sha256,
        size_bytes=one.size_bytes,
        media_type=one.media_type,
        state=one.state,
        ticket_at=one.ticket_at,
        why=one.why if own else UNSET,
    )


def retention(case: Case) -> s.RetentionView:
    """How long the case is kept."""
    clock = case.open_deadlines("retention")
    return s.RetentionView(
        erases_at=clock[0].due_at if clock else None,
        held=case.held is not None,
        held_since=case.held.placed_at if case.held else None,
        erased=case.erased,
        erased_at=case.erased_at,
    )


def checklist(sight: Sight) -> tuple[s.ChecklistView, ...]:
    """What is asked of each party, and whether it is there."""
    return tuple(
        s.ChecklistView(
            party=line.party,
            type=line.types[0],
            types=line.types,
            required=line.required,
            status=line.status,
            due_at=line.due_at,
            clauses=line.clauses,
            example=line.example.get(sight.locale),  # type: ignore[call-overload]  # a locale we know
        )
        for line in evidence.checklist(sight.case, sight.policy)
        if sight.hears(line.party)
    )


def open_deadlines(sight: Sight) -> tuple[s.DeadlineView, ...]:
    """The clocks running now, soonest first; how long the record is kept stands apart, under `retention`."""
    running = (d for d in sight.case.open_deadlines() if d.kind != "retention" and sight.sees_deadline(d))
    return tuple(
        s.DeadlineView(
            id=d.id,
            kind=d.kind,
            party=d.party,
            due_at=d.due_at,
            on_timeout=d.on_timeout,
            says=silence.says(d, sight.locale),
            clauses=d.clauses,
            subject=d.subject,
        )
        for d in sorted(running, key=_soonest)
    )


def deadlines(case: Case, actor: Actor, policy: Policy, locale: str | None = None) -> tuple[s.DerivedDeadline, ...]:
    """Every deadline, open and past, soonest first, each with the days it counted."""
    sight = Sight(case, actor, policy, locale)
    seen = (d for d in case.deadlines if sight.sees_deadline(d))
    return tuple(_derived(d, sight) for d in sorted(seen, key=_soonest))


def actions(
    case: Case, actor: Actor, at: datetime, policy: Policy, *, everyones: bool = False
) -> tuple[s.ActionView, ...]:
    """What may be done now: by this actor, or by everyone."""
    actors = _everyone(case, actor, at) if everyones else (actor,)
    return tuple(
        s.ActionView(
            command=action.command,
            role=action.role,
            mandatory=action.mandatory,
            due_at=action.due_at,
            on_timeout=action.on_timeout,
            requirements=action.requirements,
            clauses=action.clauses,
            href=href(case.id, action.command),
        )
        for one in actors
        for action in moves.available_actions(case, one, at, policy)
        if action.command != "lapse"
    )


def href(case_id: str, command: str) -> str:
    """Where a command is sent: filing (again) to the collection, everything else to its case."""
    if command == "file_request":
        return "/v1/cases"
    return f"/v1/cases/{case_id}/{command.replace('_', '-')}"


def _derived(d: Deadline, sight: Sight) -> s.DerivedDeadline:
    why = d.derivation
    return s.DerivedDeadline(
        id=d.id,
        kind=d.kind,
        party=d.party,
        due_at=d.due_at,
        on_timeout=d.on_timeout,
        says=silence.says(d, sight.locale),
        clauses=d.clauses,
        subject=d.subject,
        state=d.state,
        derivation=s.DerivationView(
            start=why.start_at,
            start_event=why.start_event,
            window=why.window,
            zone=why.zone,
            calendar=why.calendar,
            counted=tuple(s.CountedView(**day) for day in calendar.counted_days(why)),  # type: ignore[arg-type]  # date, and day or skipped
            due_at=why.due_at,
            capped_by=why.capped_by,
            clauses=d.clauses,
            edition=sight.case.edition,
        ),
    )


def _everyone(case: Case, actor: Actor, at: datetime) -> Iterable[Actor]:
    """Each role's own person in this case; of the adjudicators the caller, or whoever holds the case now."""
    yield Actor("buyer", case.order.buyer.id)
    yield Actor("seller", case.order.seller.id)
    yield Actor("carrier", case.order.fulfilment.carrier or "carrier")
    held = case.assigned_to is not None and case.assigned_until is not None and at < case.assigned_until
    yield actor if actor.role == "adjudicator" else Actor("adjudicator", str(case.assigned_to) if held else "-")
    yield Actor("operator", actor.id if actor.role == "operator" else "-")


def _soonest(deadline: Deadline) -> tuple[datetime, str]:
    return deadline.due_at, deadline.id
