"""The list of cases behind a figure: the same set the number counts, narrowed by the URL, as a page or as CSV."""

from collections.abc import Iterator
from urllib.parse import urlencode

from amends.portal import figures as say
from amends.portal.operator.dashboard import label_of
from amends.portal.operator.period import CHOICES, chosen
from amends.portal.operator.spreadsheet import sheet
from amends.portal.terms import term
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import N_
from amends.store import figures
from amends.store.figures import AT_PRESENT, OF_A_PARTY, SETS, Set, Wanted
from amends.store.rows import CaseRow
from amends.store.written import decode_case
from amends.text import whole_number

PAGE = 50
CASE = "/desk/cases/"
"""Where the staff read a case."""
MOST = 5000
"""Rows of one sheet; a longer list is narrowed first."""
TITLES: dict[Set, str] = {
    "open": N_("Open cases"),
    "late": N_("Cases past their time on the desk"),
    "opened": N_("Cases opened"),
    "closed": N_("Cases closed"),
    "decided": N_("Cases decided"),
    "automatic": N_("Cases decided automatically"),
    "appealed": N_("Cases whose appeal was decided"),
    "overturned": N_("Cases overturned on appeal"),
    "due_of": N_("Cases in which a duty fell due"),
    "silent": N_("Cases in which a duty passed in silence"),
    "borne": N_("Cases whose cost somebody bears"),
}
STAGES = ("awaiting_seller", "refused", "gathering_evidence", "under_review", "agreed", "decided", "under_appeal",
          "suspended", "withdrawn", "closed")  # fmt: skip
PARTIES = ("buyer", "seller", "carrier", "platform", "adjudicator", "operator")


async def listed(visit: Visit) -> Page:
    """The cases of a figure."""
    period, wanted = chosen(visit), _wanted(visit)
    page = whole_number(visit.query.get("page", ""), 5) or 1
    rows, counted = await figures.cases(
        visit.hinge.db, visit.marketplace, wanted, visit.now, limit=PAGE, offset=(page - 1) * PAGE
    )
    asked = {name: value for name, value in visit.query.items() if name not in ("page", "lang") and value}
    return visit.page(
        "operator/cases.html", active="operator", period=period, choices=CHOICES, wanted=wanted, titles=TITLES,
        rows=[_shown(visit, row) for row in rows], total=counted, page=page, pages=max(1, -(-counted // PAGE)),
        narrow=await figures.narrowings(visit.hinge.db, visit.marketplace), label=label_of, stages=STAGES,
        parties=PARTIES, case_href=CASE, of_a_party=OF_A_PARTY, at_present=AT_PRESENT, query=urlencode(asked),
        most=MOST,
    )  # fmt: skip


async def exported(visit: Visit) -> Page:
    """The same list as a sheet."""
    rows, _counted = await figures.cases(visit.hinge.db, visit.marketplace, _wanted(visit), visit.now, limit=MOST)
    head = ("case", "order", "line", "reason", "stage", "closed_as", "policy", "currency", "paid_minor",
            "refunded_minor", "opened_at", "next_due_at")  # fmt: skip
    return sheet(visit, "cases", head, _cells(rows))


def _cells(rows: list[CaseRow]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        of = row.projection
        yield (row.case_id, of.order_id, of.line_id, of.reason, of.stage, of.closed_as, f"{of.pack}@{of.edition}",
               of.currency, of.paid, of.refunded, of.opened_at, of.next_due_at)  # fmt: skip


def _wanted(visit: Visit) -> Wanted:
    """What the URL asks for. Lost 404 for a figure there is not."""
    asked = visit.query
    of, party = asked.get("of", "open"), asked.get("party") or None
    if of not in SETS:
        raise Lost(404)
    if of in OF_A_PARTY and party not in PARTIES:
        party = "seller"
    return Wanted(
        of=of, period=chosen(visit).period, party=party if of in OF_A_PARTY else None,
        reason=asked.get("reason") or None, pack=asked.get("pack") or None, carrier=asked.get("carrier") or None,
        stage=asked.get("stage") or None,
    )  # fmt: skip


def _shown(visit: Visit, row: CaseRow) -> dict[str, object]:
    """A row of the list in words."""
    of, case = row.projection, decode_case(row.state)
    _ = visit.gettext
    pack = visit.hinge.catalogue.get(of.pack, of.edition)
    return {
        "id": row.case_id,
        "title": next((line.title for line in [case.order.line] if line.title), None) or of.line_id,
        "order": of.order_id,
        "reason": _(term("reason", of.reason)) if of.reason else "–",
        "stage": _(term("closed_as", of.closed_as)) if of.closed_as else _(term("stage", of.stage)),
        "kind": "ok" if of.stage == "closed" else "warn" if of.stage in ("under_review", "under_appeal") else "",
        "buyer": case.order.buyer.name or of.buyer_id,
        "seller": case.order.seller.name or of.seller_id,
        "paid": say.money(of.paid, of.currency, visit.locale),
        "refunded": say.money(of.refunded, of.currency, visit.locale) if of.refunded else "–",
        "opened_at": of.opened_at,
        "due_at": of.next_due_at if of.stage != "closed" else None,
        "zone": pack.pack.zone if pack else "UTC",
    }
