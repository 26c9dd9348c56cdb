"""Page cursors: the sort key of the last row seen, as one opaque word."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from uuid import UUID

from amends.store.errors import BadCursor

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEGINNING_OF_TIME = datetime(1, 1, 1, tzinfo=UTC)
FIRST_ID = str(UUID(int=0))
SEPARATOR = "\x1f"


def cursor(kind: str, *parts: str | int) -> str:
    """The cursor after the row with this sort key. `kind` names the order, so that lists cannot be mixed up."""
    text = SEPARATOR.join((kind, *map(str, parts)))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parts_of(word: str, kind: str, count: int) -> list[str]:
    """The sort key inside a cursor of this kind. Raises `BadCursor` for anything else."""
    try:
        text = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as problem:
        raise BadCursor("This is not a cursor of this list.") from problem
    found, *parts = text.split(SEPARATOR)
    if found != kind or len(parts) != count:
        raise BadCursor("This is not a cursor of this list.")
    return parts


def micros(instant: datetime) -> int:
    """Microseconds since 1970: exact, unlike a float timestamp."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant(text: str) -> datetime:
    """The instant written by `micros`. Raises `BadCursor`."""
    try:
        return EPOCH + timedelta(microseconds=int(text))
    except (ValueError, OverflowError) as problem:
        raise BadCursor("This is not a cursor of this list.") from problem


def number(text: str) -> int:
    """A whole number that fits the database. Raises `BadCursor`."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadCursor("This is not a cursor of this list.")
    return int(text)


def case_of(text: str) -> str:
    """A case id. Raises `BadCursor`."""
    try:
        return str(UUID(text))
    except ValueError as problem:
        raise BadCursor("This is not a cursor of this list.") from problem
