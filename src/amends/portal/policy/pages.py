"""The pages of the policies: which there are, one edition in parts, two compared, and the case book.

Anybody who is signed in may read a policy: clauses, values and readings. The tables, what is not modelled, where a
clause is used, comparisons and the case book are the staff's tools.
"""

import asyncio
from itertools import groupby
from typing import Any

import msgspec

from amends.lab import shelf
from amends.lab.lined_yaml import FileFault
from amends.lab.shelf import Spine
from amends.lab.words import spelled
from amends.law.policy import Policy
from amends.portal.policy import compared
from amends.portal.policy.finding import hits
from amends.portal.policy.naming import PARTS, TABLES
from amends.portal.policy.showing import Reader
from amends.portal.route import PARTIES, STAFF, Address
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import N_
from amends.store import figures

ANYBODY = PARTIES | STAFF
TABS = {
    "clauses": N_("Clauses"),
    "values": N_("Values"),
    "tables": N_("Tables"),
    "readings": N_("Readings"),
    "open": N_("Not modelled"),
}
OF_PARTIES = ("clauses", "values", "readings")
MOST_CASES = 60
MOST_PAIRS = 60
"""More differences than this are shown a part at a time, beginning with FIRST_PART."""
FIRST_PART = "windows"


async def listed(visit: Visit) -> Page:
    """Every policy at hand."""
    role, db, marketplace = visit.actor.role, visit.hinge.db, visit.marketplace
    staff = role in STAFF
    if staff:
        used = {f"{one.pack}@{one.edition}": one for one in await figures.editions(db, marketplace)}
        own: set[str] = set()
    else:
        used, own = {}, await figures.editions_of(db, marketplace, role, visit.actor.id)
    policies = visit.hinge.catalogue.policies
    in_force = {
        found.name for policy in policies if (found := visit.hinge.catalogue.in_force(policy.pack.market, visit.now))
    }
    return _page(
        visit, "policy/list.html", used=used, own=own, in_force=in_force, spines=len(shelf.spines()) if staff else 0,
        packs=[(name, list(group)) for name, group in groupby(policies, lambda policy: policy.pack.pack)],
    )  # fmt: skip


async def edition(visit: Visit) -> Page:
    """One edition, a part at a time."""
    policy = _policy(visit, f"{visit.path['pack']}@{visit.path['edition']}")
    staff = visit.actor.role in STAFF
    tabs = {code: title for code, title in TABS.items() if staff or code in OF_PARTIES}
    tab = visit.query.get("part", "clauses")
    if tab not in tabs:
        raise Lost(404)
    reader, wanted = Reader(policy.pack, visit.locale), visit.query.get("q", "")[:200]
    table = visit.query.get("table", next(iter(TABLES)))
    found = hits(reader, tab, wanted)
    part = visit.query.get("chapter", next(iter(PARTS)))
    if tab == "values" and not wanted and not staff:
        found = msgspec.structs.replace(found, parts=tuple(one for one in found.parts if one.name == part))
    if tab == "tables" and not wanted:
        found = msgspec.structs.replace(found, tables=tuple(one for one in found.tables if one.name == table))
    return _page(
        visit, "policy/edition.html", policy=policy, pack=policy.pack, tabs=tabs, tab=tab, q=wanted,
        found=found, table=table, tables=TABLES, chapter=part, chapters=PARTS,
        uses=reader.uses() if staff else {}, readings_of=reader.readings_of(),
        cases_of=_cases_of(policy) if staff and tab in ("clauses", "readings") else {},
        others=[one for one in visit.hinge.catalogue.policies if one.name != policy.name],
    )  # fmt: skip


async def diff(visit: Visit) -> Page:
    """Two editions or packs compared."""
    policies, _ = visit.hinge.catalogue.policies, visit.gettext
    names = [policy.name for policy in policies]
    a, b = visit.query.get("a", names[0]), visit.query.get("b", names[-1])
    left, right = _policy(visit, a), _policy(visit, b)
    titles = {
        "about": _("About"), "clauses": _("Clauses"), "readings": _("Readings"), "not_modelled": _("Not modelled"),
        "title": _("Title"), "market": _("Market"), "zone": _("Time zone"), "calendar": _("Calendar"),
        "currency": _("Currency"), "source": _("Source"), "in_force_from": _("In force from"),
    }  # fmt: skip
    chapters = await asyncio.to_thread(compared.chapters, left.pack, right.pack, visit.locale, titles)
    counts = {kind: sum(p.kind == kind for c in chapters for p in c.pairs) for kind in ("changed", "added", "removed")}
    first = "" if sum(counts.values()) <= MOST_PAIRS else FIRST_PART
    return _page(
        visit, "policy/diff.html", a=left, b=right, names=names, chapters=chapters, counts=counts,
        everything=visit.query.get("all") == "1", only=visit.query.get("only") or first,
    )  # fmt: skip


