"""What a file says about itself: when, with what and where it was made. Claims, shown to adjudicators as such.

Anyone can write anything there, so nothing is concluded from it; each claim is one short line of text.
Runs in the child only.
"""

import re
from contextlib import suppress
from typing import Any

from amends.media.answer import Text200

LONGEST = 200
_MAKE, _MODEL, _SOFTWARE, _TAKEN = 0x010F, 0x0110, 0x0131, 0x0132
_EXIF, _GPS, _ORIGINAL, _OFFSET = 0x8769, 0x8825, 0x9003, 0x9011
_UNPRINTABLE = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_EXIF_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)")


def from_picture(image: Any) -> dict[str, Text200]:
    """Claims of a picture's EXIF: taken_at, device_make, device_model, made_with, place."""
    claims: dict[str, str] = {}
    with suppress(Exception):
        exif = image.getexif()
        taken, offset = exif.get(_TAKEN), None
        with suppress(Exception):
            camera = exif.get_ifd(_EXIF)
            taken, offset = camera.get(_ORIGINAL) or taken, camera.get(_OFFSET)
        told = {"taken_at": _moment(taken, offset), "device_make": exif.get(_MAKE), "device_model": exif.get(_MODEL),
                "made_with": exif.get(_SOFTWARE)}  # fmt: skip
        claims |= {name: line(value) for name, value in told.items() if value and line(value)}
        with suppress(Exception):
            claims["place"] = _place(exif.get_ifd(_GPS))
    return claims


def from_document(facts: dict[str, str]) -> dict[str, str]:
    """Claims of a PDF's own notes: made_at, made_with."""
    told = {"made_at": _pdf_moment(facts.get("CreationDate", "")), "made_with": facts.get("Producer", "")}
    return {name: line(value) for name, value in told.items() if line(value)}


def line(value: object) -> str:
    """A value as one short printable line."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return " ".join(_UNPRINTABLE.sub(" ", text[: 4 * LONGEST]).split())[:LONGEST]


def _moment(taken: object, offset: object) -> str:
    """`2026-03-01 14:05:00 +07:00` for EXIF's own writing; anything else as it stands."""
    text = _EXIF_TIME.sub(r"\1-\2-\3 \4", line(taken or ""))
    return f"{text} {line(offset)}" if text and offset else text


def _pdf_moment(text: str) -> str:
    found = re.match(r"D?:?(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(.*)", text)
    if not found:
        return text
    year, month, day, hour, minute, second, zone = found.groups()
    return f"{year}-{month}-{day} {hour}:{minute}:{second or '00'} {zone.replace(chr(39), ':').rstrip(':')}".strip()


def _place(gps: dict[int, Any]) -> str:
    """Degrees north and east with five decimals, about a metre. Raises when there is no whole position."""
    north, east = _degrees(gps[2]), _degrees(gps[4])
    north, east = (-north if gps[1] == "S" else north), (-east if gps[3] == "W" else east)
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise ValueError("no place on earth")
    return f"{north:.5f}, {east:.5f}"


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600
