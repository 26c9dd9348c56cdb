"""What may come in as text, numbers and instants: Unicode in normal form C without control characters, and UTC.

Text in another form is brought into form C (the same characters, written one way); a control character other than
newline and tab is refused. Plain ASCII without escapes, which is nearly everything, costs one look at the bytes. An
instant with an offset is the same instant in UTC.
"""

import re
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

import msgspec

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters that no text here has a use for: C0 (but for tab and newline), DEL and C1."""
WITHOUT_CONTROL = "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]*$"
"""The same as a pattern for JSON Schema (ECMA 262)."""


FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Years an instant may lie in: calendars end somewhere, and nothing sold before computers is disputed here."""


class ControlCharacter(ValueError):
    """Text holds a control character; `str()` says where."""


class OutOfTime(ValueError):
    """An instant lies in no year that is known here; `str()` says so."""


def whole_number(text: str, most_digits: int = 9) -> int | None:
    """A number in plain digits, as forms and addresses carry it; None for what only looks like one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most_digits else None


def is_plain(body: bytes) -> bool:
    """Whether the JSON needs no second look: ASCII, no escapes, no DEL. (Raw C0 characters no JSON parser takes.)"""
    return body.isascii() and b"\\" not in body and b"\x7f" not in body


def in_order(value: Any, path: str = "$") -> Any:
    """The decoded JSON with all its text in normal form C. Raises ControlCharacter."""
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, list):
        return [in_order(one, f"{path}[{i}]") for i, one in enumerate(value)]
    if isinstance(value, dict):
        return {_text(key, path): in_order(one, f"{path}.{key}") for key, one in value.items()}
    return value


def decode(body: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """The body as the decoder's type, its text in order. Raises msgspec's errors and ControlCharacter."""
    if is_plain(body):
        return decoder.decode(body)
    return msgspec.convert(in_order(msgspec.json.decode(body)), decoder.type)


def holds_instants(shape: Any) -> bool:
    """Whether a body type has instants anywhere in it."""
    return b'"date-time"' in msgspec.json.encode(msgspec.json.schema(shape))


def in_utc(value: Any) -> Any:
    """The decoded body with all its instants in UTC. Raises OutOfTime."""
    if isinstance(value, datetime):
        if not FIRST_YEAR < value.year < LAST_YEAR:
            raise OutOfTime(f"Instants lie between the years {FIRST_YEAR + 1} and {LAST_YEAR - 1}: {value.isoformat()}")
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return tuple(in_utc(one) for one in value)
    if isinstance(value, msgspec.Struct):
        return type(value)(**{name: in_utc(getattr(value, name)) for name in value.__struct_fields__})
    return value


def _text(text: str, path: str) -> str:
    if found := CONTROL.search(text):
        raise ControlCharacter(f"Text must not hold control characters other than newline and tab: "
                               f"U+{ord(found.group()):04X} - at `{path}`")  # fmt: skip
    return text if text.isascii() else normalize("NFC", text)
