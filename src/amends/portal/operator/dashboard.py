"""The dashboard: how it goes, in numbers that each open the cases behind them.

The numbers are the store's, counted when the page is asked for; this room chooses words, compares with the period
before, and places the charts.
"""

from collections.abc import Sequence
from datetime import date
from functools import partial
from urllib.parse import urlencode

import msgspec

from amends.portal import figures as say
from amends.portal.operator import charts
from amends.portal.operator.period import CHOICES, Chosen, chosen
from amends.portal.terms import term
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import words
from amends.store import figures
from amends.store.errors import Busy
from amends.store.figures import Cost, Figures, Silence, Slice, Step

BEARERS = ("seller", "carrier", "platform", "buyer")
PARTIES = ("seller", "buyer", "carrier", "adjudicator")
MOST_SLICES = 8
DAY = 24 * 3600


class Tile(msgspec.Struct, frozen=True):
    """A number with its words: what it is, how it compares, and the list it opens. `better`: down, up or flat."""

    label: str
    value: str
    note: str
    better: str
    href: str
    icon: str = ""


class Row(msgspec.Struct, frozen=True):
    """A bar of a bar chart with its number, and the list it opens."""

    label: str
    value: str
    width: float
    href: str
    note: str = ""
    drawn: str = ""
    numbers: tuple[str, ...] = ()


class Bars(msgspec.Struct, frozen=True):
    """A bar chart: what it finds, and its rows."""

    finding: str
    rows: tuple[Row, ...]


async def show(visit: Visit) -> Page:
    """The dashboard."""
    period = chosen(visit)
    try:
        found = await figures.figures(
            visit.hinge.db, visit.marketplace, period.period, period.before, visit.now, period.step_days * DAY
        )
    except Busy as busy:
        raise Lost(503, "too_much") from busy
    days, opened, closed = _series(period, found.flow)
    _ = visit.gettext
    return visit.page(
        "operator/dashboard.html", active="operator", period=period, choices=CHOICES, found=found,
        tiles=_tiles(visit, period, found), flow=charts.line((opened, closed), [short(visit, day) for day in days]),
        flow_finding=_flow_finding(visit, found), flow_table=_flow_table(visit, days, opened, closed), data=data,
        silence=_silence(visit, period, found.silence), costs=_costs(visit, period, found.cost),
        slices=[(title, _slices(visit, period, name, found)) for name, title in (
            ("reason", _("By reason")), ("pack", _("By policy")), ("carrier", _("By carrier")))],
    )  # fmt: skip


def data(chart: Bars) -> list[tuple[str, ...]]:
    """A bar chart's numbers as the rows of a table."""
    return [(row.label, *row.numbers) for row in chart.rows]


def short(visit: Visit, day: date) -> str:
    """A day as an axis shows it: `23 Nov`."""
    return say.day(day, visit.locale).partition(" ")[2]


def _flow_table(visit: Visit, days: list[date], opened: list[int], closed: list[int]) -> list[tuple[str, ...]]:
    return [
        (say.day(day, visit.locale, year=True), str(one), str(other))
        for day, one, other in zip(days, opened, closed, strict=True)
    ]


def cases_link(period: Chosen | None, of: str, **more: str) -> str:
    """The list of the cases of a figure."""
    return "/operator/cases?" + (period.query(of=of, **more) if period else urlencode({"of": of} | more))


def percent(visit: Visit, part: int, whole: int) -> str:
    """A share with one decimal, in the reader's way; a dash where there is nothing to share."""
    if whole == 0:
        return "–"
    text = f"{100 * part / whole:.1f}"
    return (text.replace(".", ",") if visit.locale == "id" else text) + "%"


