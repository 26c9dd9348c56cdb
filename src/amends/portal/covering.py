"""Covering parts of a picture or page: choose the page, name rectangles, look at the copy, say why, send. [D3]

An adjudicator covers any piece, from the bench; a buyer or seller their own. Rectangles are fields of a form, in
percent of the page; with JavaScript they are also drawn by hand (static/cover.js). The original stays as it came, for
its owner and the staff: the other side gets the covered copy alone, and it is ordered as soon as the law has accepted.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import msgspec

from amends.access import pictures
from amends.access.shapes import EvidenceView, FileView
from amends.access.standing import covered_areas, standing
from amends.law import commands as c
from amends.law.closed import why_not
from amends.portal.reading import Failed, Seen, act, command_of, foresee, seen
from amends.portal.refusals import said
from amends.portal.route import PARTIES, Address
from amends.portal.visit import Lost, Page, Visit
from amends.portal.words import N_
from amends.store import derivatives
from amends.store.derivatives import Derivative
from amends.text import whole_number

MOST_ROWS = 50
SPARE_ROWS = 2
SIDES = ("left", "top", "width", "height")
LABELS = {"left": N_("Left"), "top": N_("Top"), "width": N_("Width"), "height": N_("Height")}
NUMBER = N_("Write a number from 0 to 100.")
BEYOND = N_("This rectangle reaches beyond the page.")
EMPTY = N_("Name at least one rectangle.")
FULL = Decimal(100)
UNIT = 100
"""A percent in the law's ten-thousandths."""
ADJUDICATOR = frozenset({"adjudicator"})


class Row(NamedTuple):
    """A rectangle as it was typed: its page, and its sides in percent of the page's."""

    page: str
    left: str = ""
    top: str = ""
    width: str = ""
    height: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing was written."""
        return not any(self[1:])


class Table(msgspec.Struct, frozen=True):
    """The piece on the table: its pages as pictures (none where it is not shown, `says` why), and the page looked at.

    `closed` is why the law lets nobody cover it now, with the clauses.
    """

    piece: EvidenceView
    pages: tuple[Derivative, ...]
    says: str
    page: int
    closed: str
    clauses: tuple[str, ...]

    @property
    def sheet(self) -> Derivative:
        """The page looked at."""
        return next((one for one in self.pages if one.page == self.page), self.pages[0])


async def show(visit: Visit) -> Page:
    """The picture with what is covered of it, and an empty form."""
    found = await seen(visit)
    table = await _laid(visit, found, visit.query.get("page", "1"))
    return _form(visit, found, table, [], {})


async def send(visit: Visit) -> Page:
    """The form that was sent: looked at, mended, shown as it will be, or done."""
    found = await seen(visit)
    step, form = visit.form.get("step", "look"), visit.form
    turned = form.get("turn", "")
    table = await _laid(visit, found, turned or form.get("page", "1"))
    rows = rows_of(form)
    if turned or "drop" in form or step == "edit" or not table.pages:
        return _form(visit, found, table, rows, {})
    areas, faults = areas_of(rows, {one.page for one in table.pages})
    told = {name: visit.gettext(text) for name, text in faults.items()}
    fields = {"evidence_id": table.piece.id, "areas": areas, "statement": form.get("statement")}
    command = command_of(visit, "redact_evidence", fields) if not told else None
    if command is None or isinstance(command, Failed):
        return _form(visit, found, table, rows, told | _unfit(command), status=422)
    goes = act if step == "send" else foresee
    done = await goes(visit, found.case.id, command)
    if isinstance(done, Failed):
        field = "statement" if done.code == "missing_rationale" else "form"
        return _form(visit, await seen(visit), table, rows, {field: done.says}, done, 409)
    if step != "send":
        return _form(visit, found, table, rows, {}, check=True)
    await _order_copy(visit, done, table.piece)
    back = f"/cases/{found.case.id}" if visit.actor.role in PARTIES else f"/desk/cases/{found.case.id}"
    return visit.to(back, done="redact_evidence")


def rows_of(form: Mapping[str, str]) -> list[Row]:
    """The rectangles of a form in their order, but for blank ones and the one to be dropped."""
    numbers = (str(n) for n in range(1, MOST_ROWS + 1) if str(n) != form.get("drop"))
    typed = (Row(form.get(f"page-{n}", "1"), *(form.get(f"{side}-{n}", "") for side in SIDES)) for n in numbers)
    return [row for row in typed if not row.blank]


def areas_of(rows: Sequence[Row], pages: set[int]) -> tuple[list[dict[str, int]], dict[str, str]]:
    """The rectangles in the law's units (1/10000 of the page's sides), and by field what does not fit."""
    areas, faults = [], dict[str, str]()
    for n, row in enumerate(rows, start=1):
        sides = {side: _percent(text) for side, text in zip(SIDES, row[1:], strict=True)}
        wrong = [side for side, value in sides.items() if value is None or (side in ("width", "height") and not value)]
        faults |= {f"{side}-{n}": NUMBER for side in wrong}
        known = {side: int(value * UNIT) for side, value in sides.items() if value is not None}
        if not wrong and (known["left"] + known["width"] > 10_000 or known["top"] + known["height"] > 10_000):
            faults[f"left-{n}"] = BEYOND
        page = whole_number(row.page, 5) or 0
        if page not in pages:
            faults[f"page-{n}"] = NUMBER if page == 0 else BEYOND
        areas.append({"page": page} | known)
    return areas, faults if rows else {"left-1": EMPTY}


def drawn(rows: Sequence[Row], page: int) -> list[dict[str, int]]:
    """The rectangles of one page that can be drawn as they stand."""
    fit = (areas_of([row], {page}) for row in rows)
    return [areas[0] for areas, faults in fit if not faults]


def _percent(text: str) -> Decimal | None:
    """A number from 0 to 100, at most two places: `12.5` or `12,5`."""
    try:
        value = Decimal(text.replace(",", ".").removesuffix("%").strip() or "x")
    except InvalidOperation:
        return None
    return round(value, 2) if value.is_finite() and 0 <= value <= FULL else None


def _unfit(command: c.Command | Failed | None) -> dict[str, str]:
    """What does not fit of a command, at the form's field it belongs to."""
    if not isinstance(command, Failed):
        return {}
    return {"statement" if command.field == "statement" else "form": command.says}


