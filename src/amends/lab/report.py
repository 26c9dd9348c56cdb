"""What a simulation came to, for a person to read: how cases ended, who was silent, who bore the money, what was slow.

Everything is read back from the store: the events, the ledger, and a rebuild of every case from its events. No wall
clock and no random id enters the text, so the same seed gives the same report.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import msgspec

from amends.lab.complaints import COMPLAINS, PRODUCT_REASONS
from amends.lab.players import CHANCES
from amends.lab.words import money
from amends.law import events as e
from amends.law.case import MONEY_KINDS, Case
from amends.law.policy import Policy
from amends.store import cases, ledger, rebuild
from amends.store.connect import Database
from amends.store.rows import Balance
from amends.store.written import decode_case, decode_event

WIDTH = 30
Kinds = type[e.Event] | tuple[type[e.Event], ...]
SPANS: dict[str, tuple[Kinds, Kinds]] = {
    "request to the seller's answer": (e.RequestFiled, (e.RequestApproved, e.RequestRejected)),
    "refusal to dispute": (e.RequestRejected, e.DisputeOpened),
    "dispute to all evidence in": (e.DisputeOpened, (e.ReviewBegan, e.Decided)),
    "review to decision": (e.ReviewBegan, e.Decided),
    "decision to money back": (e.Decided, (e.RemedyFulfilled, e.RemedyDeducted)),
    "return shipped to accepted": (e.ReturnShipped, e.ReturnReceived),
    "appeal to its decision": (e.AppealLodged, e.AppealDecided),
    "request to closing": (e.RequestFiled, e.CaseClosed),
}
"""The steps that are timed: from the first event of one kind to the first of another after it."""

SAYS_HOW = {
    "decided by a person": (e.Decided,), "appealed": (e.AppealLodged,), "disputed": (e.DisputeOpened,),
    "goods sent back": (e.ReturnShipped,), "settled by offer and acceptance": (e.SettlementAccepted,),
    "withdrawn": (e.Withdrawn,), "deducted from the seller's payout": (e.RemedyDeducted,),
    "taken to court": (e.ProceedingsReported,), "charged back by the bank": (e.ChargebackReported,),
}  # fmt: skip


class Head(msgspec.Struct, frozen=True):
    """What was simulated."""

    policy: str
    seed: int
    orders: int
    complaints: int
    cases: int
    weeks: int


class Tally:
    """Everything counted over the cases of one marketplace."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.currency = policy.pack.currency
        self.cases = 0
        self.events = 0
        self.stages: Counter[str] = Counter()
        self.endings: dict[str, Counter[str]] = defaultdict(Counter)
        self.how: Counter[str] = Counter()
        self.deadlines: dict[str, Counter[str]] = defaultdict(Counter)
        self.borne: Counter[str] = Counter()
        self.paid_first: Counter[str] = Counter()
        self.refunded = 0
        self.steps: dict[str, list[tuple[timedelta, str]]] = defaultdict(list)
        self.refused: Counter[tuple[str, str]] = Counter()
        self.fired = 0
        self.failed = 0
        self.wrong: dict[str, list[str]] = {name: [] for name in INVARIANTS}
        self.rebuilt: list[str] = []
        self.unbalanced: list[str] = []

    @property
    def sound(self) -> bool:
        """Whether every check holds."""
        return not (self.rebuilt or self.unbalanced or self.failed or any(self.wrong.values()))


INVARIANTS = {
    "every case was played to its closing": "left open",
    "no buyer got back more than was paid": "refunded more than paid",
    "at most two disputes an order line, never two open": "too many disputes",
    "no deadline ends before it starts, and none was moved earlier": "a deadline out of order",
    "nothing is owed in a closed case": "something still owed",
    "what left the payers arrived at buyers and sellers": "money lost on the way",
}


async def tally(db: Database, marketplace: str, policy: Policy) -> Tally:
    """Count everything, and check it: the events of every case, the ledger, and the rebuild."""
    counted = Tally(policy)
    async for history in cases.histories(db, marketplace):
        case = decode_case(history.case.state)
        _count(counted, case, [decode_event(row.body) for row in history.events])
    async for _, differences in rebuild.check(db, marketplace):
        counted.rebuilt += [f"{one.case_id} {one.what}: {one.stored}, folded {one.folded}" for one in differences]
    counted.unbalanced = await ledger.unbalanced(db, marketplace)
    _balance(counted, await ledger.balances(db, marketplace))
    return counted


