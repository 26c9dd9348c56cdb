"""What good evidence looks like, in a sentence and a small drawing (templates/parts.html), by kind of evidence.

What must be shown is the policy's to say (its checklist and examples); this is how to show it so that it can be judged.
"""

from typing import NamedTuple

from amends.portal.words import N_


class Good(NamedTuple):
    """How to make a good one: `sketch` names the drawing."""

    sketch: str
    says: str


PHOTO = Good("photo", N_("Good: sharp and in daylight; the whole item once, then the spot close up, not edited."))
VIDEO = Good("video", N_("Good: one take without cuts; begin with the label or serial number, then show it happen."))
PARCEL = Good("parcel", N_("Good: the parcel from outside with its label readable, then open, with what lay around the "
                           "item."))  # fmt: skip
PAPER = Good("paper", N_("Good: the whole page, flat and readable, with name, number and date."))
SCREEN = Good("screen", N_("Good: the whole page or chat with names, dates and times on it, not a cut-out."))
OF = {
    "photo_of_item": PHOTO, "video_of_item": VIDEO, "unpacking_video": VIDEO, "photo_of_packing": PARCEL,
    "shipping_label": PARCEL, "tracking": SCREEN, "conversation": SCREEN, "listing_snapshot": SCREEN,
}  # fmt: skip


def good(kind: str) -> Good:
    """How to make a good one of this kind of evidence; what is not a picture is a paper."""
    return OF.get(kind, PAPER)
