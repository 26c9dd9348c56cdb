"""Step-up: before money, keys or people are touched, staff show again who they are, and lose nothing of what they sent.

The form that was on its way is carried by the page that asks (hidden fields), or, while the browser is away at the
organisation's sign-in, sealed in the database. A session opened by a link is a party's, or a sandbox's: there nothing
is asked.
"""

from base64 import b64decode, b64encode
from typing import Any

import structlog

from amends.portal.staff import ceremony
from amends.portal.staff.ceremony import Wrong, place_of
from amends.portal.visit import Page, Visit
from amends.store import attempts, sessions, staff
from amends.store.sessions import Session

log = structlog.get_logger("amends.portal")
NOBODY_ASKS = ("link", "stage")
"""How parties come in, and whoever is played in a sandbox: real staff never do."""
PROOFS = ("proof", "proof_passkey", "proof_link")
"""Fields of the page that asks; they never reach a room."""


async def asked_first(visit: Visit) -> Page | None:
    """The page that asks who they are, when that is due; None when the form may go on."""
    session, now = visit.session, visit.hinge.clock()
    if visit.request.method != "POST" or session is None or session.opened_by in NOBODY_ASKS or session.stepped_up(now):
        _without_proofs(visit)
        return None
    proved = await _proved(visit, session)
    if proved:
        await sessions.step_up(visit.hinge.db, session, now)
        _without_proofs(visit)
        return None
    return await _ask(visit, session, failed=proved is False)


async def _proved(visit: Visit, session: Session) -> bool | None:
    """Whether what came with the form proves it; None when nothing came."""
    db, now, answer = visit.hinge.db, visit.hinge.clock(), visit.form.get("proof_passkey", "")
    if answer:
        kept = await attempts.take(db, session.marketplace_id, "step_up", visit.form.get("proof", ""), now)
        if kept is None or kept["session"] != session.name:
            return False
        try:
            return await shown_by(visit, answer, b64decode(kept["challenge"]), session) is not None
        except Wrong as fault:
            log.info("step-up refused", why=str(fault))
            return False
    if link := visit.form.get("proof_link", ""):
        token = link.rpartition("t=")[2]
        return await staff.spend_invitation(db, session.marketplace_id, session.person_id, token, now)
    return None


async def shown_by(
    visit: Visit, answer: str, challenge: bytes, session: Session | None, marketplace: str = ""
) -> str | None:
    """Whose passkey signed the challenge; None when it is unknown, or not this session's person's. Raises Wrong."""
    db, now = visit.hinge.db, visit.hinge.clock()
    place = session.marketplace_id if session is not None else marketplace
    found = await staff.passkey(db, place, ceremony.named(answer))
    if found is None or (session is not None and found.staff_id != session.person_id):
        return None
    count = ceremony.shown(place_of(visit), challenge, answer, found)
    if not await staff.used_passkey(db, place, found.credential_id, count, now):
        raise Wrong("used as often before")
    return found.staff_id


async def _ask(visit: Visit, session: Session, *, failed: bool) -> Page:
    db, now, portal = visit.hinge.db, visit.hinge.clock(), visit.portal
    place, known = place_of(visit), await staff.passkeys_of(db, session.marketplace_id, session.person_id)
    person = await staff.get(db, session.marketplace_id, session.person_id)
    linked = person is not None and person.oidc_subject is not None and portal.provider is not None
    challenge, options = ceremony.to_show(place, known)
    carried = {name: values for name, values in visit.lists.items() if name not in ("csrf", *PROOFS)}
    fields = [[name, value] for name, values in carried.items() for value in values]
    kept = {"session": session.name, "challenge": b64encode(challenge).decode(), "path": visit.here, "fields": fields}
    token = await attempts.begin(db, session.marketplace_id, "step_up", kept, now)
    return visit.page(
        "staff_pages/step_up.html",
        401 if failed else 200,
        fields=fields,
        proof=token,
        options=options if known and place.fits else None,
        provider=portal.provider.name if linked and portal.provider is not None else None,
        failed=failed,
    )


async def waiting(visit: Visit, session: Session, token: str) -> dict[str, Any] | None:
    """The form that waited while its sender was at the organisation's sign-in."""
    kept = await attempts.take(visit.hinge.db, session.marketplace_id, "step_up", token, visit.hinge.clock())
    return kept if kept is not None and kept["session"] == session.name else None


def _without_proofs(visit: Visit) -> None:
    for name in PROOFS:
        visit.form.pop(name, None)
        visit.lists.pop(name, None)
