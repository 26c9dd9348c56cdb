"""What is erased, in words: a sealed value whose opening is gone is shown as `[erased]`, `[dihapus]` in Indonesian.

The record of a case holds personal words sealed; reading opens them while their key is there. Once the key was
destroyed the seal alone is left, which says nothing to people, so they are told what happened instead.
"""

import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
SEALED = re.compile(r"(?<![\w-])sealed-[a-z2-7]{52}(?!\w)")
ERASED = {"en": "[erased]", "id": "[dihapus]"}


def told(value: T, locale: str) -> T:
    """The value (a Struct, mapping, tuple, list or text) with every seal that stayed closed replaced by words."""
    made: T = _told(value, ERASED.get(locale, ERASED["en"]))
    return made


def _told(value: Any, said: str) -> Any:
    match value:
        case str():
            return SEALED.sub(said, value) if "sealed-" in value else value
        case msgspec.Struct():
            changed = {
                name: new
                for name in value.__struct_fields__
                if (new := _told(was := getattr(value, name), said)) is not was
            }
            return msgspec.structs.replace(value, **changed) if changed else value
        case tuple() | list():
            return type(value)(_told(one, said) for one in value)
        case dict():
            return {key: _told(one, said) for key, one in value.items()}
    return value