def _tiles(visit: Visit, period: Chosen, found: Figures) -> list[Tile]:
    _, now, before = visit.gettext, found.now, found.before
    number = partial(say.number, locale=visit.locale)
    late = _("None is late") if now.late == 0 else _("On the desk past its time")
    return [
        Tile(_("Open cases"), number(now.open), _("%(n)s opened in the period") % {"n": number(now.opened)}, "flat",
             cases_link(None, "open")),
        Tile(_("Late"), number(now.late), late, "up" if now.late else "down", cases_link(None, "late"),
             "alarm-clock" if now.late else "circle-check"),
        Tile(_("Median days to close"), _days(visit, now.median_seconds), _slower(visit, now.median_seconds,
             before.median_seconds), _worse(now.median_seconds, before.median_seconds),
             cases_link(period, "closed"), _arrow(now.median_seconds, before.median_seconds)),
        Tile(_("Overturned on appeal"), percent(visit, now.overturned, now.appeals),
             _("%(n)s of %(all)s appeals decided") % {"n": number(now.overturned), "all": number(now.appeals)}, "flat",
             cases_link(period, "overturned")),
        Tile(_("Decided automatically"), percent(visit, now.automatic, now.decisions),
             _("%(n)s of %(all)s decisions") % {"n": number(now.automatic), "all": number(now.decisions)}, "flat",
             cases_link(period, "automatic")),
        Tile(_("Closed"), number(now.closed), _("%(n)s in the period before") % {"n": number(before.closed)}, "flat",
             cases_link(period, "closed")),
    ]  # fmt: skip


def _days(visit: Visit, seconds: float | None) -> str:
    if seconds is None:
        return "–"
    text = f"{seconds / DAY:.1f}"
    return text.replace(".", ",") if visit.locale == "id" else text


def _slower(visit: Visit, now: float | None, before: float | None) -> str:
    _ = visit.gettext
    if now is None:
        return _("Nothing closed in the period")
    if before is None:
        return _("Nothing to compare with")
    apart = {"n": _days(visit, abs(now - before))}
    if abs(now - before) < DAY / 20:
        return _("As in the period before")
    return (_("%(n)s days longer") if now > before else _("%(n)s days shorter")) % apart


def _worse(now: float | None, before: float | None) -> str:
    if now is None or before is None or abs(now - before) < DAY / 20:
        return "flat"
    return "up" if now > before else "down"


def _arrow(now: float | None, before: float | None) -> str:
    return {"up": "arrow-up", "down": "arrow-down", "flat": ""}[_worse(now, before)]


