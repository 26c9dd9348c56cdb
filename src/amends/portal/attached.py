"""Files that are here already, as a form lists them: name, size, and how each stands, in the visitor's words."""

from collections.abc import Iterable

import msgspec

from amends.access import checked, pictures
from amends.access.standing import Standing
from amends.portal.visit import Visit
from amends.store import checks, uploads
from amends.store.rows import UploadRow

MEGABYTE = 1024 * 1024
KILOBYTE = 1024


class Attached(msgspec.Struct, frozen=True):
    """A file of the visitor: `stands` is its check's state, `says` a sentence where it is not clean."""

    id: str
    name: str
    size: str
    media_type: str
    stands: checked.Standing
    says: str | None

    @property
    def pictured(self) -> bool:
        """Whether there is a picture of it to show."""
        return self.stands == "clean" and self.media_type.startswith(("image/", "application/pdf", "video/"))


async def attached(visit: Visit, ids: Iterable[str]) -> dict[str, Attached]:
    """The visitor's own files among these, by id."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    db, marketplace, actor = visit.hinge.db, visit.marketplace, visit.actor
    rows = await uploads.get_many(db, marketplace, [one for one in wanted if _is_id(one)])
    own = {key: row for key, row in rows.items() if (row.owner_role, row.owner_id) == (actor.role, actor.id)}
    seen = await checks.state_of(db, marketplace, list(own))
    return {key: _told(own[key], seen.get(key), visit.locale) for key in wanted if key in own}


def size_words(size_bytes: int) -> str:
    """`2.4 MB`, `130 KB`."""
    if size_bytes >= MEGABYTE:
        return f"{size_bytes / MEGABYTE:.1f} MB"
    return f"{max(1, size_bytes // KILOBYTE)} KB"


def _told(row: UploadRow, check: checks.CheckRow | None, locale: str) -> Attached:
    here = Standing(row, "owner", None)
    stands, says = pictures.stands(here, check), pictures.said(here, check, locale)
    return Attached(row.upload_id, row.name, size_words(row.size_bytes), row.media_type, stands, says)


def _is_id(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4 and text.replace("-", "").isalnum() and text.isascii()
