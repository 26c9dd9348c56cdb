"""Tables as CSV files that a spreadsheet opens as what they are: text stays text, and no cell becomes a formula.

A text that begins like a formula gets an apostrophe in front, as OWASP advises; numbers are written bare, so a minus
sign of an amount is only ever that of a number.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from litestar import Response

from amends.portal.visit import HEADERS, Page, Visit

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula may begin, the full-width forms included."""


def sheet(visit: Visit, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Page:
    """A CSV file (UTF-8 with its mark, CRLF) to be saved."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([cell(value) for value in row] for row in rows)
    stamp = visit.now.astimezone(UTC).strftime("%Y-%m-%d")
    headers = HEADERS | {"content-disposition": f'attachment; filename="{name}-{stamp}.csv"'}
    return Response(
        b"\xef\xbb\xbf" + out.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=headers,
        cookies=visit.cookies,
    )  # fmt: skip


def cell(value: object) -> str:
    """What a cell holds: numbers bare, instants as RFC 3339, texts made harmless."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(RISKY) or text.startswith(RISKY) else text
