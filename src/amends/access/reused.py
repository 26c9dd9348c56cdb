"""Reused photos: pictures of a case that also stand in other cases of the marketplace, laid side by side for staff.

A likeness is a lead and nothing more: pictures of one product in one place are alike too. No law reads it, nothing is
decided by it and no party sees it; a person looks at both pictures and says what they mean.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from amends.access.shapes import Reference
from amends.law.actors import Party
from amends.law.case import Case, Evidence, Stage
from amends.store import cases, pictures, uploads
from amends.store.connect import Database
from amends.store.pictures import Near
from amends.store.written import decode_case

MOST_OF_A_PICTURE = 20
MOST_PICTURES = 60
SAME_WITHIN, PROBABLY_WITHIN = 25, 50
"""Up to which distance a likeness is called what it is; docs/explanation/reused-photos.md shows what was measured."""
Strength = Literal["the_same", "probably_the_same", "partly_the_same"]
SAYS: dict[Strength, dict[str, str]] = {
    "the_same": {
        "en": "Very likely the same photo, perhaps turned, cropped or compressed again.",
        "id": "Kemungkinan besar foto yang sama, mungkin diputar, dipotong, atau dikompresi ulang.",
    },
    "probably_the_same": {
        "en": "Probably the same photo, changed; compare both.",
        "id": "Mungkin foto yang sama yang telah diubah; bandingkan keduanya.",
    },
    "partly_the_same": {
        "en": "Parts are the same. It may be another photo of the same thing or place; compare both.",
        "id": "Sebagian sama. Bisa jadi foto lain dari barang atau tempat yang sama; bandingkan keduanya.",
    },
}


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two pictures, and the case it stands in. `picture` is where its 640 px derivative lies."""

    case_id: str
    evidence_id: str
    upload: str
    party: Party
    received_at: datetime
    order_id: str
    line_id: str
    claim_id: str | None
    stage: Stage
    buyer: Reference
    seller: Reference
    case: str
    picture: str


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """Two pictures that are alike. `distance` is 0 for all details found again, 100 for none; `shared` of `of` were.

    `lead` is false where the same person handed the same thing in again within one claim, which is nothing odd.
    """

    lead: bool
    strength: Strength
    says: str
    distance: int
    shared: int
    of: int
    here: Side
    there: Side


class Reused(msgspec.Struct, frozen=True):
    """Leads first, nearest first. `looked_at` pictures of the case had enough detail to be looked for."""

    items: tuple[Lead, ...]
    looked_at: int


async def reused(db: Database, marketplace: str, case: Case, locale: str = "en") -> Reused:
    """Pictures of the case that stand in other cases too."""
    pieces = [piece for piece in case.evidence if piece.file is not None][-MOST_PICTURES:]
    hashes = await pictures.of_uploads(db, marketplace, [_upload(piece) for piece in pieces])
    known = {case.id: case}
    leads = list[Lead]()
    for piece in pieces:
        if piece.file is None or piece.file.id not in hashes:
            continue
        near = await pictures.near(db, marketplace, hashes[piece.file.id], MOST_OF_A_PICTURE)
        leads += [
            _lead((case, piece), there, each, locale)
            for each in near
            for there in await _others(db, marketplace, known, case, piece, each)
        ]
    return Reused(tuple(sorted(_once(leads), key=_strongest)), len(hashes))


async def _others(
    db: Database, marketplace: str, known: dict[str, Case], case: Case, piece: Evidence, near: Near
) -> list[tuple[Case, Evidence]]:
    """The pieces of evidence that an alike picture stands for, but the piece itself."""
    made = list[tuple[Case, Evidence]]()
    for case_id, evidence_id in await uploads.uses(db, marketplace, near.upload_id):
        if (case_id, evidence_id) == (case.id, piece.id):
            continue
        other = await _case(db, marketplace, known, case_id)
        there = next((one for one in other.evidence if one.id == evidence_id), None) if other else None
        if other is not None and there is not None:
            made.append((other, there))
    return made


def _lead(here: tuple[Case, Evidence], there: tuple[Case, Evidence], near: Near, locale: str) -> Lead:
    strength: Strength = "partly_the_same"
    if near.distance <= PROBABLY_WITHIN:
        strength = "the_same" if near.distance <= SAME_WITHIN else "probably_the_same"
    return Lead(
        lead=not _own_again(*here, *there),
        strength=strength,
        says=SAYS[strength][locale],
        distance=near.distance,
        shared=near.shared,
        of=near.of,
        here=_side(*here),
        there=_side(*there),
    )


def _own_again(case: Case, piece: Evidence, other: Case, there: Evidence) -> bool:
    """Whether one person handed the picture in twice within one case or claim."""
    one_claim = case.id == other.id or (case.claim_id is not None and case.claim_id == other.claim_id)
    return one_claim and piece.party == there.party and _person(case, piece) == _person(other, there)


def _person(case: Case, piece: Evidence) -> str | None:
    match piece.party:
        case "buyer":
            return case.order.buyer.id
        case "seller":
            return case.order.seller.id
    return case.order.fulfilment.carrier


def _side(case: Case, piece: Evidence) -> Side:
    upload = _upload(piece)
    return Side(
        case_id=case.id,
        evidence_id=piece.id,
        upload=upload,
        party=piece.party,
        received_at=piece.received_at,
        order_id=case.order.order_id,
        line_id=case.order.line.id,
        claim_id=case.claim_id,
        stage=case.stage,
        buyer=Reference(case.order.buyer.id),
        seller=Reference(case.order.seller.id),
        case=f"/v1/cases/{case.id}",
        picture=f"/v1/evidence/{upload}/w640?case={case.id}",
    )


async def _case(db: Database, marketplace: str, known: dict[str, Case], case_id: str) -> Case | None:
    if case_id not in known:
        row = await cases.get_case(db, marketplace, case_id)
        if row is None or not row.state:
            return None
        known[case_id] = decode_case(row.state)
    return known[case_id]


def _once(leads: Iterable[Lead]) -> Iterable[Lead]:
    """Two pieces of the same case that are alike are found from both sides; one of them is enough."""
    seen = set[frozenset[tuple[str, str]]]()
    for each in leads:
        pair = frozenset({(each.here.case_id, each.here.evidence_id), (each.there.case_id, each.there.evidence_id)})
        if pair not in seen:
            seen.add(pair)
            yield each


def _strongest(each: Lead) -> tuple[bool, int, str, str]:
    return not each.lead, each.distance, each.there.case_id, each.there.evidence_id


def _upload(piece: Evidence) -> str:
    assert piece.file is not None, "only pieces with a file are looked for"
    return piece.file.id