def _series(period: Chosen, flow: Sequence[Step]) -> tuple[list[date], list[int], list[int]]:
    """The days of the chart's points, and how many cases were opened and closed in each."""
    count = -(-period.days // period.step_days)
    by_step = {one.n: one for one in flow}
    steps = [by_step.get(n, Step(n, 0, 0)) for n in range(count)]
    days = charts.days_of(period.first, period.step_days, count)
    return days, [one.opened for one in steps], [one.closed for one in steps]


def _flow_finding(visit: Visit, found: Figures) -> str:
    _, now = visit.gettext, found.now
    told = {"opened": say.number(now.opened, visit.locale), "closed": say.number(now.closed, visit.locale)}
    if now.opened > now.closed:
        return _("More cases were opened than closed: %(opened)s against %(closed)s.") % told
    if now.opened < now.closed:
        return _("More cases were closed than opened: %(closed)s against %(opened)s.") % told
    return _("As many cases were opened as closed: %(opened)s.") % told


def _silence(visit: Visit, period: Chosen, found: Sequence[Silence]) -> Bars:
    _ = visit.gettext
    known = {one.party: one for one in found}
    shown = [known[name] for name in PARTIES if name in known and known[name].due]
    rows = tuple(
        Row(
            _(term("party", one.party)), percent(visit, one.silent, one.due), charts.share(one.silent, one.due),
            cases_link(period, "silent", party=one.party),
            _("%(n)s of %(all)s") % {"n": one.silent, "all": one.due}, one.party, (str(one.due), str(one.silent)),
        )
        for one in shown
    )  # fmt: skip
    if not rows:
        return Bars(_("Nothing fell due in the period."), ())
    worst = max(shown, key=lambda one: one.silent / one.due)
    if worst.silent == 0:
        return Bars(_("Nobody let a duty pass in silence."), rows)
    told = {"who": _(term("party", worst.party)), "share": percent(visit, worst.silent, worst.due)}
    return Bars(_("Most often silent: %(who)s, in %(share)s of what fell due.") % told, rows)


def _costs(visit: Visit, period: Chosen, found: Sequence[Cost]) -> list[tuple[str, Bars]]:
    """One chart a currency: amounts of different ones are never added."""
    made = []
    for currency in dict.fromkeys(one.currency for one in found):
        own = [one for one in found if one.currency == currency]
        made.append((currency, _cost(visit, period, currency, own)))
    return made


def _cost(visit: Visit, period: Chosen, currency: str, own: Sequence[Cost]) -> Bars:
    _ = visit.gettext
    known = {one.bearer: one for one in own}
    shown = [known[name] for name in BEARERS if name in known]
    most, total = max(abs(one.amount) for one in shown), sum(one.amount for one in shown)
    rows = tuple(
        Row(
            _(term("party", one.bearer)), say.money(one.amount, currency, visit.locale),
            charts.share(max(0, one.amount), most), cases_link(period, "borne", party=one.bearer),
            words(visit.locale).ngettext("%(n)s case", "%(n)s cases", one.cases) % {"n": one.cases}, one.bearer,
            (say.money(one.amount, currency, visit.locale), str(one.cases)),
        )
        for one in shown
    )  # fmt: skip
    first = max(shown, key=lambda one: one.amount)
    told = {"who": _(term("finding_value", first.bearer)), "part": percent(visit, first.amount, total),
            "total": say.money(total, currency, visit.locale)}  # fmt: skip
    return Bars(_("%(total)s was refunded; of that %(who)s bears %(part)s.") % told, rows)


def _slices(visit: Visit, period: Chosen, name: str, found: Figures) -> Bars:
    """Cases by label; what was refunded is said for each currency, as amounts of different ones are never added."""
    _ = visit.gettext
    by_label: dict[str | None, list[Slice]] = {}
    for one in found.slices[name]:
        by_label.setdefault(one.label, []).append(one)
    sums = {label: sum(one.cases for one in own) for label, own in by_label.items()}
    labels = sorted(by_label, key=lambda label: -sums[label])[:MOST_SLICES]
    most = max(sums.values(), default=0)
    rows = []
    for label in labels:
        own = by_label[label]
        refunded = [say.money(one.refunded, one.currency, visit.locale) for one in own if one.refunded]
        still = say.number(sum(one.open for one in own), visit.locale)
        told = {"open": still, "refunded": " + ".join(refunded) or "–"}
        rows.append(
            Row(
                label_of(visit, name, label), say.number(sums[label], visit.locale), charts.share(sums[label], most),
                cases_link(period, "opened", **{name: label}) if label else "",
                (_("%(open)s open, %(refunded)s refunded") if refunded else _("%(open)s open")) % told, "",
                (str(sums[label]), still, told["refunded"]),
            )
        )  # fmt: skip
    if not rows:
        return Bars(_("No case was opened in the period."), ())
    return Bars(_("Most cases: %(label)s, with %(n)s.") % {"label": rows[0].label, "n": rows[0].value}, tuple(rows))


def label_of(visit: Visit, name: str, value: str | None) -> str:
    """What a slice is called."""
    _ = visit.gettext
    if name == "reason":
        return _(term("reason", value)) if value else _("No reason yet")
    if name == "carrier":
        return value or _("No carrier")
    newest = next((p for p in reversed(visit.hinge.catalogue.policies) if p.pack.pack == value), None)
    return newest.pack.title if newest else value or "–"
