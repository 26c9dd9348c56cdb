"""The portals' words: English in the pages themselves, Indonesian in `locale/id/*.po`. CI fails on a missing text.

Catalogues are gettext's, read when the server starts. Words that belong to the law (what silence means) come from the
law in both languages and never pass through here.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from gettext import NullTranslations
from importlib.resources import files
from typing import Literal, get_args

from babel.messages.pofile import read_po

Locale = Literal["en", "id"]
LOCALES: tuple[Locale, ...] = get_args(Locale)
NAMES: dict[Locale, str] = {"en": "English", "id": "Bahasa Indonesia"}
UNITS: dict[Locale, dict[str, dict[str, str]]] = {
    "en": {"n": {"d": "{0}d", "h": "{0}h", "m": "{0}m"}, "l": {"d": "{0} d", "h": "{0} hr", "m": "{0} min"}},
    "id": {"n": {"d": "{0}h", "h": "{0}j", "m": "{0}m"}, "l": {"d": "{0} hari", "h": "{0} jam", "m": "{0} mnt"}},
}
"""Units of a duration, narrow and long; server and script print the same words."""
LATE: dict[Locale, str] = {"en": "{0} late", "id": "terlambat {0}"}


class Words(NullTranslations):
    """One language's texts."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self.locale = locale
        self._texts: dict[str, str] = {} if locale == "en" else _catalogue(locale)

    def gettext(self, message: str) -> str:
        """The text in this language; the English one where a translation is missing."""
        return self._texts.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The text for a count; Indonesian has one form."""
        if self.locale == "en":
            return msgid1 if n == 1 else msgid2
        return self._texts.get(msgid1, msgid2)

    @property
    def for_script(self) -> str:
        """The words the page's script prints, as JSON."""
        return json.dumps({"units": UNITS[self.locale], "late": LATE[self.locale]}, ensure_ascii=False)


@lru_cache(maxsize=len(LOCALES))
def words(locale: Locale) -> Words:
    """The texts of a language."""
    return Words(locale)


def chosen(*wishes: str | None) -> Locale:
    """The first wish that is a language we speak (`id-ID` is `id`); English otherwise."""
    for wish in wishes:
        code = (wish or "").split(",", 1)[0].split(";", 1)[0].strip().lower()[:2]
        for locale in LOCALES:
            if code == locale:
                return locale
    return "en"


def _catalogue(locale: Locale) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((files("amends.portal") / "locale" / locale).iterdir(), key=lambda one: one.name):
        if not path.name.endswith(".po"):
            continue
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id and not message.fuzzy and (text := _first(message.string)):
                    found[_first(message.id)] = text
    return found


def _first(text: object) -> str:
    return str(text[0] if isinstance(text, list | tuple) else text)


Translate = Callable[[str], str]


def N_(message: str) -> str:
    """Marks a text that is translated where it is shown."""
    return message
