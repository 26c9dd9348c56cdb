"""The ledger of one case, added up from the postings of its events, and what it must say of the case."""

from collections import Counter
from collections.abc import Iterable

from amends.law.case import MONEY_KINDS, Case, is_live
from amends.law.events import Event
from amends.law.evolve import evolve
from amends.law.postings import Journal, postings


def journals(start: Case, events: Iterable[Event]) -> Iterable[tuple[Case, tuple[Journal, ...]]]:
    """After each event: the case, and the journals the event made."""
    case = start
    for event in events:
        made = postings(case, event)
        case = evolve(case, event)
        yield case, made


def balances(start: Case, events: Iterable[Event]) -> Counter[str]:
    """The sum of each account over all events."""
    total: Counter[str] = Counter()
    for _, made in journals(start, events):
        add(total, made)
    return total


def add(total: Counter[str], made: Iterable[Journal]) -> None:
    """Post journals to the balances."""
    for journal in made:
        for leg in journal.legs:
            total[leg.account] += leg.amount


def check_ledger(start: Case, events: Iterable[Event]) -> None:
    """After every event the ledger tells the same story as the case."""
    total: Counter[str] = Counter()
    for case, made in journals(start, events):
        for journal in made:
            assert sum(leg.amount for leg in journal.legs) == 0, f"{journal.purpose} does not sum to zero"
            assert journal.currency == case.order.currency
        add(total, made)
        agrees(case, total)


def agrees(case: Case, total: Counter[str]) -> None:
    """Refunded, owed, obligations and payouts are the case's own; in a closed case nothing is left to clear."""
    buyer, seller = case.order.buyer.id, case.order.seller.id
    assert total[f"buyer:{buyer}:refunded"] == case.refunded, "the buyer has another sum than the case says"
    assert total[f"buyer:{buyer}:claim"] == case.owed, "the buyer's claim is not what is owed"
    back = [r for r in case.remedies if r.kind == "reimburse_seller"]
    assert total[f"seller:{seller}:claim"] == sum(r.amount or 0 for r in back if is_live(r))
    for owner, account in (("seller", f"seller:{seller}"), ("platform", "platform")):
        live = sum(r.amount or 0 for r in case.remedies if r.owner == owner and is_live(r))
        assert total[f"{account}:obligation"] == -live, f"the {owner}'s obligation is not what it owes"
    assert sum(total.values()) == 0
    assert sum(n for account, n in total.items() if account.endswith(":recourse")) == 0
    if case.stage == "closed":
        assert not any(n for account, n in total.items() if account.endswith((":claim", ":obligation")))


def paid_out(case: Case) -> int:
    """Money remedies performed and chargebacks: what the buyer has back, counted from the case alone."""
    performed = [r for r in case.remedies if r.kind in MONEY_KINDS and r.status in ("fulfilled", "deducted")]
    return sum(r.amount or 0 for r in performed) + sum(c.amount for c in case.chargebacks)
