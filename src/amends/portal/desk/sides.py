"""What each side says, point by point, with the evidence each names for it; where they disagree is marked.

Made of what the parties wrote and did; nothing is read into their words.
"""

from collections.abc import Sequence

import msgspec

from amends.access.shapes import CaseView
from amends.portal.desk.exhibits import Exhibit
from amends.portal.reading import Seen
from amends.portal.terms import term
from amends.portal.words import N_, Translate

ABOUT: tuple[tuple[str, frozenset[str]], ...] = (
    (N_("The item"), frozenset({"photo_of_item", "video_of_item", "unpacking_video", "test_report", "listing_snapshot",
                                "recall_scope_statement", "authority_certificate", "medical_certificate"})),
    (N_("Packing and handing over"), frozenset({"photo_of_packing", "shipping_label", "shipping_receipt"})),
    (N_("Delivery"), frozenset({"tracking", "proof_of_delivery", "delivery_signature", "address_check",
                                "carrier_statement"})),
    (N_("Papers and talks"), frozenset({"commercial_invoice", "supplier_contract", "conversation", "proof_of_refund",
                                        "proof_of_return", "proof_of_replacement", "appeal_statement"})),
)  # fmt: skip
"""Points that evidence speaks to, by its type."""


class Said(msgspec.Struct, frozen=True):
    """One point: each side's words (None where it said nothing) and pieces, and whether the two disagree."""

    point: str
    buyer: str | None
    seller: str | None
    buyer_refs: tuple[str, ...] = ()
    seller_refs: tuple[str, ...] = ()
    clash: bool = False


def said(found: Seen, pieces: Sequence[Exhibit], _: Translate) -> tuple[Said, ...]:
    """The points, the matter itself first."""
    shown = found.shown
    made = [_matter(shown, _), _wanted(shown, _)]
    for point, types in ABOUT:
        own = [one for one in pieces if one.piece.type in types]
        if not own:
            continue
        buyer = [one for one in own if one.side == "buyer"]
        seller = [one for one in own if one.side == "seller"]
        made.append(
            Said(_(point), _words(buyer), _words(seller), _refs(buyer), _refs(seller), bool(buyer and seller))
        )  # fmt: skip
    return tuple(one for one in made if one.buyer or one.seller or one.buyer_refs or one.seller_refs)


def _matter(shown: CaseView, _: Translate) -> Said:
    """What the buyer complains of, and what the seller answered."""
    last = shown.requests[-1] if shown.requests else None
    dispute = shown.disputes[-1] if shown.disputes else None
    buyer = "\n\n".join(dict.fromkeys(t for t in (last and last.statement, dispute and dispute.statement) if t))
    answer = last.answer_statement if last is not None else None
    contests = last is not None and last.answer == "rejected"
    return Said(_("What happened"), buyer or None, answer, clash=contests)


def _wanted(shown: CaseView, _: Translate) -> Said:
    wanted = _(term("wanted", shown.wanted)) if shown.wanted else None
    offer = next((one for one in reversed(shown.offers) if one.by == "seller"), None)
    offers = _("Offers: %(remedy)s") % {"remedy": _(term("wanted", offer.remedy))} if offer is not None else None
    last = shown.requests[-1] if shown.requests else None
    if offers is None and last is not None and last.answer == "rejected":
        offers = _("Nothing; contests the request")
    return Said(_("Wants"), wanted, offers, clash=offers is not None)


def _words(pieces: Sequence[Exhibit]) -> str | None:
    told = [text for one in pieces for text in (one.piece.describes, one.piece.text) if isinstance(text, str) and text]
    return "\n".join(dict.fromkeys(told)) or None


def _refs(pieces: Sequence[Exhibit]) -> tuple[str, ...]:
    return tuple(one.ref for one in pieces)
