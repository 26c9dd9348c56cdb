"""The seller's inbox: what needs an answer first, by its deadline; what waits, is decided, can be appealed.

Every number is a link to its list; search, tab and page stand in the address. Each row says until when, what the buyer
wants, what evidence is missing, and what to do.
"""

import re
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from msgspec import structs

from amends.law.case import Case
from amends.portal.desk.strip import AHEAD, strip
from amends.portal.reading import Seen, look
from amends.portal.route import Address
from amends.portal.seller.shop import CLOCKS, SELLER, TO_DO
from amends.portal.standing import Standing, standing
from amends.portal.terms import REASON
from amends.portal.visit import Page, Visit
from amends.portal.words import N_
from amends.store import shop
from amends.store.shop import Of, ShopRow, Tab, Wanted
from amends.store.written import decode_case
from amends.text import CONTROL, whole_number

PAGE = 25
TABS: tuple[tuple[Tab, str], ...] = (
    ("answer", N_("Answer needed")),
    ("waiting", N_("Waiting")),
    ("decided", N_("Decided")),
    ("appeal", N_("Can appeal")),
    ("all", N_("All")),
)
COUNTED: dict[Of, str] = {
    "missed": N_("Deadline missed"),
    "decided": N_("Decided by us"),
    "lost": N_("Decided for the buyer, wholly or in part"),
    "appealed": N_("You appealed"),
    "overturned": N_("Changed on appeal"),
    "refunded": N_("Money went back"),
    "late": N_("Not answered in time"),
    "in_time": N_("Answered in time"),
    "answered": N_("Request answered or lapsed"),
}
"""What a list behind a number of the performance page shows."""
CAN_STILL_HELP = frozenset({"awaiting_seller", "refused", "gathering_evidence", "under_review"})
"""Stages in which evidence that is missing may still decide the case."""
TRACKING = re.compile(r"^(?=.*\d)[A-Za-z0-9 \-]{6,64}$")


class Row(NamedTuple):
    """One case of the list. `missing` names types of evidence the seller still owes; `draft`: it sends itself."""

    seen: Seen
    stands: Standing
    due_at: datetime | None
    own: bool
    label: str
    page: str
    missing: tuple[str, ...]
    draft: bool | None


async def listed(visit: Visit) -> Page:
    """The inbox."""
    wanted, number = _asked(visit)
    if wanted.text and TRACKING.match(wanted.text):
        wanted = structs.replace(wanted, ids=await _by_tracking(visit, wanted.text))
    db, place, seller = visit.hinge.db, visit.marketplace, visit.actor.id
    counts = await shop.counts(db, place, seller, CLOCKS, visit.now)
    found, more = await shop.listed(db, place, CLOCKS, wanted, limit=PAGE, offset=(number - 1) * PAGE)
    drafted = await shop.drafted(db, place, seller, [one.row.case_id for one in found])
    rows = [_row(visit, one, drafted) for one in found]
    marks = await shop.marks(db, place, seller, CLOCKS, visit.now + AHEAD)
    ahead = await _ahead(visit) if not rows else rows[0]
    zone = ahead.seen.zone if ahead is not None else "UTC"
    return visit.page(
        "seller/inbox.html",
        rows=rows,
        wanted=wanted,
        tabs=[(name, label, counts.every if name == "all" else getattr(counts, name)) for name, label in TABS],
        drawn=strip(marks, visit.now, zone, visit.locale),
        ahead=ahead,
        zone=zone,
        counted=COUNTED,
        link=lambda **changed: link(wanted, **changed),
        page=number,
        first=(number - 1) * PAGE + 1,
        more=more,
        total=_total(wanted, counts),
    )


def link(wanted: Wanted, **changed: str) -> str:
    """The inbox's address with some of its questions changed; a question that is empty is left out."""
    asked = {"tab": wanted.tab, "q": wanted.text, "reason": wanted.reason, "of": wanted.of or ""} | changed
    if wanted.since is not None:
        asked.setdefault("since", wanted.since.date().isoformat())
    query = urlencode({name: value for name, value in asked.items() if value and (name, value) != ("tab", "answer")})
    return f"/shop/cases?{query}" if query else "/shop/cases"


def _asked(visit: Visit) -> tuple[Wanted, int]:
    """What the address asks for; what it cannot mean is left out."""
    query = visit.query
    of, reason, text = query.get("of", ""), query.get("reason", ""), CONTROL.sub("", query.get("q", "")).strip()[:80]
    default: Tab = "all" if of or reason or text else "answer"
    tab = query.get("tab") or default
    number = whole_number(query.get("page", ""), 4) or 1
    wanted = Wanted(
        seller=visit.actor.id,
        at=visit.now,
        tab=next((name for name, _ in TABS if name == tab), default),
        text=text,
        reason=reason if reason in REASON else "",
        of=next((name for name in COUNTED if name == of), None),
        since=_date(query.get("since", ""), visit.now),
    )
    return wanted, number


def _date(text: str, now: datetime) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=now.tzinfo) if text else None
    except ValueError:
        return None


def _total(wanted: Wanted, counts: shop.Counts) -> int | None:
    """How many there are in all; None where nobody counted."""
    if wanted.text or wanted.reason or wanted.of:
        return None
    return int(counts.every if wanted.tab == "all" else getattr(counts, wanted.tab))


def _row(visit: Visit, one: ShopRow, drafted: dict[str, bool]) -> Row:
    seen = look(visit, decode_case(one.row.state), visit.now)
    shown = seen.shown
    stands = standing(shown, "seller", visit.gettext)
    label, page = TO_DO.get(one.own_kind or "", ("", ""))
    if not page and seen.action("appeal") is not None:
        label, page = TO_DO["appeal"]
    missing = tuple(
        line.type for line in shown.checklist
        if line.party == "seller" and line.required and line.status == "missing" and shown.stage in CAN_STILL_HELP
    )  # fmt: skip
    clock = stands.clock.due_at if stands.clock is not None else None
    draft = drafted.get(seen.case.id)
    return Row(seen, stands, one.own_due_at or clock, one.own_due_at is not None, label, page, missing, draft)


async def _ahead(visit: Visit) -> Row | None:
    """The case whose clock is next, whoever's turn it is: an empty list names it."""
    every = Wanted(seller=visit.actor.id, at=visit.now, tab="all")
    found, _ = await shop.listed(visit.hinge.db, visit.marketplace, CLOCKS, every, limit=1)
    return _row(visit, found[0], {}) if found else None


async def _by_tracking(visit: Visit, text: str) -> tuple[str, ...]:
    """Cases with this tracking number, of the newest: it is sealed, so no column holds it."""
    wanted = _plain(text)
    rows = await shop.newest(visit.hinge.db, visit.marketplace, visit.actor.id)
    return tuple(row.case_id for row in rows if wanted in _tracked(decode_case(row.state)))


def _tracked(case: Case) -> set[str]:
    """Every tracking number the seller knows of in a case."""
    numbers = {case.order.fulfilment.tracking_number}
    if case.return_leg is not None:
        numbers.add(case.return_leg.tracking_number)
    numbers |= {one.tracking.number for one in case.evidence if one.tracking is not None and one.party == "seller"}
    return {_plain(number) for number in numbers if number}


def _plain(number: str) -> str:
    return re.sub(r"[ \-]", "", number).upper()


ADDRESSES = (Address(method="GET", path="/shop/cases", name="shop_cases", does=listed, roles=SELLER),)
