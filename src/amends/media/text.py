"""Plain text: valid UTF-8 from end to end, and a beginning that can be shown without tricks.

Control characters and direction overrides are shown as what they are, so that a line reads as it is stored.
Runs in the child only.
"""

import codecs
import re
from collections.abc import Callable

from amends.media.answer import Refuse

PIECE_BYTES = 256 * 1024
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def preview(read: Callable[[int], bytes], chars: int) -> str:
    """The first `chars` characters, made safe to show. Raises Refuse when any part is not text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    kept = ""
    try:
        while piece := read(PIECE_BYTES):
            if b"\0" in piece:
                raise Refuse("damaged")
            text = decoder.decode(piece)
            kept += text[: chars - len(kept)]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Refuse("text_encoding") from None
    return shown(kept)[:chars]


def shown(text: str) -> str:
    """Text with what cannot be seen written out, `[U+202E]`; line ends are plain."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", lines)
