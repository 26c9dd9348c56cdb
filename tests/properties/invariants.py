"""What must hold of every step and every state, whatever happened. Each check is one sentence and asserts it."""

from collections import Counter
from datetime import timedelta

from amends.law.actors import PARTIES
from amends.law.case import Case, is_live, is_pending
from amends.law.commands import Appeal
from amends.law.events import AppealDecided, Decided, Event, type_of
from amends.law.evidence import under_way
from amends.law.evolve import evolve
from amends.law.moves import MOVES, available_actions
from amends.law.refusal import Refused, says
from tests.law.stories import Step, Story

UNCITED = frozenset({"case_claimed", "case_released"})
"""Events that rest on no clause: the desk's own order of work."""
OF_THE_TABLE = frozenset({"not_in_stage", "not_your_case", "proceedings_open", "request_open", "dispute_open",
                          "seller_has_not_refused"})  # fmt: skip
"""Refusals that the table and its `ready` give: an action that is shown as open never meets them."""
ENDED = {"remedies": {"fulfilled", "deducted", "waived"}, "enforcement": {"reversed", "expired"},
         "offers": {"accepted", "declined", "taken_back", "lapsed"},
         "evidence_requests": {"answered", "declined", "lapsed", "ended"},
         "deadlines": {"fired", "ended"}}  # fmt: skip
"""States nothing comes back from."""
GOODS = frozenset({"replacement", "resend_missing"})


def check_step(story: Story, step: Step) -> None:
    """Everything that must hold of one question and its answer."""
    if isinstance(step.answer, Refused):
        refusals_are_sentences(story, step)
        what_is_open_is_not_refused_by_the_table(story, step)
        return
    nobody_acts_out_of_turn(step)
    what_is_accepted_was_shown_as_open(story, step)
    the_stage_leads_where_the_table_says(step)
    case = step.before
    for event in step.answer:
        after = evolve(case, event)
        everything_cites_the_pack(story, event)
        deadlines_lie_ahead(case, event)
        what_ended_stays_ended(case, after)
        nothing_is_decided_while_a_file_is_under_way(case, event)
        case = after
    assert case == step.after, "folding the events again leads elsewhere"
    check_state(step.after)


def check_state(case: Case) -> None:
    """Everything that must hold of a case between two commands."""
    money_fits(case)
    disputes_are_limited(case)
    clocks_and_what_they_time_agree(case)
    shown_ends_are_the_real_ends(case)
    a_closed_case_is_at_rest(case)
    a_file_under_way_has_its_clock(case)
    refused_goods_are_not_lost_to_the_buyer(case)


def refusals_are_sentences(story: Story, step: Step) -> None:
    """A refusal reads as a sentence in both languages and cites clauses of the pack."""
    assert isinstance(step.answer, Refused)
    for locale in ("en", "id"):
        said = says(step.answer, locale)
        assert "{" not in said, said
        assert "None" not in said, said
    known(story, step.answer.clauses)


def known(story: Story, clauses: tuple[str, ...]) -> None:
    """Every clause is one of the pack's clauses or readings, and is cited once."""
    pack = story.policy.pack
    assert len(set(clauses)) == len(clauses), f"cited twice: {clauses}"
    assert set(clauses) <= pack.clauses.keys() | pack.readings.keys(), f"unknown: {clauses}"


def shown(story: Story, step: Step) -> set[str]:
    """The actions shown to the actor before the step."""
    return {action.command for action in available_actions(step.before, step.actor, step.at, story.policy)}


def what_is_open_is_not_refused_by_the_table(story: Story, step: Step) -> None:
    """An action shown as open may fail on its details, never on stage or on whose case it is.

    `appeal` is one action for decisions and measures: shown for the one, it may be out of stage for the other.
    """
    assert isinstance(step.answer, Refused)
    one_of_two_appeals = isinstance(step.command, Appeal) and step.command.enforcement_id is None
    if step.answer.code in OF_THE_TABLE and not one_of_two_appeals:
        assert step.name not in shown(story, step), f"{step.name} was shown, then {step.answer}"


def what_is_accepted_was_shown_as_open(story: Story, step: Step) -> None:
    """Whatever is accepted was among the available actions (the clock's own moves are not shown)."""
    assert step.name in ("lapse", "note_file") or step.name in shown(story, step), (
        f"{step.name} was accepted, not shown"
    )


