"""File names as people may see them: a name is something a stranger wrote, never a path and never a promise.

The last ending is the only thing a name claims; `photo.jpg.exe` ends with `exe`, whatever it looks like on a screen.
"""

import re
import unicodedata

LONGEST_TAKEN = 1_000
"""Characters: a longer name was not written by a person."""
LONGEST_SHOWN = 120
LONGEST_ENDING = 12
RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
"""Names that one operating system takes for devices."""
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that are not shown: controls, direction overrides, joiners, surrogates, private, unassigned."""
FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*\\/', "_"))
NAMELESS = "file"


def is_unsafe(name: str) -> bool:
    """Whether a name can only have been made to confuse: control characters, half characters, or no end of it."""
    return len(name) > LONGEST_TAKEN or any(unicodedata.category(each) in ("Cc", "Cs") for each in name)


def ending(name: str) -> str:
    """The lower-case last ending without its dot, at most LONGEST_ENDING characters; empty when there is none."""
    seen = "".join(each for each in _last_part(name) if unicodedata.category(each) not in UNSEEN)
    stem, dot, last = unicodedata.normalize("NFKC", seen).rstrip(" .").rpartition(".")
    return last.strip().lower()[:LONGEST_ENDING] if dot and stem else ""


def shown_name(name: str) -> str:
    """A harmless name to store and show: one line, no path, nothing unseen, LONGEST_SHOWN at most, never empty."""
    seen = "".join(each for each in _last_part(name) if unicodedata.category(each) not in UNSEEN)
    plain = " ".join(unicodedata.normalize("NFC", seen).translate(FORBIDDEN).split()).strip(" .")
    if len(plain) > LONGEST_SHOWN:
        stem, dot, last = plain.rpartition(".")
        kept = f"{dot}{last}" if dot and len(last) <= LONGEST_ENDING else ""
        plain = (stem if kept else plain)[: LONGEST_SHOWN - len(kept)] + kept
    if not plain:
        return NAMELESS
    return f"_{plain}"[:LONGEST_SHOWN] if RESERVED.match(plain) else plain


def _last_part(name: str) -> str:
    return name[:LONGEST_TAKEN].replace("\\", "/").rstrip("/").rpartition("/")[2]
