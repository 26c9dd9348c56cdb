"""Pieces of evidence on a form: files taken in, words, a tracking number, made into items of the law, and back.

Of one task a draft holds at most one piece of plain words and one tracking number, and any number of files; saving the
form again changes them and adds no second.
"""

from collections.abc import Sequence
from typing import Any, get_args

import msgspec
from msgspec import structs

from amends.law.commands import EvidenceType, Item, Tracking
from amends.portal import intake
from amends.portal.seller.draft import MOST_ITEMS
from amends.portal.visit import Visit
from amends.portal.words import N_

ALL_TYPES: tuple[EvidenceType, ...] = tuple(
    kind for kind in get_args(EvidenceType) if kind not in ("medical_certificate", "appeal_statement")
)
"""What a seller may add of its own accord."""
BAD_TRACKING = N_("A tracking number has 4 to 64 letters, digits, spaces or hyphens, and a carrier.")
TOO_MANY = N_("At most 50 pieces go into one answer. Send these first, then add more.")
NO_KIND = N_("Choose what it shows.")


def is_words(item: Item) -> bool:
    """Whether a piece is plain words, without a file or number."""
    return item.upload is None and item.tracking is None


async def changed(
    visit: Visit, items: Sequence[Item], types: Sequence[EvidenceType]
) -> tuple[tuple[Item, ...], dict[str, str]]:
    """All items with those of these types changed as the form says; and by field what does not fit."""
    form, faults = visit.form, dict[str, str]()
    kind = next((one for one in types if one == form.get("type")), types[0] if len(types) == 1 else None)
    private = form.get("private") == "yes"
    kept = [_again(visit, item, private) if item.type in types else item for item in items]
    kept = [item for item in kept if not (item.type in types and item.upload and item.upload == form.get("drop"))]
    anything = bool(visit.files or form.get("text") or form.get("number"))
    if kind is None and anything:
        return tuple(kept), {"type": visit.gettext(NO_KIND)}
    if kind is not None:
        kept = _with_words(kept, types, kind, form, private)
        kept = _with_tracking(visit, kept, types, form, faults)
        kept += await _files(visit, kind, private, faults)
    if len(kept) > MOST_ITEMS:
        faults["evidence"] = visit.gettext(TOO_MANY)
    return tuple(kept[:MOST_ITEMS]), faults


def _again(visit: Visit, item: Item, private: bool) -> Item:
    """A piece that was there, with the description the form now has for it."""
    described = visit.form.get(f"describes-{item.upload}") if item.upload else None
    if described is None:
        return structs.replace(item, private=private) if item.upload else item
    return structs.replace(item, describes=described[:200] or None, private=private)


def _with_words(
    items: list[Item], types: Sequence[str], kind: EvidenceType, form: dict[str, str], private: bool
) -> list[Item]:
    if "text" not in form:
        return items
    rest = [item for item in items if not (item.type in types and is_words(item))]
    text = form["text"][:8000]
    return [*rest, Item(kind, text=text, private=private)] if text else rest


def _with_tracking(
    visit: Visit, items: list[Item], types: Sequence[str], form: dict[str, str], faults: dict[str, str]
) -> list[Item]:
    if "number" not in form or "tracking" not in types:
        return items
    rest = [item for item in items if item.tracking is None or item.type not in types]
    if not form["number"] and not form.get("carrier"):
        return rest
    given: dict[str, Any] = {"carrier": form.get("carrier", ""), "number": form["number"]}
    try:
        return [*rest, Item("tracking", tracking=msgspec.convert(given, Tracking))]
    except msgspec.ValidationError:
        faults["number"] = visit.gettext(BAD_TRACKING)
        return items


async def _files(visit: Visit, kind: EvidenceType, private: bool, faults: dict[str, str]) -> list[Item]:
    """The files that came with the form; one that cannot be taken is named, and the others are kept."""
    taken = list[Item]()
    describes = visit.form.get("describes", "")[:200] or None
    for file in visit.files:
        found = await intake.take(visit, file)
        if isinstance(found, str):
            taken.append(Item(kind, upload=found, describes=describes, private=private))
        else:
            faults["evidence"] = " ".join(filter(None, (faults.get("evidence"), found.says)))
    return taken