def nobody_acts_out_of_turn(step: Step) -> None:
    """Only roles of the table act, only in its stages, and parties only in cases of their own."""
    order = step.before.order
    own = {"buyer": order.buyer.id, "seller": order.seller.id, "carrier": order.fulfilment.carrier or step.actor.id}
    assert own.get(step.actor.role, step.actor.id) == step.actor.id, f"{step.actor} is no party"
    rows = [m for m in MOVES if m.command == step.name and step.before.stage in m.stages and step.actor.role in m.roles]
    assert rows, f"{step.actor.role} may not {step.name} in {step.before.stage}"


def the_stage_leads_where_the_table_says(step: Step) -> None:
    """A change of stage is one that the row lists."""
    before, after = step.before.stage, step.after.stage
    listed = {to for m in MOVES if m.command == step.name and before in m.stages for to in m.to}
    assert before == after or after in listed, f"{step.name}: {before} -> {after} is not in the table"


def everything_cites_the_pack(story: Story, event: Event) -> None:
    """Each event, each deadline it starts and each thing it carries rests on clauses of the pack."""
    name = type_of(event)
    assert event.clauses or name in UNCITED, f"{name} cites nothing"
    known(story, event.clauses)
    for deadline in event.starts:
        assert deadline.clauses, f"{deadline.id} cites nothing"
        known(story, deadline.clauses)
    for remedy in getattr(event, "remedies", ()):
        assert remedy.clauses, f"{remedy.id} ({remedy.kind}) cites nothing"
        known(story, remedy.clauses)
    if (recourse := getattr(event, "recourse", None)) is not None:
        assert recourse.clauses, "recourse cites nothing"


def deadlines_lie_ahead(before: Case, event: Event) -> None:
    """A deadline lies after its start and after the event that starts it, in UTC, and only ever moves later."""
    had = {d.id: d for d in before.deadlines}
    for d in event.starts:
        assert d.due_at > event.at, f"{d.id} is due before it starts"
        assert d.due_at >= d.derivation.start_at, f"{d.id} precedes its own start"
        assert d.due_at == d.derivation.due_at, f"{d.id} is not what was derived"
        assert d.due_at.utcoffset() == timedelta(0), f"{d.id} is not in UTC"
        assert d.id not in had, f"{d.id} is used twice"
    assert len({d.id for d in event.starts}) == len(event.starts), "one event starts two deadlines of one id"
    for ended in event.ends:
        assert had[ended.id].state == "open", f"{ended.id} ends twice"
    for moved in event.moves:
        assert moved.due_at >= had[moved.id].due_at, f"{moved.id} moved earlier"


def what_ended_stays_ended(before: Case, after: Case) -> None:
    """Nothing performed, waived, declined, reversed or lapsed ever comes back."""
    for field, terminal in ENDED.items():
        said = "state" if field == "deadlines" else "status"
        now = {thing.id: getattr(thing, said) for thing in getattr(after, field)}
        for thing in getattr(before, field):
            was = getattr(thing, said)
            assert was not in terminal or now[thing.id] == was, f"{field} {thing.id}: {was} -> {now[thing.id]}"


def nothing_is_decided_while_a_file_is_under_way(before: Case, event: Event) -> None:
    """A promised file that would count has come, or failed to, before anything is decided."""
    if isinstance(event, Decided) or (isinstance(event, AppealDecided) and not event.appeal.against.startswith("x")):
        assert not under_way(before), "decided while a file is under way"


def a_file_under_way_has_its_clock(case: Case) -> None:
    """In an open case a file is awaited exactly while its clock runs."""
    clocks = {d.subject for d in case.open_deadlines("upload")}
    awaited = {x.file.id for x in case.evidence if x.file and x.file.state == "awaited"}
    assert clocks == (set() if case.stage == "closed" else awaited), f"awaited {awaited}, clocks {clocks}"


def money_fits(case: Case) -> None:
    """Refunded and owed never exceed what was paid, and what the seller is given back it had paid."""
    assert case.refunded >= 0
    assert case.owed >= 0
    assert case.refunded + case.owed <= case.paid, f"{case.refunded} + {case.owed} > {case.paid}"
    done = [r for r in case.remedies if r.owner == "seller" and r.status in ("fulfilled", "deducted")]
    gave = sum(r.amount or 0 for r in done) + case.paid * any(r.kind in GOODS for r in done)
    back = sum(r.amount or 0 for r in case.remedies if r.kind == "reimburse_seller" and r.status == "fulfilled")
    assert back <= gave, f"the seller gave {gave} and is made whole with {back}"


