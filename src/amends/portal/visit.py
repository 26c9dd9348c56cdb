"""A visit: one request of a signed-in (or not yet signed-in) person, ready for the room that answers it.

The form is read and its secret compared before a room sees it. What a person may see and do is asked of `access` and
of the law, exactly as the API does; a visit never decides.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie, UploadFile

from amends.law.actors import Actor
from amends.portal.browsers import agent_of
from amends.portal.house import VIEWER, Portal
from amends.portal.rail import Rail, rail_of
from amends.portal.words import Locale, words
from amends.store.sessions import Session

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
}
HTML = "text/html"
YEAR_SECONDS = 365 * 24 * 3600

Page = Response[bytes]


class Lost(Exception):
    """The page a person asked for cannot be shown. `status` and `reason` choose the words (templates/error.html);
    `reference` finds what was logged of it.
    """

    def __init__(self, status: int, reason: str = "", next_: str = "", reference: str = "") -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.next = next_
        self.reference = reference


class Visit:
    """One request as a room of the portals sees it."""

    def __init__(
        self, portal: Portal, request: Request[Any, Any, Any], session: Session | None, locale: Locale
    ) -> None:
        self.portal = portal
        self.hinge = portal.hinge
        self.request = request
        self.session = session
        self.locale: Locale = locale
        self.path: Mapping[str, str] = request.path_params
        self.query: Mapping[str, str] = request.query_params
        self.form: dict[str, str] = {}
        self.lists: dict[str, list[str]] = {}
        self.files: list[UploadFile] = []
        self.named: dict[str, list[UploadFile]] = {}
        """The same files by the field of the form they came in."""
        self.chosen: dict[str, Any] = {}
        self.now: datetime = portal.hinge.clock()
        self.standing = False
        self.cookies: list[Cookie] = []
        self.rail: Rail | None = None
        """For pages of the staff."""

    @property
    def actor(self) -> Actor:
        """Who acts; only in rooms that ask for a session."""
        assert self.session is not None, "a public page has no actor"
        session = self.session
        return Actor(session.role, session.person_id, session.person_name)  # type: ignore[arg-type]  # a role, by the table's domain

    @property
    def marketplace(self) -> str:
        """Whose marketplace this is, by the session alone."""
        assert self.session is not None, "a public page has no marketplace"
        return self.session.marketplace_id

    def gettext(self, message: str) -> str:
        """A text in the visitor's language, for words that code chooses."""
        return words(self.locale).gettext(message)

    def page(self, template: str, status: int = 200, **told: Any) -> Page:
        """A page of a template. What every page knows is added."""
        found = self.portal.pages[self.locale].get_template(template)
        zone = VIEWER.set(self.zone)
        try:
            text = found.render(visit=self, **told)
        finally:
            VIEWER.reset(zone)
        return self._sent(text.encode(), status)

    def to(self, path: str, **query: str) -> Page:
        """On to another page (303), after a form."""
        where = f"{path}?{urlencode(query)}" if query else path
        return self._sent(b"", 303, location=where)

    def new_key(self) -> str:
        """A key for a form that acts, so that sending it twice acts once."""
        return secrets.token_urlsafe(18)

    async def count(self) -> None:
        """Count again what the rail shows, after something changed."""
        if self.session is not None and self.rail is not None:
            self.rail = await rail_of(self.hinge.db, self.session, self.now)

    @property
    def on_stage(self) -> bool:
        """Whether this browser has opened a sandbox's stage, so that pages may lead back to it."""
        return any(name.endswith("amends-stage") for name in self.request.cookies)

    @property
    def theme(self) -> str:
        """`light`, `dark`, or nothing for the system's."""
        theme = self.cookie("theme") or self.chosen.get("theme", "")
        return theme if theme in ("light", "dark") else ""

    @property
    def here(self) -> str:
        """The address of this page, with its query but the language."""
        query = urlencode([(k, v) for k, v in self.request.query_params.multi_items() if k != "lang"])
        return self.request.url.path + (f"?{query}" if query else "")

    def with_language(self, locale: str) -> str:
        """This page in another language."""
        return f"{self.here}{'&' if '?' in self.here else '?'}lang={locale}"

    @property
    def wall(self) -> datetime:
        """What time it is for sessions, links and keys: real time, also in a sandbox."""
        return self.hinge.clock()

    @property
    def zone(self) -> str:
        """The zone the person chose, beside that of the market; empty where they chose none."""
        return str(self.chosen.get("zone", ""))

    @property
    def agent(self) -> str:
        """The browser as people call it, e.g. `Firefox, Linux`."""
        return agent_of(self.request.headers.get("user-agent", ""))

    def set_cookie(self, name: str, value: str, seconds: int | None, *, readable: bool = False) -> None:
        """Give the browser a cookie with the answer; `seconds` 0 takes it away."""
        self.cookies.append(
            Cookie(name, value=value, path="/", samesite="lax", httponly=not readable, secure=self.portal.secure,
                   max_age=seconds)
        )  # fmt: skip

    def cookie(self, name: str) -> str:
        """A cookie the browser sent, or nothing."""
        return str(self.request.cookies.get(name, ""))

    def _sent(self, body: bytes, status: int, **more: str) -> Page:
        if self.portal.secure:
            more["strict-transport-security"] = f"max-age={YEAR_SECONDS}"
        return Response(body, status_code=status, media_type=HTML, headers=HEADERS | more, cookies=self.cookies)


def decoded(kind: type[msgspec.Struct], fields: Mapping[str, Any]) -> msgspec.Struct | str:
    """A command from the fields of a form, empty ones left out; or in words what does not fit."""
    given = {name: value for name, value in fields.items() if value not in ("", None, (), [])}
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as fault:
        return str(fault)
