"""The bytes of a file exactly as they were sent, for the few they are for: its sender, and staff who say why.

Is it theirs, is it clean, is the look written down: only then the first byte. The other side of a film gets a copy in
which its notes (place, maker, instants) are blanked. Doors turn `NotShown` into their own words.
"""

from collections.abc import AsyncIterator
from functools import partial

import msgspec

from amends.access import checked as states
from amends.access import pictures
from amends.access.pictures import BytesChanged, NotShown
from amends.access.pieces import begun, checked
from amends.access.standing import Standing
from amends.handle import Hinge
from amends.law.actors import Actor
from amends.media import film_notes
from amends.media.kinds import KINDS
from amends.proof.seal import Unsealable
from amends.store import looks, uploads
from amends.store.connect import Database
from amends.store.rows import UploadRow
from amends.store.uploads import Erased

BROKEN = (Unsealable, FileNotFoundError, BytesChanged)


class NeedsReason(Exception):
    """Staff must say why they look at an original; it is recorded."""


class Onlooker(msgspec.Struct, frozen=True):
    """Who looks, in whose house, in which language."""

    hinge: Hinge
    marketplace: str
    actor: Actor
    locale: str


async def may_have(who: Onlooker, here: Standing, *, reasoned: bool) -> None:
    """Raises NotShown or NeedsReason unless the bytes are for this person now. `reasoned`: staff said why."""
    db = who.hinge.db
    if here.stands_as == "owner":
        check = await pictures.check_of(db, who.marketplace, here)
        if here.upload.blob is None or (check is not None and (check.infected or check.why == "damaged")):
            raise NotShown("unavailable", states.says(check, pictures.stands(here, check), who.locale) or "")
        return
    if not here.may_have_scanned_original:
        raise NotShown("unknown")
    if here.stands_as == "staff" and not reasoned:
        raise NeedsReason
    await pictures.clean(db, who.marketplace, here, who.locale)


async def pieces(
    who: Onlooker, here: Standing, reason: str | None, start: int, end: int, *, what: str
) -> AsyncIterator[bytes]:
    """The bytes from `start` to before `end`, for staff after their look is written down; `what` part they asked for.

    Raises NotShown and NeedsReason.
    """
    row, db = here.upload, who.hinge.db
    await may_have(who, here, reasoned=reason is not None)
    if here.stands_as == "staff":
        assert reason is not None, "it was asked for above"
        await _look(who, here, reason, what)
    plain = uploads.plain(db, who.marketplace, row, start, end)
    alarm = partial(pictures.alarm, db, who.marketplace, row.upload_id)
    everything = (start, end) == (0, row.size_bytes)
    try:
        right = checked(plain, row.sha256 if everything else None, alarm, BROKEN)
        if here.stands_as == "other":
            right = film_notes.blanked(right, await notes_of(db, who.marketplace, row), start)
        return await begun(right)
    except film_notes.Unreadable:
        raise pictures.unavailable("unscannable", who.locale) from None
    except BROKEN:
        raise pictures.unavailable("damaged", who.locale) from None
    except Erased:
        raise pictures.unavailable("erased", who.locale) from None


async def notes_of(db: Database, marketplace: str, row: UploadRow) -> list[film_notes.Patch]:
    """What of a film is blanked for the other side. Raises what `uploads.plain` and `film_notes` raise."""

    async def read(start: int, end: int) -> bytes:
        return b"".join([piece async for piece in uploads.plain(db, marketplace, row, start, end)])

    return await film_notes.notes_in(read, row.size_bytes)


def file_name(here: Standing) -> str:
    """What the file is called when it is handed out: never what its sender called it."""
    kind = KINDS.get(here.upload.media_type)
    return f"{here.upload.upload_id}.{kind.suffix if kind else 'bin'}"


async def _look(who: Onlooker, here: Standing, reason: str, what: str) -> None:
    """Write the look down. Whatever goes wrong here keeps the bytes here."""
    await looks.record(
        who.hinge.db,
        who.marketplace,
        here.upload,
        case_id=here.case_id,
        role=who.actor.role,
        who=who.actor.id,
        what=what,
        reason=reason,
        at=who.hinge.clock(),
    )
