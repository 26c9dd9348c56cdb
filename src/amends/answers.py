"""What the hinge answers: done, refused, not there, not any more, not now. Values; only a defect is raised.

Doors turn each into their own words (an HTTP status, a line in a terminal, a metric).
"""

from datetime import datetime
from typing import Literal

import msgspec

from amends.law.case import Case
from amends.law.events import Event
from amends.law.refusal import Refused


class Accepted(msgspec.Struct, frozen=True):
    """Done: the case after it, the command's events, the instant of it. `replayed`: it was done earlier.

    `head` is the hash of the last of these events, which its receipt is about.
    """

    case: Case
    events: tuple[Event, ...]
    revision: int
    at: datetime
    replayed: bool = False
    head: bytes = b""


class Preview(msgspec.Struct, frozen=True):
    """What a command would do: the case before and after, and the events between. Nothing was changed."""

    case_before: Case
    case: Case
    events: tuple[Event, ...]
    at: datetime


class Missing(msgspec.Struct, frozen=True):
    """The command is about something that is not there: the case, its order or line, or a policy in force."""

    what: Literal["case", "order", "line", "policy"]


class KeyReused(msgspec.Struct, frozen=True):
    """The idempotency key was used for another command."""


class Outdated(msgspec.Struct, frozen=True):
    """The caller expected another revision; this is the present one."""

    revision: int


class Contended(msgspec.Struct, frozen=True):
    """Others kept moving the case while this command was decided; nothing was changed, try again."""


class Poisoned(Exception):
    """What the law answered breaks a constraint of the store: a defect, and nothing was written."""


class Receipt(msgspec.Struct, frozen=True):
    """What is kept for an idempotency key: enough to give the same answer again."""

    revision: int
    events: int
    at: datetime


Answer = Accepted | Refused | Missing | KeyReused | Outdated | Contended


Became = Literal["fired", "answered", "failed", "later"]


class Fate(msgspec.Struct, frozen=True):
    """What became of a due deadline.

    `fired`, `answered` (by a draft that filed itself), `failed` (with the error), or `later` (its case moved).
    """

    case_id: str
    deadline_id: str
    kind: str
    due_at: datetime
    became: Became
    error: str | None = None
