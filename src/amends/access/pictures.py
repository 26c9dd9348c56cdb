"""A picture of a file for one person who stands to it: is the file clean, is it the copy they may see, does it open.

The order is the same for every door. What does not open any more is refused and sets off the alarm; nothing else is
ever sent in its place. Doors turn `NotShown` into their own words.
"""

from typing import Literal

import msgspec
import structlog
from prometheus_client import Counter

from amends.access import checked as states
from amends.access.standing import Standing
from amends.proof.seal import Unsealable
from amends.store import checks, derivatives
from amends.store.checks import CheckRow
from amends.store.connect import Database
from amends.store.derivatives import Derivative
from amends.store.uploads import Erased

PICTURES = ("w160", "w640", "w1600")
DAMAGED = Counter("amends_files_refused_damaged_total", "Files and pictures found damaged when they were asked for")
Why = Literal["unknown", "unchecked", "unavailable", "copy_awaited"]
log = structlog.get_logger("amends.access")


class NotShown(Exception):
    """It is not shown: there is none, the check is not done, or it never will be. `str()` is a sentence for people."""

    def __init__(self, why: Why, sentence: str = "") -> None:
        super().__init__(sentence)
        self.why = why


class BytesChanged(Exception):
    """What would be sent is not what was taken in."""


def stands(here: Standing, check: CheckRow | None) -> states.Standing:
    """How the file stands, for people."""
    arrived = here.upload.received_at is not None
    return states.standing(check, arrived=arrived, erased=arrived and here.upload.blob is None)


async def check_of(db: Database, marketplace: str, here: Standing) -> CheckRow | None:
    """The file's check, if there is one."""
    found = await checks.state_of(db, marketplace, [here.upload.upload_id])
    return found.get(here.upload.upload_id)


async def clean(db: Database, marketplace: str, here: Standing, locale: str) -> CheckRow:
    """The file's check, if it is clean and of these bytes. Raises NotShown with how it stands otherwise."""
    check = await check_of(db, marketplace, here)
    now = stands(here, check)
    if check is not None and now == "clean":
        if check.sha256 != here.upload.sha256:
            await alarm(db, marketplace, here.upload.upload_id, BytesChanged("the check is of other bytes"))
            raise unavailable("damaged", locale)
        return check
    why: Why = "unchecked" if now in ("awaited", "received", "scanning") else "unavailable"
    raise NotShown(why, said(here, check, locale) or "")


def said(here: Standing, check: CheckRow | None, locale: str) -> str | None:
    """The sentence for how the file stands, as far as this person may know why."""
    says = states.says_to_other_side if here.stands_as == "other" else states.says
    return says(check, stands(here, check), locale)


async def made(db: Database, marketplace: str, here: Standing, variant: str, page: int, locale: str) -> Derivative:
    """The derivative in the copy this person may see. Raises NotShown where there is none."""
    await clean(db, marketplace, here, locale)
    await _covered_copy(db, marketplace, here, locale)
    areas = derivatives.digest(here.covered)
    found = await derivatives.one(db, marketplace, here.upload.upload_id, areas, variant, page)
    if found is None:
        raise NotShown("unknown")
    return found


async def content(db: Database, marketplace: str, here: Standing, found: Derivative, locale: str) -> bytes:
    """A derivative's bytes. Raises NotShown where they do not open, and reports it."""
    try:
        return await derivatives.content(db, marketplace, here.upload, found)
    except (Unsealable, FileNotFoundError) as damage:
        DAMAGED.inc()
        log.error("picture_damaged", upload=found.upload_id, variant=found.variant, page=found.page, why=str(damage))
        raise unavailable("damaged", locale) from None
    except Erased:
        raise unavailable("erased", locale) from None


async def alarm(db: Database, marketplace: str, upload_id: str, damage: BaseException) -> None:
    """The bytes are not what was taken in, or not there: somebody must know, and changed ones nobody gets any more."""
    DAMAGED.inc()
    log.error("file_damaged", marketplace=marketplace, upload=upload_id, found=str(damage))
    if not isinstance(damage, FileNotFoundError):  # bytes that are away may come back
        await checks.found_damaged(db, marketplace, upload_id)


async def claims(db: Database, marketplace: str, here: Standing, check: CheckRow | None) -> dict[str, str] | None:
    """What the file claims of itself: when, where and with what it was made. For staff; a claim proves nothing."""
    if check is None or check.facts is None:
        return None
    try:
        key = await derivatives.key_of(db, marketplace, here.upload)
        plain = derivatives.unseal(key, check.facts, "claims", here.upload.upload_id)
    except (Erased, Unsealable):
        return None
    return msgspec.json.decode(plain, type=dict[str, str])


def unavailable(why: str, locale: str) -> NotShown:
    """The file is there and will not be shown; the sentence says why."""
    return NotShown("unavailable", states.SAYS[why][locale])


async def _covered_copy(db: Database, marketplace: str, here: Standing, locale: str) -> None:
    """Nothing, when the copy with everything covered is there or not needed; else it is asked for."""
    if not here.covered:
        return
    state = await derivatives.want_copy(db, marketplace, here.upload.upload_id, here.covered)
    if state == "failed":
        raise unavailable("redacted_copy_failed", locale)
    if state == "wanted":
        raise NotShown("copy_awaited", states.SAYS["redacted_copy_awaited"][locale])