def _balance(counted: Tally, balances: Sequence[Balance]) -> None:
    """In the books of a finished marketplace nothing is owed, and what payers paid is what buyers and sellers have."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for balance in balances:
        role, purpose = balance.account.partition(":")[0], balance.account.rpartition(":")[2]
        if purpose in ("payout", "recourse"):
            counted.borne[role] -= balance.amount
        sums[purpose][balance.currency] += balance.amount
        if purpose in ("obligation", "claim") and balance.amount:
            counted.wrong["nothing is owed in a closed case"].append(f"{balance.account} {balance.amount}")
    lost = counted.wrong["what left the payers arrived at buyers and sellers"]
    for currency in sums["refunded"]:
        if sums["payout"][currency] + sums["refunded"][currency]:
            left, reached = sums["payout"][currency], sums["refunded"][currency]
            lost.append(f"{left} left payouts, {reached} reached buyers ({currency})")
        if sums["recourse"][currency]:
            lost.append(f"recourse sums to {sums['recourse'][currency]} {currency}")
    if sums["refunded"].total() != counted.refunded:
        lost.append(f"buyers have {sums['refunded'].total()}, their cases say {counted.refunded}")


def _count(counted: Tally, case: Case, events: Sequence[e.Event]) -> None:
    counted.cases += 1
    counted.events += len(events)
    counted.currency = case.order.currency
    counted.stages[case.stage] += 1
    counted.endings[case.reason or "–"][_ending(case, events)] += 1
    for what, kinds in SAYS_HOW.items():
        counted.how[what] += any(type(event) in kinds and not _automatic(event) for event in events)
    counted.how["answered by the seller"] += case.requests[-1].answer in ("approved", "rejected")
    counted.how["approved by the seller's silence"] += case.requests[-1].answer == "approved_by_silence"
    counted.how["decided on the buyer's material, the seller silent"] += any(map(_automatic, events))
    counted.how["disputed twice"] += len(case.disputes) == 2
    for deadline in case.deadlines:
        counted.deadlines[deadline.kind][deadline.state] += 1
    _money(counted, case)
    _time(counted, case, events)
    _check(counted, case, events)


def _automatic(event: e.Event) -> bool:
    return isinstance(event, e.Decided) and event.decision.by == "automatic"


def _ending(case: Case, events: Sequence[e.Event]) -> str:
    if case.closed_as == "decided" and case.decision:
        return case.decision.outcome
    silent = any(isinstance(event, e.RequestApproved) and event.by_silence for event in events)
    if case.closed_as == "remedied":
        return "approved by silence" if silent else "agreed"
    return case.closed_as or f"open: {case.stage}"


def _money(counted: Tally, case: Case) -> None:
    counted.refunded += case.refunded
    for remedy in case.remedies:
        if remedy.kind in MONEY_KINDS and remedy.status in ("fulfilled", "deducted"):
            how = "seller, deducted from payout" if remedy.status == "deducted" else remedy.owner
            counted.paid_first[how] += remedy.amount or 0
    counted.paid_first["platform, to the bank's chargeback"] += sum(back.amount for back in case.chargebacks)


def _time(counted: Tally, case: Case, events: Sequence[e.Event]) -> None:
    """How long each step took, from the event that starts it to the first that ends it."""
    for name, (first, last) in SPANS.items():
        start: datetime | None = None
        for event in events:
            if start is None and isinstance(event, first):
                start = event.at
            elif start is not None and isinstance(event, last):
                counted.steps[name].append((event.at - start, f"{case.order.order_id}/{case.order.line.id}"))
                break


def _check(counted: Tally, case: Case, events: Sequence[e.Event]) -> None:
    line = f"{case.order.order_id}/{case.order.line.id}"
    names = iter(INVARIANTS)
    checks = [
        case.stage == "closed",
        0 <= case.refunded <= case.paid,
        len(case.disputes) <= 2 and sum(d.ended_at is None for d in case.disputes) <= (case.stage != "closed"),
        all(d.due_at > d.derivation.start_at for d in case.deadlines)
        and all(before.at <= after.at for before, after in pairwise(events)),
        case.stage != "closed" or not any(r.status in ("pending", "overdue") for r in case.remedies),
    ]
    for name, holds in zip(names, checks, strict=False):
        if not holds:
            counted.wrong[name].append(f"{line} ({INVARIANTS[name]})")


def written(head: Head, counted: Tally) -> str:
    """The report."""
    lines = [f"Simulation of {head.cases:,} cases under {head.policy}, seed {head.seed}", "=" * 78,
             f"{head.orders:,} orders, {head.complaints:,} complaints, {head.cases:,} of them played; "
             f"{counted.cases:,} became cases, {counted.events:,} events"]  # fmt: skip
    if head.weeks:
        lines.append(f"Every order was moved {head.weeks} weeks later, to when the policy is in force.")
    lines += [*_section("Cases by stage", _counts(counted.stages, counted.cases)), *_endings(counted),
              *_section("What happened on the way (cases)", _counts(counted.how, counted.cases)), *_clocks(counted),
              *_ledger(counted), *_slow(counted), *_refusals(counted), *_checks(counted), *_chances()]  # fmt: skip
    return "\n".join(lines)


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return ["", title, "-" * len(title), *lines]


def _counts(found: Counter[str], whole: int) -> Iterator[str]:
    for name, count in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        if count:
            yield f"  {name:<52} {count:>7,} {count * 100 / max(1, whole):>5.1f} %"


def _endings(counted: Tally) -> list[str]:
    columns = sorted({name for row in counted.endings.values() for name in row})
    short = [name.replace("_", " ") for name in columns]
    lines = [f"  {'reason':<20}" + "".join(f"{name[:13]:>14}" for name in short) + f"{'all':>8}"]
    for reason, row in sorted(counted.endings.items()):
        cells = "".join(f"{row[name] or '·':>14}" for name in columns)
        lines.append(f"  {reason:<20}{cells}{sum(row.values()):>8}")
    return _section("How they ended, by reason", lines)


def _clocks(counted: Tally) -> list[str]:
    lines = [f"  {'deadline':<22}{'ran out':>10}{'met or ended':>14}{'open':>8}"]
    for kind, states in sorted(counted.deadlines.items()):
        lines.append(f"  {kind:<22}{states['fired']:>10,}{states['ended']:>14,}{states['open']:>8,}")
    lines.append(f"  {counted.fired:,} deadlines fired by the clock, {counted.failed} could not")
    return _section("Deadlines", lines)


def _ledger(counted: Tally) -> list[str]:
    def amounts(found: Counter[str]) -> Iterator[str]:
        for name, amount in sorted(found.items(), key=lambda item: (-item[1], item[0])):
            if amount:
                yield f"  {name:<44} {money(amount, counted.currency):>24}"

    return [*_section("Money back to buyers, by who paid it", amounts(counted.paid_first)),
            f"  {'together':<44} {money(counted.refunded, counted.currency):>24}",
            *_section("The same money, by who bore it in the end", amounts(counted.borne))]  # fmt: skip


def _slow(counted: Tally) -> list[str]:
    lines = [f"  {'step':<34}{'times':>7}{'median':>12}{'longest':>12}  of order line"]
    for name in SPANS:
        if not (found := counted.steps[name]):
            continue
        longest, line = max(found)
        middle = timedelta(seconds=median(length.total_seconds() for length, _ in found))
        lines.append(f"  {name:<34}{len(found):>7,}{_span(middle):>12}{_span(longest):>12}  {line}")
    return _section("Slowest steps", lines)


def _span(length: timedelta) -> str:
    hours = length.total_seconds() / 3600
    return f"{hours:.1f} h" if hours < 72 else f"{hours / 24:.1f} days"


def _refusals(counted: Tally) -> list[str]:
    rows = sorted(counted.refused.items(), key=lambda item: (-item[1], item[0]))
    lines = [f"  {command:<26}{code:<32}{count:>7,}" for (command, code), count in rows]
    return _section("Refused by the law", lines or ["  nothing"])


def _checks(counted: Tally) -> list[str]:
    lines = [_held(name, wrong) for name, wrong in counted.wrong.items()]
    lines += [_held("every journal sums to zero", counted.unbalanced),
              _held("rebuild --check: every case is what its events say", counted.rebuilt)]  # fmt: skip
    return _section("Checks", lines)


def _held(name: str, wrong: Sequence[str]) -> str:
    if not wrong:
        return f"  holds   {name}"
    return f"  BROKEN  {name}: {len(wrong)}, such as {'; '.join(sorted(wrong)[:3])}"


def _chances() -> list[str]:
    lines = [f"  of {name}, {percent} % complain" for name, percent in COMPLAINS.items()]
    lines.append(f"  {'product reasons':<46} {_spelled(PRODUCT_REASONS)}")
    lines += [f"  {occasion:<46} {_spelled(choices)}" for occasion, choices in CHANCES.items()]
    return _section("The chances people act by (percent)", lines)


def _spelled(choices: dict[str, int]) -> str:
    return ", ".join(f"{name} {percent}" for name, percent in choices.items())
