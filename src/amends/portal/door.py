"""The door of the portals: knows the visitor by the session cookie, reads the form, and answers with a page always.

Order: session, language, role, form, its secret; only then the room. A foreign or missing case looks the same. Nothing
of an unexpected error leaves the house but that there was one; it is logged.
"""

import hmac
import secrets
from typing import Any, get_args
from urllib.parse import urlsplit

import structlog
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException

from amends.law.actors import Role
from amends.portal.house import Portal
from amends.portal.rail import rail_of
from amends.portal.route import STAFF, Address
from amends.portal.staff.step_up import asked_first
from amends.portal.visit import YEAR_SECONDS, Lost, Page, Visit
from amends.portal.words import LOCALES, chosen
from amends.store import marketplaces, sessions
from amends.store.errors import DatabaseError
from amends.text import CONTROL

log = structlog.get_logger("amends.portal")
MOST_FORM_BYTES = 256 * 1024
FILES_AT_ONCE = 10
"""A form may bring so many files of the longest kind."""
ROLES: tuple[str, ...] = get_args(Role)


class Door:
    """One address of the portals, ready to answer."""

    def __init__(self, address: Address, portal: Portal) -> None:
        self.address = address
        self.portal = portal

    async def answer(self, request: Request[Any, Any, Any]) -> Page:
        """Answer one request with a page, whatever happens."""
        visit = Visit(self.portal, request, None, chosen(request.headers.get("accept-language")))
        try:
            await self._read(visit)
            page = await asked_first(visit) if self.address.step_up else None
            page = page or await self.address.does(visit)
        except Lost as lost:
            page = error_page(visit, lost)
        except DatabaseError as away:
            log.warning("database away", page=self.address.name, error=str(away))
            page = error_page(visit, Lost(503, "away"))
        except HTTPException as error:
            page = error_page(visit, Lost(error.status_code))
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("defect", page=self.address.name, reference=reference)
            page = error_page(visit, Lost(500, "defect", reference=reference))
        return page

    async def _read(self, visit: Visit) -> None:
        await know(visit)
        address = self.address
        if address.roles:
            if visit.session is None:
                raise Lost(401, "signed_out")
            if visit.session.role not in address.roles:
                raise Lost(404)
            if visit.session.role in STAFF:
                visit.rail = await rail_of(self.portal.hinge.db, visit.session, visit.now)
        if address.method == "POST":
            if not _from_here(visit):
                raise Lost(403, "foreign")
            await self._read_form(visit)

    async def _read_form(self, visit: Visit) -> None:
        """The form's fields and files; its secret must be the session's."""
        declared = visit.request.headers.get("content-length", "0")
        most = self.portal.settings.max_upload_bytes * FILES_AT_ONCE if self.address.uploads else MOST_FORM_BYTES
        if declared.isdigit() and int(declared) > most:
            raise Lost(413)
        try:
            form = await visit.request.form()
        except (ValueError, UnicodeDecodeError) as fault:
            raise Lost(400, "form") from fault
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if value.filename:
                    visit.files.append(value)
                    visit.named.setdefault(str(name), []).append(value)
            else:
                text = CONTROL.sub("", str(value).replace("\r\n", "\n")).strip()
                visit.form.setdefault(str(name), text)
                visit.lists.setdefault(str(name), []).append(text)
        if self.address.csrf and visit.session is not None:
            given = visit.form.get("csrf", "")
            if not hmac.compare_digest(given.encode(), visit.session.csrf.encode()):
                raise Lost(403, "stale_form")


def _from_here(visit: Visit) -> bool:
    """Whether a form was sent by a page of ours, or by no browser at all: one that is cross-site says so."""
    headers = visit.request.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    ours = {urlsplit(visit.portal.settings.address).netloc, headers.get("host", "")}
    return origin is None or urlsplit(origin).netloc in ours - {""}


def _by_itself(request: Request[Any, Any, Any]) -> bool:
    """Whether a page asks for news with nobody doing anything: our scripts fetch no page for any other reason."""
    headers = request.headers
    return request.method == "GET" and ("hx-request" in headers or headers.get("accept") == "text/event-stream")


async def know(visit: Visit) -> None:
    """Who visits, in which language, and what time it is in their marketplace."""
    request, portal = visit.request, visit.portal
    token = request.cookies.get(cookie_name(portal), "")
    if token:
        now, visited = portal.hinge.clock(), not _by_itself(request)
        visit.session = await sessions.find(portal.hinge.db, token, now, visited=visited)
    wished = request.query_params.get("lang", "")
    if wished in LOCALES:
        visit.set_cookie("lang", wished, YEAR_SECONDS)
    if visit.session is not None:
        session = visit.session
        role, person = session.role, session.person_id
        visit.chosen = await sessions.preferences(portal.hinge.db, session.marketplace_id, role, person)
        place = await marketplaces.get(portal.hinge.db, session.marketplace_id)
        if place is not None and place.clock_at is not None:
            visit.now, visit.standing = place.clock_at, True
    visit.locale = chosen(
        wished, request.cookies.get("lang"), visit.chosen.get("language"), request.headers.get("accept-language")
    )


def cookie_name(portal: Portal, of: str = "") -> str:
    """A cookie's name (the session's when `of` is empty): bound to this host alone where TLS allows it."""
    return ("__Host-amends" if portal.secure else "amends") + (f"-{of}" if of else "")


def error_page(visit: Visit, lost: Lost) -> Page:
    """What happened, what to do, and (for a defect) the reference under which it was logged."""
    return visit.page("error.html", lost.status, error=lost)
