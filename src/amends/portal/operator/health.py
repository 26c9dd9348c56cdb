"""What is unhealthy and why, in sentences, each with what to do. Healthy things are said too: silence is no news.

Every check asks the thing itself, with a short patience; one that cannot be asked says so and never looks healthy.
Figures of the deadline workers come from this process's own gauges: workers elsewhere have their own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal

import msgspec
import structlog
from prometheus_client import REGISTRY

from amends.handle import utc_now
from amends.media import clamd
from amends.portal import figures as say
from amends.portal.visit import Lost, Page, Visit
from amends.store import checks, clock, deadlines, erasure, figures, log
from amends.store.errors import DatabaseError
from amends.store.rows import StoredDeadline

State = Literal["ok", "warn", "bad", "off"]
PATIENCE_SECONDS = 3.0
APART = timedelta(seconds=2)
SLOW = timedelta(minutes=5)
MOST_TROUBLED = 50
FEW_YEARS = 2
FROZEN = "amends_deadlines_frozen"
told = structlog.get_logger("amends.portal")


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at: how it is, in a sentence, and what to do where something is to be done."""

    title: str
    state: State
    says: str
    todo: str = ""
    link: str = ""


async def show(visit: Visit) -> Page:
    """The page of health."""
    found = [one for group in [await _asked(visit, check) for check in CHECKS] for one in group]
    troubled = await deadlines.list_set_aside(visit.hinge.db, visit.marketplace, limit=MOST_TROUBLED)
    order = {"bad": 0, "warn": 1, "ok": 2, "off": 3}
    return visit.page(
        "operator/health.html", active="operator", found=sorted(found, key=lambda one: order[one.state]),
        troubled=[(one, _zone(visit)) for one in troubled], done=visit.query.get("done", ""),
        counts={state: sum(one.state == state for one in found) for state in order},
        may_release=visit.actor.role == "operator" and visit.hinge.db.recovery is None,
    )  # fmt: skip


async def release(visit: Visit) -> Page:
    """Put a deadline that stands aside back among the due."""
    case_id, deadline_id = visit.form.get("case", ""), visit.form.get("deadline", "")
    found = await deadlines.list_set_aside(visit.hinge.db, visit.marketplace, limit=MOST_TROUBLED)
    if not any(_named(one) == (case_id, deadline_id) for one in found):
        raise Lost(404)
    released = await deadlines.release(visit.hinge.db, visit.marketplace, case_id, deadline_id)
    told.warning("deadline_released", case=case_id, deadline=deadline_id, by=visit.actor.id)
    return visit.to("/operator/health", done="released" if released else "gone")


def _named(one: StoredDeadline) -> tuple[str, str]:
    return one.case_id, one.deadline_id


async def _asked(visit: Visit, check: "Check") -> list[Finding]:
    """What a check says; that it could not be asked, when it could not."""
    _ = visit.gettext
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await check(visit)
    except (TimeoutError, DatabaseError) as away:
        told.warning("health check away", check=check.__name__, error=str(away))
        says = _("This could not be asked: the database did not answer in time.")
        title = (check.__doc__ or "").rstrip(".")
        return [Finding(_(title), "bad", says, _("Try again; look at the database’s own load."))]


async def _clocks(visit: Visit) -> list[Finding]:
    """Clocks."""
    _ = visit.gettext
    title = _("Clocks")
    before = utc_now()
    theirs = await clock.database_now(visit.hinge.db)
    apart = max(theirs - utc_now(), before - theirs, timedelta())
    frozen = REGISTRY.get_sample_value(FROZEN)
    if frozen:
        says = _("The clock guard keeps deadlines from firing: two clocks disagree.")
        todo = _("Set the machine’s clock right; if the jump was a correction, restart the workers.")
        return [Finding(title, "bad", says, todo)]
    if apart > APART:
        says = _("The database’s clock and ours are %(n)s seconds apart.") % {"n": int(apart.total_seconds())}
        return [Finding(title, "bad", says, _("Set both by a time server; deadlines wait until they agree."))]
    return [Finding(title, "ok", _("The database’s clock and ours agree within two seconds."))]


async def _firing(visit: Visit) -> list[Finding]:
    """Deadlines."""
    _ = visit.gettext
    title, db = _("Deadlines"), visit.hinge.db
    troubled = await deadlines.list_set_aside(db, visit.marketplace, limit=MOST_TROUBLED)
    late = 0 if visit.standing else await deadlines.overdue(db, visit.marketplace, visit.now - timedelta(minutes=1))
    found = []
    if troubled:
        says = _("%(n)s deadlines failed to fire and are tried again or stand aside.") % {"n": len(troubled)}
        found.append(Finding(title, "bad", says, _("Each is listed below with its error and a button."), "#troubled"))
    if late:
        says = _("%(n)s deadlines are more than a minute past their time.") % {"n": say.number(late, visit.locale)}
        todo = _("See that a worker runs: “amends serve” with workers, or “amends worker”.")
        found.append(Finding(title, "bad", says, todo))
    if not found:
        calm = _("The sandbox clock stands; deadlines fire when it is moved.") if visit.standing else _(
            "Every deadline fires in time.")  # fmt: skip
        found.append(Finding(title, "ok", calm))
    return found


async def _scanner(visit: Visit) -> list[Finding]:
    """Files."""
    _ = visit.gettext
    title, address = _("Files"), visit.portal.settings.scanner
    waiting = await checks.waiting(visit.hinge.db, visit.marketplace)
    queue = _("%(n)s files wait for their check.") % {"n": say.number(waiting, visit.locale)}
    if address == "off":
        says = _("No virus scanner is asked (AMENDS_SCANNER=off): files are shown once they decode.")
        todo = _("Give the address of a clamd, unless files are scanned elsewhere.")
        return [Finding(title, "warn", f"{says} {queue}", todo)]
    if not await clamd.ping(address):
        says = _("The virus scanner does not answer. Files are taken in and wait; none of them is shown.")
        todo = _("Start clamd, or give its right address in AMENDS_SCANNER.")
        return [Finding(title, "bad", f"{says} {queue}", todo)]
    return [Finding(title, "ok", _("The virus scanner answers.") + " " + queue)]