def disputes_are_limited(case: Case) -> None:
    """At most two disputes, never two open, and one open exactly while the platform looks at it."""
    open_ = [d for d in case.disputes if d.ended_at is None]
    assert len(case.disputes) <= 2
    assert len(open_) <= 1
    if case.stage in ("gathering_evidence", "under_review"):
        assert open_, f"{case.stage} without an open dispute"
    elif case.stage not in ("suspended",):
        assert not open_, f"{case.stage} with an open dispute"


def clocks_and_what_they_time_agree(case: Case) -> None:
    """A clock runs exactly while the thing it times is open."""
    running = {(d.kind, d.subject) for d in case.open_deadlines()}
    expected = {("settlement_offer", o.id) for o in case.offers if o.status == "open"}
    expected |= {("requested_evidence", q.id) for q in case.evidence_requests if q.status == "open"}
    kinds = {"settlement_offer", "requested_evidence"}
    assert {pair for pair in running if pair[0] in kinds} == expected
    live = {r.id for r in case.remedies if is_live(r)}
    timed = {subject for kind, subject in running if kind in ("remedy", "return_shipment")}
    assert timed <= live, f"clocks of remedies no longer owed: {timed - live}"
    leg = case.return_leg.state if case.return_leg else None
    kinds_running = Counter(kind for kind, _ in running)
    assert kinds_running["return_shipment"] == (leg == "awaiting_shipment"), f"leg {leg}, {running}"
    assert kinds_running["return_inspection"] == (leg == "in_transit"), f"leg {leg}, {running}"
    waiting = [r for r in case.remedies if is_live(r) and r.awaits == "return"]
    assert len(waiting) <= 1, "two refunds wait for one return"
    assert not waiting or leg in ("awaiting_shipment", "in_transit"), f"a refund waits for a return that is {leg}"
    parties = {d.party for d in case.open_deadlines("buyer_evidence", "seller_evidence", "carrier_evidence")}
    assert parties <= set(PARTIES)


def shown_ends_are_the_real_ends(case: Case) -> None:
    """Wherever an end is shown beside its deadline, both say the same instant."""
    due = {(d.kind, d.subject): d.due_at for d in case.open_deadlines()}
    for remedy in case.remedies:
        assert due.get(("remedy", remedy.id), remedy.due_at) == remedy.due_at, f"{remedy.id}: another end is shown"
    for asked in case.evidence_requests:
        assert due.get(("requested_evidence", asked.id), asked.due_at) == asked.due_at, f"{asked.id}: another end"
    for offer in case.offers:
        assert due.get(("settlement_offer", offer.id), offer.valid_until) == offer.valid_until, f"{offer.id}"
    if case.decision is not None and (appeal := due.get(("appeal", None))) is not None:
        assert case.decision.appeal_until == appeal, "the decision shows another end of the appeal"


def a_closed_case_is_at_rest(case: Case) -> None:
    """In a closed case nothing is owed, asked, offered, on its way, unallocated or ticking."""
    if case.stage != "closed":
        return
    assert case.closed_as is not None
    assert {d.kind for d in case.open_deadlines()} <= {"retention"}, "a clock runs in a closed case"
    running = bool(case.open_deadlines("retention"))
    assert running == (case.held is None and set(case.erased) != set(PARTIES)), "how long is it kept?"
    assert not [r.id for r in case.remedies if is_live(r)], "something is owed in a closed case"
    assert not [a.number for a in case.appeals if is_pending(a)], "an appeal hangs in a closed case"
    assert case.return_leg is None or case.return_leg.state not in ("awaiting_shipment", "in_transit")
    assert case.recourse is None or case.recourse.status == "allocated"


def refused_goods_are_not_lost_to_the_buyer(case: Case) -> None:
    """Where the seller refused what came back, the buyer ends with the goods, with money, or by its own agreement."""
    leg = case.return_leg
    if case.stage != "closed" or leg is None or leg.state != "refused" or case.closed_as in ("settled", "external"):
        return
    sent_back = any(r.kind == "ship_back_to_buyer" and r.status == "fulfilled" for r in case.remedies)
    made_good = any(r.kind in GOODS and r.status == "fulfilled" for r in case.remedies)
    assert sent_back or made_good or case.refunded > 0 or case.paid == 0, "neither goods nor money"