async def _laid(visit: Visit, found: Seen, page: str) -> Table:
    """The piece of the path, with its pages. Lost 404 where it is none of the visitor's to cover."""
    piece = next((one for one in found.shown.evidence if one.id == visit.path["evidence_id"]), None)
    role = visit.actor.role
    if piece is None or not isinstance(piece.file, FileView) or (role in PARTIES and piece.party != role):
        raise Lost(404)
    here = await standing(visit.hinge, visit.marketplace, visit.actor, piece.file.id, found.case.id)
    if here is None or not piece.file.media_type.startswith(("image/", "application/pdf")):
        raise Lost(404)
    pages: tuple[Derivative, ...] = ()
    says = ""
    try:
        await pictures.clean(visit.hinge.db, visit.marketplace, here, visit.locale)
        pages = _best(await derivatives.of_upload(visit.hinge.db, visit.marketplace, here.upload.upload_id))
    except pictures.NotShown as why:
        says = str(why)
    example = c.RedactEvidence(piece.id, (c.Area(1, 0, 0, 1, 1),), "-")
    refused = why_not(found.case, example, visit.actor, found.at, found.policy)
    if refused is not None and refused.code == "nothing_new":  # the example's own speck is covered: others are not
        refused = None
    asked = next((one.page for one in pages if str(one.page) == page), pages[0].page if pages else 1)
    return Table(
        piece, pages, says, asked,
        said(refused, visit.locale, found.zone) if refused else "", refused.clauses if refused else (),
    )  # fmt: skip


def _best(made: Sequence[Derivative]) -> tuple[Derivative, ...]:
    """One picture a page: the middle one where it was made."""
    found: dict[int, dict[str, Derivative]] = {}
    for one in made:
        if one.variant in pictures.PICTURES:
            found.setdefault(one.page, {})[one.variant] = one
    return tuple(sizes.get("w640") or next(iter(sizes.values())) for _, sizes in sorted(found.items()))


async def _order_copy(visit: Visit, done: Seen, piece: EvidenceView) -> None:
    """Let the covered copy be drawn now, so that the other side need not wait for it."""
    file = piece.file
    assert isinstance(file, FileView), "only files are covered"
    pieces = (one for one in done.case.evidence if one.file is not None and one.file.id == file.id)
    areas = sorted({area for one in pieces for area in covered_areas(one)})
    await derivatives.want_copy(visit.hinge.db, visit.marketplace, file.id, areas)


def _form(
    visit: Visit, found: Seen, table: Table, rows: list[Row], faults: dict[str, str], refused: Failed | None = None,
    status: int = 200, *, check: bool = False,
) -> Page:  # fmt: skip
    spare = [Row(str(table.page))] * min(SPARE_ROWS, MOST_ROWS - len(rows))
    return visit.page(
        "case/cover.html", status, active="queue", found=found, shown=found.shown, table=table, faults=faults,
        rows=rows if check else rows + spare, written=rows, labels=LABELS, refused=refused, check=check, drawn=drawn,
        statement=visit.form.get("statement", ""), desk=visit.actor.role not in PARTIES,
        here=visit.request.url.path,
    )  # fmt: skip


def _addresses(path: str, name: str, roles: frozenset[str]) -> tuple[Address, ...]:
    return (
        Address(method="GET", path=path, name=name, does=show, roles=roles),
        Address(method="POST", path=path, name=f"{name}_sent", does=send, roles=roles),
    )


ADDRESSES = (
    *_addresses("/desk/cases/{case_id:str}/pieces/{evidence_id:str}/cover", "desk_cover", ADJUDICATOR),
    *_addresses("/cases/{case_id:str}/evidence/{evidence_id:str}/cover", "cover", PARTIES),
)