async def _log(visit: Visit) -> list[Finding]:
    """The log."""
    _ = visit.gettext
    title, db = _("The log"), visit.hinge.db
    if db.recovery is not None:
        says = _("This server only reads: others have seen more of the log than it holds.")
        todo = _("Restore the newer database, or accept the loss: see “Recovery” in the operator’s manual.")
        return [Finding(title, "bad", f"{says} {db.recovery}", todo)]
    now, behind = await log.state(db), await figures.behind(db, visit.marketplace)
    unpublished = now.size - (now.published_size or 0)
    if behind.waiting and behind.since and utc_now() - behind.since > SLOW and not visit.standing:
        n = {"n": say.number(behind.waiting, visit.locale)}
        says = _("%(n)s events wait for their place in the log, the first for more than five minutes.") % n
        return [Finding(title, "bad", says, _("See that one “amends serve” or “amends worker” runs and can sign."))]
    says = _("%(n)s entries, all signed and published.") % {"n": say.number(now.size, visit.locale)}
    if unpublished:
        says = _("%(n)s entries; %(more)s are not published yet.") % {
            "n": say.number(now.size, visit.locale), "more": say.number(unpublished, visit.locale)}  # fmt: skip
    return [Finding(title, "warn" if unpublished > figures.FEW else "ok", says), *await _witnesses(visit, now.size)]


async def _witnesses(visit: Visit, size: int) -> list[Finding]:
    _ = visit.gettext
    title, asked = _("Witnesses"), visit.portal.settings.witnesses
    if not asked:
        says = _("No witness sees this log: nobody else could tell if it were rolled back.")
        return [Finding(title, "off", says, _("Name at least one in AMENDS_WITNESSES."))]
    known = await figures.witnesses(visit.hinge.db, visit.marketplace)
    found = []
    for each in asked:
        name = each.vkey.partition("+")[0]
        at = known.get(each.vkey)
        if at is None:
            says = _("%(name)s has not cosigned anything yet.") % {"name": name}
            found.append(Finding(title, "bad", says, _("See that it runs and knows this log’s key.")))
            continue
        seen = say.moment(at[1], "UTC", visit.locale, year=True)
        says = _("%(name)s cosigned %(n)s of %(all)s entries, last at %(at)s.") % {
            "name": name, "n": at[0], "all": size, "at": seen}  # fmt: skip
        slow = at[0] < size and utc_now() - at[1] > SLOW
        todo = _("See that it runs and can be reached.") if slow else ""
        found.append(Finding(title, "bad" if slow else "ok", says, todo))
    return found


async def _database(visit: Visit) -> list[Finding]:
    """Database."""
    _ = visit.gettext
    warnings = visit.hinge.db.warnings
    if not warnings:
        return [Finding(_("Database"), "ok", _("Settings that could lose data are as they must be."))]
    todo = _("Change the setting of PostgreSQL and restart it.")
    return [Finding(_("Database"), "warn", one, todo) for one in warnings]


async def _erasures(visit: Visit) -> list[Finding]:
    """Erasures."""
    _ = visit.gettext
    title = _("Erasures")
    waiting = await erasure.pending(visit.hinge.db, visit.marketplace)
    if not waiting:
        return [Finding(title, "ok", _("Everything that was to be erased is erased."))]
    oldest = say.moment(waiting[0].at, "UTC", visit.locale, year=True)
    says = _("%(n)s erasures are ordered and not done, the oldest since %(at)s.") % {"n": len(waiting), "at": oldest}
    todo = _("A worker does them within minutes; if not, look at its log for “erasure”.")
    return [Finding(title, "warn", says, todo)]


async def _policies(visit: Visit) -> list[Finding]:
    """Policies."""
    _ = visit.gettext
    title, catalogue = _("Policies"), visit.hinge.catalogue
    found = []
    for used in await figures.editions(visit.hinge.db, visit.marketplace):
        name = f"{used.pack}@{used.edition}"
        if catalogue.named(name) is None:
            says = _("%(n)s cases run under %(name)s, which is not at hand.") % {"n": used.cases, "name": name}
            todo = _("Bring its file back with AMENDS_POLICIES; editions are never taken away.")
            found.append(Finding(title, "bad", says, todo))
    for market in dict.fromkeys(policy.pack.market for policy in catalogue.policies):
        if catalogue.in_force(market, visit.now) is None:
            says = _("No edition is in force in the market %(name)s yet.") % {"name": market}
            found.append(Finding(title, "warn", says, _("Requests from there are refused until one is.")))
    for policy in catalogue.policies:
        last = max(policy.calendar.holidays).year
        if last < visit.now.year + FEW_YEARS:
            says = _("The holidays of %(name)s are known until %(year)s only.") % {"name": policy.name, "year": last}
            found.append(Finding(title, "warn", says, _("Install a newer version before then.")))
    fine = _("Every case’s edition is at hand, and every market has one in force.")
    return found or [Finding(title, "ok", fine, "", "/policies")]


def _zone(visit: Visit) -> str:
    policies = visit.hinge.catalogue.policies
    return policies[0].pack.zone if len({policy.pack.zone for policy in policies}) == 1 else "UTC"


Check = Callable[[Visit], Awaitable[list[Finding]]]
CHECKS: tuple[Check, ...] = (_clocks, _firing, _scanner, _log, _database, _erasures, _policies)
