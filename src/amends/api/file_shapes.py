"""Shapes of the evidence room: what may be asked of a file, and how a file, a look and a link are described."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from amends.access.checked import Standing
from amends.law.facts import Id
from amends.proof.receipt import UploadReceipt

Page = Annotated[int, msgspec.Meta(ge=1, le=100_000, description="The page, from 1; a picture has one.")]
Within = Annotated[Id, msgspec.Meta(description="The case the file is looked at in. Left out: any that lets you.")]
Reason = Annotated[
    str,
    msgspec.Meta(min_length=3, max_length=500, description="Staff only, and needed from them: why the original is "
                 "looked at. It is written down before the first byte leaves."),
]  # fmt: skip
What = Literal["w160", "w640", "w1600", "text", "original"]


class InCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`case` looks at the file as that case shows it."""

    case: Within | None = None


class OnePage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which page, and within which case."""

    page: Page = 1
    case: Within | None = None


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why staff look at an original, and within which case."""

    reason: Reason | None = None
    case: Within | None = None


class LinkWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a link is to show: a variant and page of the file, within a case. `reason` as for the original."""

    variant: What
    page: Page = 1
    case: Within | None = None
    reason: Reason | None = None


class LinkMade(msgspec.Struct, frozen=True):
    """An address that works without a header until `expires_at`, for the person it was made for."""

    url: str
    expires_at: datetime


class VariantView(msgspec.Struct, frozen=True):
    """A picture or text that can be asked for now."""

    variant: Literal["w160", "w640", "w1600", "text"]
    page: int
    width: int
    height: int
    size_bytes: int
    href: str


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A file as the caller may know it.

    `says` explains a state other than `clean`. `name` and `receipt` are for owner and staff, `claims` (what the file
    says of when, where and with what it was made; proof of nothing) for staff alone. `original` is where the bytes as
    sent are, if they are for the caller.
    """

    id: str
    sha256: str
    size_bytes: int
    media_type: str
    name: str | None
    ticket_at: datetime
    received_at: datetime | None
    state: Standing
    says: str | None
    checked_at: datetime | None
    pages: int
    redacted: bool
    variants: tuple[VariantView, ...]
    original: str | None
    receipt: UploadReceipt | None
    claims: dict[str, str] | None


class TextView(msgspec.Struct, frozen=True):
    """The beginning of a text file, as plain text. `whole` when nothing follows."""

    text: str
    whole: bool


class LookView(msgspec.Struct, frozen=True):
    """A look of staff at an original. `reason` is null once the file was erased; `case_id` when none was named."""

    id: str
    upload_id: str
    case_id: str | None
    role: str
    who: str
    what: str
    reason: str | None
    at: datetime


class LookList(msgspec.Struct, frozen=True):
    """The looks at a case's files, oldest first, at most 1,000."""

    items: tuple[LookView, ...]
