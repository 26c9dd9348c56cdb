"""What a file is, by its first bytes: the few kinds that are taken as evidence, and nothing else.

A name or a declared type proves nothing. Archives, office files, SVG and HTML are not taken.
"""

SNIFF_BYTES = 4096
TAKEN = ("image/jpeg", "image/png", "image/webp", "application/pdf", "video/mp4", "text/plain")
SUFFIXES = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf", "video/mp4": "mp4",
    "text/plain": "txt",
}  # fmt: skip
MARKUP = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"%!ps")
"""Beginnings of text that a reader might run; such a file is not plain text."""
TEXT_CONTROL = bytes([*range(9), 11, *range(14, 27), *range(28, 32), 127])


def media_type(head: bytes) -> str | None:
    """The media type of a file that begins with `head` (its first SNIFF_BYTES), or None when it is not taken."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    return "text/plain" if is_text(head) else None


def is_text(head: bytes) -> bool:
    """Whether the bytes begin plain UTF-8 text: no markup, no control characters. Half a last character is well."""
    if not head or head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(MARKUP):
        return False
    if head.translate(None, TEXT_CONTROL) != head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.end == len(head) and fault.start >= len(head) - 3 and len(head) >= SNIFF_BYTES
    return True
