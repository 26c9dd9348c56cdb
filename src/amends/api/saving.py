"""Saving a case file to disk, the verifier beside it: what `amends casefile` does, on the house itself."""

import asyncio
import os
import re
from pathlib import Path

from amends.access.caller import may_see
from amends.access.gathering import Behind, Gathering
from amends.access.sight import Sight
from amends.handle import Hinge, now_of, policy_of
from amends.law.actors import STAFF, Actor
from amends.law.case import Case
from amends.proof.casefile import TooLargeForOne
from amends.proof.verifier.single import FILE_NAME, source
from amends.store import cases
from amends.store.ids import parse_case_id
from amends.store.written import decode_case

READERS = re.compile(r"(buyer|seller|carrier|adjudicator|operator|auditor):([\x21-\x7e]{1,128})")
TRIES, REST_SECONDS = 30, 1.0


class NotSaved(Exception):
    """There is no such case for that reader, or its file cannot be made; `str()` is one line saying why."""


async def save(
    hinge: Hinge,
    marketplace: str,
    case_id: str,
    reader: str,
    target: Path,
    locale: str | None = None,
    reason: str | None = None,
) -> tuple[Path, Path]:
    """Write the case file of `reader` (`role:id`) to `target`, the verifier beside it; both paths. Raises NotSaved."""
    actor, case = await _found(hinge, marketplace, case_id, reader)
    sight = Sight(case, actor, policy_of(hinge, case), locale)
    if reason is not None and not sight.is_staff:
        raise NotSaved("a reason is for staff: a party's own files are in its case file anyway")
    gathering = Gathering(hinge, marketplace, case, sight, await now_of(hinge, marketplace), reason)
    draft = target.with_name(f".{target.name}.part")
    try:
        await _written(gathering, draft)
        draft.replace(target)
    except (OSError, TooLargeForOne) as problem:
        raise NotSaved(f"{target} cannot be written: {problem}") from None
    finally:
        draft.unlink(missing_ok=True)
    verifier = target.with_name(FILE_NAME)
    verifier.write_text(source(), "utf-8")
    return target, verifier


async def _found(hinge: Hinge, marketplace: str, case_id: str, reader: str) -> tuple[Actor, Case]:
    said, known = READERS.fullmatch(reader), parse_case_id(case_id)
    if said is None:
        raise NotSaved(f"{reader!r} names no reader; write role:id, for example buyer:alice or operator:olga")
    actor = Actor(said[1], said[2])  # type: ignore[arg-type]  # one of the roles
    state = (await cases.read_case(hinge.db, marketplace, known)).state if known else None
    case = decode_case(state) if state is not None else None
    if case is None or not (actor.role in STAFF or may_see(case, actor)):
        raise NotSaved(f"{marketplace} has no case {case_id} for {reader}")
    return actor, case


async def _written(gathering: Gathering, draft: Path) -> None:
    """Write it, waiting for the log for a while. The file is for its reader alone."""
    for attempt in range(1, TRIES + 1):
        descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            try:
                await gathering.write(file)
                return
            except Behind as waiting:
                if attempt == TRIES:
                    raise NotSaved(f"{waiting} Is `amends serve` or `amends worker` running?") from None
        await asyncio.sleep(REST_SECONDS)
