"""What the portals stand on, and what every page can say: the templates with their words and figures."""

import asyncio
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import msgspec
from markupsafe import Markup

from amends.access.credentials import Doorkeeper
from amends.handle import Hinge
from amends.portal import figures
from amends.portal.assets import Assets, assets
from amends.portal.good_evidence import good
from amends.portal.staff.provider import Provider, provider_of
from amends.portal.terms import ACT, term
from amends.portal.words import LOCALES, NAMES, Locale, words
from amends.settings import Settings

VIEWER: ContextVar[str] = ContextVar("viewer", default="")
"""The zone a reader chose, while a page of theirs is written; empty where they chose none."""


class Portal(msgspec.Struct, frozen=True):
    """The portals of one server. `leaving` is set when it stops: nothing that stays open goes on after that."""

    hinge: Hinge
    settings: Settings
    doorkeeper: Doorkeeper
    assets: Assets
    pages: dict[str, jinja2.Environment]
    provider: Provider | None = None
    leaving: asyncio.Event = msgspec.field(default_factory=asyncio.Event)

    @property
    def secure(self) -> bool:
        """Whether people come over TLS, so that cookies may insist on it."""
        return self.settings.address.startswith("https://")


def portal_of(hinge: Hinge, settings: Settings) -> Portal:
    """The portals on a hinge whose database is open. Raises AssetsMissing."""
    found = assets()
    pages: dict[str, jinja2.Environment] = {locale: environment(locale, found) for locale in LOCALES}
    return Portal(hinge, settings, Doorkeeper(hinge.db), found, pages, provider_of(settings))


def environment(locale: Locale, found: Assets) -> jinja2.Environment:
    """The templates in one language: strict about missing values, everything escaped."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("amends.portal"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    made.install_gettext_translations(words(locale), newstyle=True)  # type: ignore[attr-defined]  # of the i18n extension
    made.filters["initials"] = figures.initials
    made.globals |= {
        "lang": locale,
        "languages": NAMES,
        "asset": found.url,
        "icon_of": found.icon,
        "words_for_script": Markup(words(locale).for_script.replace("<", "\\u003c")),
        "money": partial(_money, locale=locale),
        "cash": partial(figures.money, locale=locale),
        "moment": partial(_moment, locale=locale),
        "day": partial(figures.day, locale=locale),
        "number": partial(figures.number, locale=locale),
        "left": partial(figures.left, locale=locale),
        "window_words": partial(figures.window, locale=locale),
        "term": term,
        "acts": ACT,
        "good": good,
        "due_state": figures.state,
        "arc": figures.arc,
    }
    return made


def _money(of: Any, *, locale: Locale) -> str:
    """`{amount, currency}` in words; a dash where there is none."""
    return "–" if of is None else figures.money(of.amount, of.currency, locale)


def _moment(at: datetime, zone: str, *, locale: Locale, year: bool = False) -> str:
    """An instant in the zone it belongs to, and beside it in the reader's own where that is another."""
    text, own = figures.moment(at, zone, locale, year=year), VIEWER.get()
    if not own or at.astimezone(ZoneInfo(own)).utcoffset() == at.astimezone(ZoneInfo(zone)).utcoffset():
        return text
    return f"{text} ({figures.beside(at, zone, own, locale)})"