async def book(visit: Visit) -> Page:
    """The case book: every worked case, narrowed by policy, clause and words."""
    spines = await asyncio.to_thread(shelf.spines)
    policy, clause = visit.query.get("policy", ""), visit.query.get("clause", "").strip()[:20]
    words = visit.query.get("q", "")[:200].casefold().split()
    found = [one for one in spines if _fits(one, policy, clause, words)]
    chapters = [(name, list(group)) for name, group in groupby(found, lambda one: one.chapter)]
    counts = {name: len(list(group)) for name, group in groupby(spines, lambda one: one.chapter)}
    chapter = visit.query.get("chapter", "")
    shown = [(name, group) for name, group in chapters if not chapter or name == chapter]
    return _page(
        visit, "policy/book.html", chapters=shown, total=len(spines), matching=len(found), counts=counts,
        chapter=chapter, policy=policy, clause=clause, q=visit.query.get("q", ""), most=MOST_CASES,
        policies=sorted({one.policy for one in spines}), title_of=chapter_title,
    )  # fmt: skip


async def worked(visit: Visit) -> Page:
    """One worked case, step by step."""
    wanted = visit.path["chapter"], visit.path["name"]
    spines = await asyncio.to_thread(shelf.spines)
    spine = next((one for one in spines if (one.chapter, one.name) == wanted), None)
    policy = visit.hinge.catalogue.named(spine.policy) if spine else None
    if spine is None or policy is None:
        raise Lost(404)
    try:
        case = await asyncio.to_thread(shelf.read, spine, visit.hinge.catalogue)
    except FileFault as fault:
        raise Lost(404) from fault
    return _page(
        visit, "policy/worked.html", spine=spine, case=case, policy=policy, pack=policy.pack, spelled=spelled,
        title_of=chapter_title, zone=policy.pack.zone,
    )  # fmt: skip


def chapter_title(name: str) -> str:
    """A chapter's folder in words: `2-dispute` is `Dispute`."""
    return name.lstrip("0123456789-_").replace("-", " ").capitalize() or name


def _page(visit: Visit, template: str, **told: Any) -> Page:
    """A page in the shell of whoever reads it."""
    staff = visit.actor.role in STAFF
    shell = "staff.html" if staff else "customer.html"
    return visit.page(template, active="policies", staff=staff, shell=shell, **told)


def _policy(visit: Visit, name: str) -> Policy:
    """The policy called `PACK@EDITION`. Lost 404."""
    found = visit.hinge.catalogue.named(name)
    if found is None:
        raise Lost(404)
    return found


def _cases_of(policy: Policy) -> dict[str, int]:
    """How many worked cases were written because of each clause."""
    found: dict[str, int] = {}
    for one in shelf.spines():
        if one.policy == policy.name:
            for clause in one.because:
                found[clause] = found.get(clause, 0) + 1
    return found


def _fits(spine: Spine, policy: str, clause: str, words: list[str]) -> bool:
    if (policy and spine.policy != policy) or (clause and clause not in spine.because):
        return False
    text = f"{spine.title} {spine.note} {' '.join(spine.because)} {' '.join(spine.refused)}".casefold()
    return all(word in text for word in words)


ADDRESSES = (
    Address(method="GET", path="/policies", name="policies", does=listed, roles=ANYBODY),
    Address(method="GET", path="/policies/diff", name="policy_diff", does=diff, roles=STAFF),
    Address(method="GET", path="/policies/book", name="case_book", does=book, roles=STAFF),
    Address(method="GET", path="/policies/book/{chapter:str}/{name:str}", name="worked_case", does=worked, roles=STAFF),
    Address(method="GET", path="/policies/{pack:str}/{edition:str}", name="policy", does=edition, roles=ANYBODY),
)
