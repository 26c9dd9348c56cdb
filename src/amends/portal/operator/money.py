"""The ledger: postings as they were made, with filters, totals that run along, and the same as a sheet.

Nothing is ever changed here. Every journal sums to zero; over all accounts the running total comes back to zero after
each of them, which is how one sees that nothing is missing.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

import msgspec

from amends.portal import figures as say
from amends.portal.operator.period import CHOICES, chosen
from amends.portal.operator.spreadsheet import sheet
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import N_
from amends.store import ledger
from amends.store.errors import BadCursor
from amends.store.ids import parse_case_id
from amends.store.ledger import Lines
from amends.store.rows import Balance, LedgerEntry

PAGE = 100
MOST = 20_000
"""Postings of one sheet; it says so when there are more."""
ROLES = ("buyer", "seller", "carrier", "platform")
PURPOSES = {
    "ordered": N_("Ordered"),
    "paid": N_("Paid"),
    "deducted": N_("Taken from the payout"),
    "waived": N_("No longer owed"),
    "recourse": N_("Cost moved"),
    "chargeback": N_("Chargeback"),
}
ACCOUNTS = {
    "obligation": N_("owes"),
    "claim": N_("is owed"),
    "payout": N_("payout"),
    "refunded": N_("refunded"),
    "recourse": N_("bears"),
}


class Line(msgspec.Struct, frozen=True):
    """A posting with the total up to and with it. `opens` a new journal."""

    entry: LedgerEntry
    amount: str
    total: str
    role: str
    who: str
    kind: str
    opens: bool


async def show(visit: Visit) -> Page:
    """The ledger."""
    period, wanted = chosen(visit), _wanted(visit)
    try:
        found, forward = await ledger.lines(
            visit.hinge.db, visit.marketplace, wanted, after=visit.query.get("after") or None, limit=PAGE + 1
        )
    except BadCursor as bad:
        raise Lost(400) from bad
    more = found[PAGE - 1].cursor if len(found) > PAGE else ""
    lines = _lines(visit, found[:PAGE], forward)
    balances = await ledger.balances(visit.hinge.db, visit.marketplace, account=wanted.account)
    asked = {name: value for name, value in visit.query.items() if name not in ("after", "lang") and value}
    return visit.page(
        "operator/ledger.html", active="ledger", lines=lines, more=more, period=period, choices=CHOICES, wanted=wanted,
        forward=[say.money(n, currency, visit.locale) for currency, n in sorted(forward.items()) if n],
        balances=_by_role(visit, balances) if not wanted.account else [], purposes=PURPOSES, roles=ROLES,
        accounts=ACCOUNTS, query=urlencode(asked), keep={k: v for k, v in asked.items() if k not in period.asked},
        zone_of=_zones(visit), case=visit.query.get("case", ""),
    )  # fmt: skip


async def exported(visit: Visit) -> Page:
    """The same postings as a sheet, with their totals."""
    found, forward = await ledger.lines(visit.hinge.db, visit.marketplace, _wanted(visit), limit=MOST)
    head = ("at", "case", "journal", "ordinal", "purpose", "account", "currency", "amount_minor", "total_minor")
    return sheet(visit, "ledger", head, _cells(found, dict(forward)))


def _cells(found: Sequence[LedgerEntry], totals: dict[str, int]) -> Iterator[tuple[object, ...]]:
    for one in found:
        totals[one.currency] = totals.get(one.currency, 0) + one.amount
        yield (one.at, one.case_id, one.journal_id, one.ordinal, one.purpose, one.account, one.currency, one.amount,
               totals[one.currency])  # fmt: skip
    if len(found) == MOST:
        yield (f"only the first {MOST} postings: choose a shorter period",)


def _wanted(visit: Visit) -> Lines:
    """What the URL asks for. A case id that is none finds nothing."""
    asked, period = visit.query, chosen(visit).period
    case = asked.get("case", "").strip()
    case_id = parse_case_id(case) if case else None
    if case and case_id is None:
        raise Lost(404)
    role, purpose = asked.get("role"), asked.get("purpose")
    return Lines(
        since=period.since, until=period.until, account=asked.get("account", "").strip() or None, case_id=case_id,
        role=role if role in ROLES else None, purpose=purpose if purpose in PURPOSES else None,
    )  # fmt: skip


def _lines(visit: Visit, found: Sequence[LedgerEntry], forward: dict[str, int]) -> list[Line]:
    totals, before, made = dict(forward), ("", ""), []
    for one in found:
        totals[one.currency] = totals.get(one.currency, 0) + one.amount
        role, _, rest = one.account.partition(":")
        who, _, kind = rest.rpartition(":")
        money = [say.money(n, one.currency, visit.locale) for n in (one.amount, totals[one.currency])]
        made.append(Line(one, money[0], money[1], role, who, kind, before != (one.case_id, one.journal_id)))
        before = one.case_id, one.journal_id
    return made


def _by_role(visit: Visit, balances: Sequence[Balance]) -> list[tuple[str, list[str], list[str]]]:
    """What each side is still owed or owes, and what it bore, summed over its accounts."""
    found = []
    for role in ROLES:
        sums: dict[tuple[str, str], int] = {}
        for one in balances:
            if one.account.partition(":")[0] == role:
                key = one.account.rpartition(":")[2], one.currency
                sums[key] = sums.get(key, 0) + one.amount
        said = [f"{kind}|{say.money(n, currency, visit.locale)}" for (kind, currency), n in sorted(sums.items()) if n]
        if said:
            found.append((role, [one.partition("|")[0] for one in said], [one.partition("|")[2] for one in said]))
    return found


def _zones(visit: Visit) -> dict[str, str]:
    """A currency's zone, where one market has it."""
    return {policy.pack.currency: policy.pack.zone for policy in visit.hinge.catalogue.policies}
