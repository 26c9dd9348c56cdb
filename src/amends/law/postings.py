"""Postings: what an event means in money, as journals whose legs sum to zero.

Accounts are `role:id:purpose`. An ordered refund is an obligation against the buyer's claim; paying or deducting moves
the payer's payout to the buyer and clears both; waiving reverses; recourse moves the cost to who bears it.
Clauses: US-53, 76, 95, 96, 102, 106, 115; ID-20; readings A25, A29.
"""

import msgspec

from amends.law import events as e
from amends.law.case import MONEY_KINDS, Case, CostShare, Recourse, Remedy
from amends.law.money import split
from amends.law.tidy import borne_so_far, members


class Leg(msgspec.Struct, frozen=True):
    """One posting: an account and a signed amount in minor units."""

    account: str
    amount: int


class Journal(msgspec.Struct, frozen=True):
    """Postings that belong together, of one currency; the amounts sum to zero."""

    purpose: str
    currency: str
    legs: tuple[Leg, ...]


def postings(before: Case, event: e.Event) -> tuple[Journal, ...]:
    """The journals of an event on the case as it was before it."""
    owed = {r.id: r for r in before.remedies}
    made = [_ordered(before, r) for r in getattr(event, "remedies", ())]
    made += [_reversed(before, owed[r]) for r in getattr(event, "waived", ()) if r in owed]
    match event:
        case e.RemedyFulfilled():
            made += [_paid(before, owed[event.remedy_id], "paid"), _borne(before, owed[event.remedy_id])]
        case e.RemedyDeducted():
            made += [_paid(before, owed[event.remedy_id], "deducted"), _borne(before, owed[event.remedy_id])]
        case e.RemedyWaived():
            made.append(_reversed(before, owed[event.remedy_id]))
        case e.RemedyOverdue() if event.instead is not None:
            made.append(_ordered(before, event.instead))
        case e.AppealDecided() if event.recourse is not None and event.recourse.rationale is not None:
            back = borne_so_far(before, "seller")
            made.append(_shares(before, "seller", (CostShare("platform", back),)))
            made.append(_shares(before, event.recourse.paid_by, event.recourse.shares))
        case e.RecourseAllocated() if before.recourse is not None:
            made.append(_allocated(before, before.recourse, event.shares))
        case e.ChargebackReported():
            made += [_reduced(before, owed[r.id], r) for r in event.reduced]
            made.append(_charged_to_seller(before, event))
            amount = event.chargeback.amount
            made.append(_journal(before, "chargeback", {_buyer(before, "refunded"): amount,
                                                        _account(before, "platform", "payout"): -amount}))  # fmt: skip
    return tuple(journal for journal in made if journal is not None)


def _ordered(case: Case, remedy: Remedy) -> Journal | None:
    if not remedy.amount:
        return None
    return _journal(case, "ordered", {_owing(case, remedy): -remedy.amount, _claim(case, remedy): remedy.amount})


def _reversed(case: Case, remedy: Remedy) -> Journal | None:
    if not remedy.amount:
        return None
    return _journal(case, "waived", {_owing(case, remedy): remedy.amount, _claim(case, remedy): -remedy.amount})


def _reduced(case: Case, old: Remedy, new: Remedy) -> Journal | None:
    return _reversed(case, msgspec.structs.replace(old, amount=(old.amount or 0) - (new.amount or 0)))


def _paid(case: Case, remedy: Remedy, purpose: str) -> Journal | None:
    """The payer's payout falls, the receiver has it, and obligation and claim are cleared."""
    if not remedy.amount:
        return None
    received = "refunded" if remedy.kind in MONEY_KINDS else "payout"
    receiver = _buyer(case, received) if remedy.kind in MONEY_KINDS else _account(case, "seller", received)
    return _journal(case, purpose, {
        _account(case, remedy.owner, "payout"): -remedy.amount, receiver: remedy.amount,
        _owing(case, remedy): remedy.amount, _claim(case, remedy): -remedy.amount,
    })  # fmt: skip


def _borne(case: Case, remedy: Remedy) -> Journal | None:
    """What was just paid is borne as recourse was allocated, in proportion to its shares."""
    recourse = case.recourse
    if recourse is None or recourse.status != "allocated" or remedy not in members(case, recourse):
        return None
    return _shares(case, recourse.paid_by, _in_proportion(recourse.shares, remedy.amount or 0))


def _allocated(case: Case, recourse: Recourse, shares: tuple[CostShare, ...]) -> Journal | None:
    """On allocation what was paid so far moves to who bears it; the platform makes good goods the seller sent."""
    if recourse.paid_by == "seller":
        return _shares(case, "platform", tuple(s for s in shares if s.bearer != "seller"))
    paid = sum(r.amount or 0 for r in members(case, recourse) if r.status in ("fulfilled", "deducted"))
    return _shares(case, recourse.paid_by, _in_proportion(shares, paid))


def _in_proportion(shares: tuple[CostShare, ...], amount: int) -> tuple[CostShare, ...]:
    if amount == 0 or not any(s.amount for s in shares):
        return ()
    parts = split(amount, [s.amount for s in shares])
    return tuple(CostShare(s.bearer, part) for s, part in zip(shares, parts, strict=True))


def _charged_to_seller(case: Case, event: e.ChargebackReported) -> Journal | None:
    """What the bank took instead of a refund the seller owed is still the seller's to bear (G13)."""
    left = {r.id: r.amount or 0 for r in event.reduced} | dict.fromkeys(event.waived, 0)
    saved = sum((r.amount or 0) - left[r.id] for r in case.remedies if r.id in left and r.owner == "seller")
    return _shares(case, "platform", (CostShare("seller", saved),))


def _shares(case: Case, paid_by: str, shares: tuple[CostShare, ...]) -> Journal | None:
    """The cost moves from who paid first to who bears it."""
    moved = {s.bearer: s.amount for s in shares if s.bearer != paid_by and s.amount}
    if not moved:
        return None
    legs = {_account(case, bearer, "recourse"): -amount for bearer, amount in moved.items()}
    return _journal(case, "recourse", legs | {_account(case, paid_by, "recourse"): sum(moved.values())})


def _owing(case: Case, remedy: Remedy) -> str:
    return _account(case, remedy.owner, "obligation")


def _claim(case: Case, remedy: Remedy) -> str:
    return _account(case, "seller" if remedy.kind == "reimburse_seller" else "buyer", "claim")


def _buyer(case: Case, purpose: str) -> str:
    return _account(case, "buyer", purpose)


def _account(case: Case, role: str, purpose: str) -> str:
    order = case.order
    named = {"buyer": order.buyer.id, "seller": order.seller.id, "carrier": order.fulfilment.carrier or "-"}
    return f"{role}:{named[role]}:{purpose}" if role in named else f"{role}:{purpose}"


def _journal(case: Case, purpose: str, legs: dict[str, int]) -> Journal:
    assert sum(legs.values()) == 0, "a journal sums to zero"
    return Journal(purpose, case.order.currency, tuple(Leg(account, amount) for account, amount in legs.items()))
