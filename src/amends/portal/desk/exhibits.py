"""The evidence of a case as the workbench lays it out: each piece with its short name, pictures, text and claims.

Buyer's pieces are B1, B2 …, the seller's S1 …, the carrier's C1 … in the order they came. Pictures are derivatives;
what a file says of itself is shown as a claim.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from amends.access import pictures
from amends.access.pictures import NotShown
from amends.access.shapes import EvidenceView
from amends.access.standing import Standing
from amends.portal.reading import Seen
from amends.portal.terms import term
from amends.portal.visit import Visit
from amends.store import checks, derivatives, uploads
from amends.store.checks import CheckRow
from amends.store.derivatives import Derivative

LETTER = {"buyer": "B", "seller": "S", "carrier": "C"}
MOST_TEXT = 6000
MOST_PAGES = 60


class Sheet(msgspec.Struct, frozen=True):
    """One page of a file, as pictures: addresses of a small, a middle and a large one (None where not made)."""

    page: int
    small: str
    middle: str
    large: str
    width: int
    height: int


class Exhibit(msgspec.Struct, frozen=True):
    """One piece of evidence on the workbench."""

    ref: str
    piece: EvidenceView
    kind: str
    sheets: tuple[Sheet, ...]
    text: str | None
    claims: dict[str, str]
    state: str
    says: str | None
    alt: str
    new: bool = False

    @property
    def side(self) -> str:
        """Whose pane it lies in: the buyer's, or the other one."""
        return "buyer" if self.piece.party == "buyer" else "seller"


async def exhibits(visit: Visit, found: Seen, new: Sequence[str] = ()) -> tuple[Exhibit, ...]:
    """Every piece of the case, in the order they came. `new` names those to be marked as new."""
    db, marketplace = visit.hinge.db, visit.marketplace
    named = [one.file.id for one in found.shown.evidence if _has_file(one)]  # type: ignore[union-attr]  # it has a file
    rows = await uploads.get_many(db, marketplace, named) if named else {}
    stood = await checks.state_of(db, marketplace, named) if named else {}
    made = list[Exhibit]()
    counts: dict[str, int] = {}
    for piece in found.shown.evidence:
        counts[piece.party] = counts.get(piece.party, 0) + 1
        ref = f"{LETTER[piece.party]}{counts[piece.party]}"
        row = rows.get(piece.file.id) if _has_file(piece) else None  # type: ignore[union-attr]  # it has a file
        if row is None:
            made.append(_plain(visit, ref, piece, piece.id in new))
            continue
        here = Standing(row, "staff", found.case.id)
        made.append(await _filed(visit, ref, piece, here, stood.get(row.upload_id), piece.id in new))
    return tuple(made)


def _has_file(piece: EvidenceView) -> bool:
    return bool(piece.file)


def _plain(visit: Visit, ref: str, piece: EvidenceView, new: bool) -> Exhibit:
    kind = "tracking" if piece.tracking else "text"
    return Exhibit(ref, piece, kind, (), None, {}, "clean", None, _alt(visit, ref, piece), new)


async def _filed(
    visit: Visit, ref: str, piece: EvidenceView, here: Standing, check: CheckRow | None, new: bool
) -> Exhibit:
    db, marketplace = visit.hinge.db, visit.marketplace
    state = pictures.stands(here, check)
    found: Sequence[Derivative] = ()
    text, claims = None, dict[str, str]()
    if state == "clean":
        found = await derivatives.of_upload(db, marketplace, here.upload.upload_id)
        claims = await pictures.claims(db, marketplace, here, check) or {}
        text = await _text(visit, here, found)
    media = here.upload.media_type
    kind = "video" if media.startswith("video/") else "pdf" if media == "application/pdf" else "image"
    kind = "text" if media.startswith("text/") else kind
    says = pictures.said(here, check, visit.locale)
    sheets = tuple(_sheets(found, here))
    return Exhibit(ref, piece, kind, sheets, text, claims, state, says, _alt(visit, ref, piece), new)


async def _text(visit: Visit, here: Standing, found: Sequence[Derivative]) -> str | None:
    one = next((each for each in found if each.variant == "text"), None)
    if one is None:
        return None
    try:
        data = await pictures.content(visit.hinge.db, visit.marketplace, here, one, visit.locale)
    except NotShown:
        return None
    return data.decode("utf-8", "replace")[:MOST_TEXT]


def _sheets(found: Sequence[Derivative], here: Standing) -> list[Sheet]:
    pages: dict[int, dict[str, Derivative]] = {}
    for one in found:
        if one.variant in pictures.PICTURES:
            pages.setdefault(one.page, {})[one.variant] = one
    made = list[Sheet]()
    for page in sorted(pages)[:MOST_PAGES]:
        sizes = pages[page]
        best = sizes.get("w640") or sizes.get("w160") or next(iter(sizes.values()))
        large = sizes.get("w1600", best)
        small = sizes.get("w160", best)
        made.append(
            Sheet(page, _href(small, here), _href(best, here), _href(large, here), best.width, best.height)
        )  # fmt: skip
    return made


def _href(one: Derivative, here: Standing) -> str:
    return f"/files/{one.upload_id}/{one.variant}?page={one.page}&case={here.case_id}"


def _alt(visit: Visit, ref: str, piece: EvidenceView) -> str:
    """What a picture shows: its sender's description, or that there is none."""
    _ = visit.gettext
    if isinstance(piece.describes, str) and piece.describes:
        return piece.describes
    told: dict[str, Any] = {
        "what": _(term("evidence", piece.type)), "ref": ref, "who": _(term("party", piece.party)),
    }  # fmt: skip
    return _("%(what)s %(ref)s from: %(who)s, no description") % told
