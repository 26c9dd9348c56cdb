"""What a file is: first bytes, the ending of its name and the declared type must agree on one of eight kinds.

Everything else is refused with a code and a sentence that says what to send instead. These are pure looks at fixed
places; that the rest of the file keeps what its beginning promises is found out in the sandbox.
"""

from typing import Literal

import msgspec

from amends.media import names
from amends.media.refusals import RefusedFile, refused
from amends.media.signatures import (
    OTHER_BY_ENDING,
    TAKEN_BY_ENDING,
    TAKEN_BY_NAME,
    Other,
    embedded_markup,
    ends_as_zip,
    found_type,
)

HEAD_BYTES = 4_096
TAIL_BYTES = 66_000
"""Enough for the closing record of a ZIP archive with the longest comment."""
AFTER_PDF_BYTES = 1_024
"""What may follow the last %%EOF of a PDF: readers pass over as much, and mailers add line ends."""


class Kind(msgspec.Struct, frozen=True):
    """A kind that is taken. `label` is what people call it, `suffix` the ending under which it is handed out."""

    media_type: str
    family: Literal["picture", "pdf", "text", "video"]
    suffix: str
    label: str


KINDS = {
    kind.media_type: kind
    for kind in (
        Kind("image/jpeg", "picture", "jpg", "JPEG"),
        Kind("image/png", "picture", "png", "PNG"),
        Kind("image/webp", "picture", "webp", "WebP"),
        Kind("image/heic", "picture", "heic", "HEIC"),
        Kind("application/pdf", "pdf", "pdf", "PDF"),
        Kind("text/plain", "text", "txt", "TXT"),
        Kind("video/mp4", "video", "mp4", "MP4"),
        Kind("video/quicktime", "video", "mov", "MOV"),
    )
}
TAKEN = tuple(KINDS)
CLAIMS_NOTHING = ("", "application/octet-stream", "binary/octet-stream")
"""Declared types that say only that there are bytes."""


def expected_kind(name: str, declared: str | None) -> Kind | RefusedFile:
    """The kind a ticket promises, by the ending of its name and its declared type: what can be said before bytes."""
    if names.is_unsafe(name):
        return refused("name_unsafe")
    ending, announced = names.ending(name), _announced(declared)
    if ending in OTHER_BY_ENDING:
        return refused(OTHER_BY_ENDING[ending], what=ending.upper())
    promised = TAKEN_BY_ENDING.get(ending)
    if promised is None and announced not in KINDS:
        return refused("unknown")
    kind = KINDS[promised or str(announced)]
    return _disagreement(kind, ending, announced) or kind


def kind_of(head: bytes, tail: bytes, name: str, declared: str | None) -> Kind | RefusedFile:
    """The kind of a file by its first HEAD_BYTES, its last TAIL_BYTES, its name and its declared type."""
    if names.is_unsafe(name):
        return refused("name_unsafe")
    if not head:
        return refused("empty")
    ending = names.ending(name)
    found = found_type(head)
    if isinstance(found, Other):
        return refused(found.code, what=found.what)
    media_type = found or _text_or_refusal(head, ending)
    if isinstance(media_type, RefusedFile):
        return media_type
    kind = KINDS[media_type]
    return _second(kind, head, tail) or _disagreement(kind, ending, _announced(declared)) or kind


def _announced(declared: str | None) -> str | None:
    """The declared type without parameters under its usual name; None when it claims nothing."""
    plain = (declared or "").partition(";")[0].strip().lower()
    return None if plain in CLAIMS_NOTHING else TAKEN_BY_NAME.get(plain, plain)


def _disagreement(kind: Kind, ending: str, announced: str | None) -> RefusedFile | None:
    """Names and declared types of videos agree with either kind of video: phones mix them up."""
    claimed = KINDS.get(TAKEN_BY_ENDING.get(ending, ""))
    if ending and (ending in OTHER_BY_ENDING or claimed) and not _agree(claimed, kind):
        plain = ending if ending.isascii() and ending.isalnum() else "?"
        return refused("ending_disagrees", ending=plain, what=kind.label)
    if announced is not None and not _agree(KINDS.get(announced), kind):
        return refused("declared_disagrees", what=kind.label)
    return None


def _agree(claimed: Kind | None, kind: Kind) -> bool:
    return claimed is not None and (claimed == kind or claimed.family == kind.family == "video")


def _second(kind: Kind, head: bytes, tail: bytes) -> RefusedFile | None:
    """A refusal when the file is also something else."""
    if kind.family == "text":
        return None
    second = "ZIP" if ends_as_zip(tail) else embedded_markup(head)
    if not second and kind.family == "pdf":
        _, end, rest = tail.rpartition(b"%%EOF")
        second = "unknown data" if end and len(rest.strip(b"\0\r\n\t ")) > AFTER_PDF_BYTES else embedded_markup(rest)
    return refused("two_kinds", what=kind.label, second=second) if second else None


def _text_or_refusal(head: bytes, ending: str) -> str | RefusedFile:
    """`text/plain` for bytes that begin UTF-8 text; else a refusal, as telling as the name's ending allows."""
    claimed = TAKEN_BY_ENDING.get(ending)
    if ending in OTHER_BY_ENDING:
        return refused(OTHER_BY_ENDING[ending], what=ending.upper())
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and claimed == "text/plain":
        return refused("text_encoding")
    if b"\0" in head:
        return refused("damaged", what=KINDS[claimed].label) if claimed else refused("unknown")
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as fault:
        cut_short = len(head) >= HEAD_BYTES and fault.start >= len(head) - 3
        if not cut_short:
            if claimed == "text/plain":
                return refused("text_encoding")
            return refused("damaged", what=KINDS[claimed].label) if claimed else refused("unknown")
    return "text/plain"
