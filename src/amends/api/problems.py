"""Problems: every answer that is not what was asked for, as RFC 9457 `application/problem+json`.

`code` is stable and machine-readable, `detail` says what would be right, `clauses` what it rests on, `next` what the
caller can still do and until when. A refusal of the law keeps the law's own code; all others are listed here.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from amends.access.shapes import ActionView
from amends.law.refusal import SENTENCES, Refused, says

TITLES: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read"),
    "bad_path": (400, "The path does not fit"),
    "bad_query": (400, "The query does not fit"),
    "bad_header": (400, "A header does not fit"),
    "idempotency_key_missing": (400, "An Idempotency-Key is needed"),
    "unauthenticated": (401, "Nobody is signed in"),
    "role_not_allowed": (403, "This role may never do this"),
    "not_found": (404, "There is nothing here for you"),
    "not_logged_yet": (404, "It is not in the log yet"),
    "method_not_allowed": (405, "This is not how it is asked"),
    "no_policy_in_force": (409, "No policy is in force"),
    "not_a_sandbox": (409, "The clock of this marketplace is real"),
    "draft_is_being_filed": (409, "The draft's deadline has passed"),
    "clock_backwards": (409, "Time does not run backwards"),
    "offset_mismatch": (409, "The file goes on elsewhere"),
    "already_received": (409, "This file has arrived"),
    "upload_in_use": (409, "A case rests on this file"),
    "ticket_expired": (410, "The ticket's time is over"),
    "tus_version": (412, "Another version of the protocol"),
    "file_unchecked": (409, "The file is not checked yet"),
    "file_unavailable": (409, "The file is not shown"),
    "redacted_copy_awaited": (409, "The covered copy is being made"),
    "outdated": (412, "The case has moved on"),
    "too_large": (413, "That is too large"),
    "unsupported_media_type": (415, "That kind of content is not taken"),
    "range_not_satisfiable": (416, "There is no such part"),
    "does_not_fit": (422, "The body does not fit"),
    "idempotency_key_reused": (422, "The Idempotency-Key was used for something else"),
    "not_as_declared": (422, "The file is not the one announced"),
    "upload_locked": (423, "The file is being sent"),
    "too_many_uploads": (429, "That is enough for one day"),
    "too_many_requests": (429, "That is too often"),
    "checksum_mismatch": (460, "The bytes came damaged"),
    "defect": (500, "Something is broken on our side"),
    "busy": (503, "The service is busy"),
    "case_file_awaited": (503, "The case file is not ready yet"),
    "recovery": (503, "The service only reads until it is restored"),
    "storage_full": (507, "There is no room for files"),
}
"""The codes that do not come from the law: their status and title."""

RETRY_AFTER_SECONDS = 1


class Next(msgspec.Struct, frozen=True):
    """Something the caller can still do, until when, and where."""

    command: str
    due_at: datetime | None
    href: str


class ProblemDetails(msgspec.Struct, frozen=True):
    """A problem as it is sent."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    clauses: tuple[str, ...] = ()
    next: tuple[Next, ...] = ()


class Problem(Exception):
    """Raised in a door to answer with a problem; `headers` go along."""

    def __init__(self, details: ProblemDetails, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        super().__init__(details.detail)
        self.details = details
        self.headers = tuple(headers)


def problem(code: str, detail: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> Problem:
    """A problem of one of the codes above."""
    status, title = TITLES[code]
    return Problem(ProblemDetails(_type(code), title, status, detail, code), headers)


def unauthenticated() -> Problem:
    """401: no credential, or not a good one; the answer does not say which."""
    detail = "Send `Authorization: Bearer …` with an API key or a party token that is valid and has not expired."
    return problem("unauthenticated", detail, [(b"www-authenticate", b"Bearer")])


def not_found() -> Problem:
    """404: it is not there, or it is not yours; both in the same words."""
    return problem("not_found", "There is no such thing here, or it is not yours to see.")


def busy() -> Problem:
    """503: asking again with the same Idempotency-Key is safe."""
    detail = "The database did not answer in time. Ask again; with the same Idempotency-Key nothing is done twice."
    return problem("busy", detail, [(b"retry-after", str(RETRY_AFTER_SECONDS).encode())])


def recovering(why: str) -> Problem:
    """503: what is here is older than what was signed, so nothing may be written over what was lost."""
    detail = f"After a restore the records here are older than what was signed: {why}. Nothing was done."
    return problem("recovery", detail)


def too_often(seconds: int) -> Problem:
    """429: this party has asked more often than its share."""
    detail = "You call more often than one party may. Wait as long as Retry-After says; nothing was done."
    return problem("too_many_requests", detail, [(b"retry-after", str(seconds).encode())])


def refusal(refused: Refused, locale: str, actions: Sequence[ActionView]) -> Problem:
    """409: the law refuses, on its clauses, and says what else there is to do."""
    further = tuple(Next(a.command, a.due_at, a.href) for a in actions)
    title = "The policy refuses"
    details = ProblemDetails(
        _type(refused.code), title, 409, says(refused, locale), refused.code, refused.clauses, further
    )
    return Problem(details)


def all_codes() -> dict[str, tuple[int, str]]:
    """Every code a problem can have, with its status and title or sentence; the docs list them."""
    return TITLES | {code: (409, sentence["en"]) for code, sentence in SENTENCES.items()}


def _type(code: str) -> str:
    return f"/docs#{code}"
