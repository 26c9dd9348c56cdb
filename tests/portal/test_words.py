"""Every text people read has its Indonesian: none missing, none fuzzy, none that loses what is put into it."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(str(files("amends.portal")))
CATALOGUES = sorted((ROOT / "locale" / "id").glob("*.po"))
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"**/templates/**.html": {"trimmed": "false", "silent": "false",
                                    "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols"}}  # fmt: skip
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
PLACE = re.compile(r"%\((\w+)\)[a-z]")
LOOSE = re.compile(r"(?<!%)(?:%%)*%(?!\(\w+\)s|%)")
"""A per cent sign that is neither a named place nor doubled."""


def texts() -> dict[str, tuple[tuple[str, ...], str]]:
    """Every text by its first form: all its English forms, and where it stands."""
    found: dict[str, tuple[tuple[str, ...], str]] = {}
    for file, line, message, _comments, _context in extract_from_dir(ROOT, METHODS, OPTIONS, keywords=KEYWORDS):
        forms = tuple(message) if isinstance(message, tuple | list) else (message,)
        if forms[0]:
            found.setdefault(forms[0], (forms, f"{file}:{line}"))
    return found


def messages() -> Iterator[tuple[Path, Message]]:
    """Every entry of every catalogue."""
    for path in CATALOGUES:
        with path.open("rb") as file:
            catalogue = read_po(file, locale="id", abort_invalid=True)
        for message in catalogue:
            if message.id:
                yield path, message


def first(text: object) -> str:
    return str(text[0] if isinstance(text, list | tuple) else text)


TEXTS = texts()


def test_texts_are_found():
    assert len(TEXTS) > 300
    assert "Waiting for the seller" in TEXTS, "N_ in Python is read"
    assert "Skip to content" in TEXTS, "templates are read"


def test_every_text_has_its_indonesian():
    known = {first(message.id) for _, message in messages() if first(message.string).strip()}
    missing = [
        f"{where}: {text}" for text, (_, where) in sorted(TEXTS.items(), key=lambda e: e[1][1]) if text not in known
    ]
    assert not missing, f"{len(missing)} texts have no Indonesian:\n" + "\n".join(missing)


def test_no_translation_is_a_guess():
    assert not [f"{path.name}: {first(message.id)}" for path, message in messages() if message.fuzzy]


def test_no_translation_loses_what_is_put_into_it():
    wrong = []
    for path, message in messages():
        forms = message.id if isinstance(message.id, list | tuple) else (message.id,)
        wanted = set().union(*(PLACE.findall(form) for form in forms))
        for text in message.string if isinstance(message.string, list | tuple) else (message.string,):
            if set(PLACE.findall(text)) != wanted or LOOSE.search(text):
                wrong.append(f"{path.name}: {forms[0]} -> {text}")
    assert not wrong, "\n".join(wrong)


def test_one_text_is_never_said_in_two_ways():
    said: dict[str, tuple[str, str]] = {}
    wrong = []
    for path, message in messages():
        text, name = first(message.string), first(message.id)
        before = said.setdefault(name, (text, path.name))
        if before[0] != text:
            wrong.append(f"{name}: {before[0]} ({before[1]}), {text} ({path.name})")
    assert not wrong, "\n".join(wrong)


def test_named_places_alone_are_used():
    """A bare % would be taken for a place; `%(num)s` and the like are found by name whatever their order."""
    loose = [f"{where}: {form}" for forms, where in TEXTS.values() for form in forms if LOOSE.search(form)]
    assert not loose, "\n".join(loose)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_nobody_is_addressed_as_a_child(path):
    """Formal: Anda, never kamu; and the words of the glossary."""
    with path.open("rb") as file:
        told = [first(message.string) for message in read_po(file, locale="id") if message.id]
    wrong = [text for text in told if re.search(r"\b(kamu|kau|-mu|lu|gue|tiket banding)\b", text, re.IGNORECASE)
             or re.search(r"\banda\b", text)]  # fmt: skip
    assert not wrong, "\n".join(wrong)
