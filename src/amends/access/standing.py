"""Who may have what of a file: asked anew at every request, of the file, the cases it is in, and each case's sight.

Its owner and the platform's staff stand to a file by themselves. Anybody else stands to it through a case that exists
for them and in which a piece resting on it is shown to them, and sees it as that case shows it: with everything painted
over that was covered there. Nobody stands to a file of another marketplace.
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec

from amends.access.caller import is_staff, may_see
from amends.access.sight import Sight
from amends.handle import Hinge, policy_of
from amends.law.actors import Actor
from amends.law.case import Case, Evidence
from amends.store import cases, uploads
from amends.store.derivatives import Area
from amends.store.rows import UploadRow
from amends.store.written import decode_case

As = Literal["owner", "staff", "other"]


class Standing(msgspec.Struct, frozen=True):
    """How somebody stands to a file. `covered`: what is painted over in what they see; `case_id`: by which case."""

    upload: UploadRow
    stands_as: As
    case_id: str | None
    covered: tuple[Area, ...] = ()

    @property
    def may_have_scanned_original(self) -> bool:
        """Whether the clean file itself is for them: to the other side only a film, its notes blanked (originals)."""
        return self.stands_as != "other" or (self.upload.media_type.startswith("video/") and not self.covered)


async def standing(
    hinge: Hinge, marketplace: str, actor: Actor, upload_id: str, case_id: str | None = None
) -> Standing | None:
    """How the actor stands to a file, within the case if one is named; None when it does not exist for them."""
    known, named = _id(upload_id), _id(case_id) if case_id is not None else None
    if known is None or (case_id is not None and named is None):
        return None
    row = await uploads.get(hinge.db, marketplace, known)
    if row is None:
        return None
    own = (row.owner_role, row.owner_id) == (actor.role, actor.id)
    if named is None and (own or is_staff(actor)):
        return Standing(row, "owner" if own else "staff", None)
    for found in await _cases_of(hinge, marketplace, known, named):
        if not may_see(found, actor):
            continue
        if own or is_staff(actor):
            return Standing(row, "owner" if own else "staff", found.id)
        if (covered := _shown(hinge, found, actor, known)) is not None:
            return Standing(row, "other", found.id, covered)
    return None


async def _cases_of(hinge: Hinge, marketplace: str, upload_id: str, named: str | None) -> list[Case]:
    """The cases in which the file is evidence, or the one named if it is among them."""
    used = dict.fromkeys(case_id for case_id, _ in await uploads.uses(hinge.db, marketplace, upload_id))
    found = []
    for case_id in used:
        if named in (None, case_id):
            state = (await cases.read_case(hinge.db, marketplace, case_id)).state
            if state is not None:
                found.append(decode_case(state))
    return found


def _shown(hinge: Hinge, case: Case, actor: Actor, upload_id: str) -> tuple[Area, ...] | None:
    """What is covered of the file in this case for this actor, or None when no piece resting on it is shown.

    The same file may be several pieces: what is covered in one of them is covered in all.
    """
    sight = Sight(case, actor, policy_of(hinge, case))
    pieces = [item for item in case.evidence if item.file is not None and item.file.id == upload_id]
    if not any(sight.knows_of(item) and sight.sees(item) != "nothing" for item in pieces):
        return None
    return tuple(sorted({area for item in pieces for area in covered_areas(item)}))


def covered_areas(item: Evidence) -> Sequence[Area]:
    """The areas painted over in a piece, as the sandbox takes them."""
    return [(a.page, a.left, a.top, a.width, a.height) for a in item.redactions]


def _id(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
