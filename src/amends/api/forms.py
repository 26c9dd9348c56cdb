"""A form with one file, read as it streams: nothing is gathered in memory, and nothing but that one file is taken."""

from collections.abc import AsyncIterator
from typing import Any

from multipart import (  # type: ignore[import-untyped]  # it ships no types
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from amends.api.call import Call
from amends.api.problems import problem

MULTIPART = "multipart/form-data"
ENVELOPE_BYTES = 16 * 1024
"""What the multipart wrapping may weigh beside the file."""
LONGEST_HEADER_BYTES = 8 * 1024


async def body_of(call: Call) -> AsyncIterator[bytes]:
    """The request's body as it arrives. A connection that ends before its body is 400."""
    more = True
    while more:
        message: Any = await call.receive()
        if message["type"] == "http.disconnect":
            raise problem("malformed", "The connection ended before the body did.")
        if chunk := message.get("body", b""):
            yield chunk
        more = message.get("more_body", False)


def header_of(call: Call, name: bytes) -> str | None:
    """A request header, None when it was not sent; of one sent twice the first counts."""
    for key, value in call.scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def announced_bytes(call: Call) -> int | None:
    """How long the body says it is, None when it does not say."""
    text = header_of(call, b"content-length") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


class SentFile:
    """The file of a form: its name and declared type once `opened`, then its bytes."""

    def __init__(self, call: Call) -> None:
        self.name = ""
        self.declared: str | None = None
        self._events = _events(call)

    async def opened(self) -> "SentFile":
        """Read up to the file. 415 for another kind of body, 400 for a broken form, 422 for anything but one file."""
        first = await anext(self._events, None)
        if not isinstance(first, MultipartSegment) or first.name != "file" or first.filename is None:
            raise _not_one_file()
        self.name, self.declared = first.filename, first.content_type
        return self

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes, up to the end of the form."""
        async for event in self._events:
            if isinstance(event, MultipartSegment):
                raise _not_one_file()
            if event is not None:
                yield bytes(event)


async def _events(call: Call) -> AsyncIterator[Any]:
    """What the parser finds: a segment, its bytes, None at its end."""
    kind, options = parse_options_header(header_of(call, b"content-type") or "")
    if kind != MULTIPART:
        raise problem("unsupported_media_type", "Send the file as multipart/form-data in the field `file`.")
    try:
        boundary = options.get("boundary", "")
        parser = PushMultipartParser(boundary, max_header_size=LONGEST_HEADER_BYTES, max_segment_count=2, strict=True)
        async for chunk in body_of(call):
            for event in parser.parse(chunk):
                yield event
        parser.close()
    except ParserLimitReached as fault:
        raise problem("does_not_fit", f"The form is not one file in the field `file`: {fault}.") from None
    except (MultipartError, ValueError, LookupError) as fault:
        raise problem("malformed", f"The form cannot be read: {fault}.") from None


def _not_one_file() -> Exception:
    return problem("does_not_fit", "The form must have exactly one field, `file`, and it must be a file.")
