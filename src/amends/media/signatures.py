"""First bytes and name endings: how the kinds that are taken begin, and those people often send instead.

Only fixed places in the first and last bytes are looked at; nothing is decoded here.
"""

import re
from typing import NamedTuple


class Other(NamedTuple):
    """A kind that is not taken: the refusal's code and the name by which people know it."""

    code: str
    what: str


TAKEN_BY_ENDING = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "jpe": "image/jpeg", "jfif": "image/jpeg",
    "png": "image/png", "webp": "image/webp", "heic": "image/heic", "heif": "image/heic",
    "pdf": "application/pdf", "txt": "text/plain", "text": "text/plain",
    "mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/quicktime", "qt": "video/quicktime",
}  # fmt: skip
TAKEN_BY_NAME = {
    "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png", "image/heif": "image/heic",
    "application/x-pdf": "application/pdf", "video/x-m4v": "video/mp4",
}  # fmt: skip
"""Other names under which browsers and phones announce the media types that are taken."""

OTHER_BY_ENDING = {
    **dict.fromkeys(("zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz", "zst", "cab", "iso", "dmg"), "archive"),
    **dict.fromkeys(("doc", "docx", "docm", "xls", "xlsx", "xlsm", "ppt", "pptx", "odt", "ods", "odp"), "office"),
    **dict.fromkeys(("rtf", "csv", "pages", "numbers", "key", "epub"), "office"),
    **dict.fromkeys(("svg", "svgz"), "svg"),
    **dict.fromkeys(("html", "htm", "xhtml", "mht", "mhtml", "xml"), "html"),
    "gif": "gif",
    **dict.fromkeys(("tif", "tiff", "bmp", "ico", "avif", "psd", "jxl", "jp2", "dng", "cr2", "nef"), "picture_format"),
    **dict.fromkeys(("avi", "mkv", "webm", "wmv", "flv", "3gp", "mpg", "mpeg"), "video_format"),
    **dict.fromkeys(("mp3", "m4a", "aac", "wav", "ogg", "opus", "amr", "flac"), "audio"),
    **dict.fromkeys(("eps", "ps", "ai"), "postscript"),
    **dict.fromkeys(("exe", "dll", "msi", "apk", "jar", "bat", "cmd", "com", "scr", "ps1", "vbs", "js"), "program"),
    **dict.fromkeys(("sh", "py", "php", "lnk", "hta", "app", "deb", "rpm", "ipa", "wasm"), "program"),
    **dict.fromkeys(("eml", "msg"), "mail"),
}
"""Endings of what is not taken, with the refusal's code."""

_OTHER_HEADS: tuple[tuple[bytes, Other], ...] = (
    (b"GIF8", Other("gif", "GIF")),
    (b"II*\0", Other("picture_format", "TIFF")),
    (b"MM\0*", Other("picture_format", "TIFF")),
    (b"II+\0", Other("picture_format", "TIFF")),
    (b"BM", Other("picture_format", "BMP")),
    (b"\0\0\1\0", Other("picture_format", "ICO")),
    (b"8BPS", Other("picture_format", "PSD")),
    (b"\xff\x0a", Other("picture_format", "JPEG XL")),
    (b"\0\0\0\x0cJXL ", Other("picture_format", "JPEG XL")),
    (b"\0\0\0\x0cjP  ", Other("picture_format", "JPEG 2000")),
    (b"SIMPLE  =", Other("picture_format", "FITS")),
    (b"%!", Other("postscript", "PS")),
    (b"\xc5\xd0\xd3\xc6", Other("postscript", "EPS")),
    (b"Rar!\x1a\x07", Other("archive", "RAR")),
    (b"7z\xbc\xaf\x27\x1c", Other("archive", "7Z")),
    (b"\x1f\x8b", Other("archive", "GZ")),
    (b"BZh", Other("archive", "BZ2")),
    (b"\xfd7zXZ\0", Other("archive", "XZ")),
    (b"\x28\xb5\x2f\xfd", Other("archive", "ZST")),
    (b"MSCF", Other("archive", "CAB")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Other("office", "DOC, XLS, PPT")),
    (b"{\\rtf", Other("office", "RTF")),
    (b"MZ", Other("program", "EXE")),
    (b"\x7fELF", Other("program", "ELF")),
    (b"\xca\xfe\xba\xbe", Other("program", "CLASS")),
    (b"\xcf\xfa\xed\xfe", Other("program", "Mach-O")),
    (b"\xfe\xed\xfa", Other("program", "Mach-O")),
    (b"\0asm", Other("program", "WASM")),
    (b"L\0\0\0\x01\x14\x02\0", Other("program", "LNK")),
    (b"#!", Other("program", "script")),
    (b"<?php", Other("program", "PHP")),
    (b"\x1aE\xdf\xa3", Other("video_format", "MKV, WebM")),
    (b"FLV\x01", Other("video_format", "FLV")),
    (b"\0\0\1\xba", Other("video_format", "MPEG")),
    (b"0&\xb2u\x8ef\xcf\x11", Other("video_format", "WMV")),
    (b"ID3", Other("audio", "MP3")),
    (b"OggS", Other("audio", "OGG")),
    (b"fLaC", Other("audio", "FLAC")),
    (b"#!AMR", Other("audio", "AMR")),
)
_RIFF = {b"AVI ": Other("video_format", "AVI"), b"WAVE": Other("audio", "WAV")}
_MARKUP = re.compile(
    rb"<(?:!doctype|html|head|script|iframe|h1|div|font|table|a|style|title|body|meta|!--|br|p|b)[\s/>!-]",
    re.IGNORECASE,
)
_MAIL = re.compile(rb"(?:received|return-path|delivered-to|mime-version|message-id|x-[a-z-]+): ", re.IGNORECASE)

HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
VIDEO_BRANDS = {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"MSNV", b"M4V ",
                b"M4VH", b"M4VP", b"mmp4", b"dash", b"XAVC"}  # fmt: skip
MOVIE_BRAND = b"qt  "
_OTHER_BRANDS = {
    b"avif": Other("picture_format", "AVIF"), b"avis": Other("picture_format", "AVIF"),
    b"crx ": Other("picture_format", "CR3"), b"jxl ": Other("picture_format", "JPEG XL"),
    b"jp2 ": Other("picture_format", "JPEG 2000"), b"M4A ": Other("audio", "M4A"), b"M4B ": Other("audio", "M4B"),
}  # fmt: skip


def found_type(head: bytes) -> str | Other | None:
    """The media type that is taken, or what else the file is, by its first bytes; None for what is not known."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF"):
        return "image/webp" if head[8:12] == b"WEBP" else _RIFF.get(head[8:12])
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head[4:8] == b"ftyp":
        return by_brand(head)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(head)
    if head[257:262] == b"ustar":
        return Other("archive", "TAR")
    return next((other for magic, other in _OTHER_HEADS if head.startswith(magic)), None) or _written(head)


def by_brand(head: bytes) -> str | Other | None:
    """What a file of boxes is by its major brand, then by the brands it says it also fits."""
    size = min(int.from_bytes(head[:4], "big"), 512, len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    if brands[0] in _OTHER_BRANDS:
        return _OTHER_BRANDS[brands[0]]
    for brand in brands:
        if brand in HEIC_BRANDS and not {b"avif", b"avis"} & set(brands):
            return "image/heic"
        if brand in VIDEO_BRANDS:
            return "video/mp4"
        if brand == MOVIE_BRAND:
            return "video/quicktime"
    if brands[0].startswith((b"3gp", b"3g2", b"3ge")):
        return Other("video_format", "3GP")
    return next((_OTHER_BRANDS[brand] for brand in brands if brand in _OTHER_BRANDS), None)


def _zip(head: bytes) -> Other:
    if b"AndroidManifest.xml" in head or b"META-INF/MANIFEST.MF" in head:
        return Other("program", "APK, JAR")
    names = (b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"opendocument", b"epub+zip")
    return Other("office", "DOCX, XLSX, PPTX, ODT") if any(name in head for name in names) else Other("archive", "ZIP")


def _written(head: bytes) -> Other | None:
    """What written things are: markup, mail, drawings."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\f\0")
    lowered = start[:1024].lower()
    if lowered.startswith((b"<?xml", b"<svg")) or b"<!doctype svg" in lowered:
        return Other("svg", "SVG") if b"<svg" in head.lower() else Other("html", "XML")
    if _MARKUP.match(start):
        return Other("svg", "SVG") if b"<svg" in lowered else Other("html", "HTML")
    if start.startswith(b"%!"):
        return Other("postscript", "PS")
    return Other("mail", "EML") if _MAIL.match(start) else None


# --- a second kind inside a file that is one of ours --------------------------------------------------------------

_EMBEDDED_MARKUP = re.compile(rb"<html[\s>]|<script[\s>]|<!doctype\s+html|<\?php|<iframe[\s>]", re.IGNORECASE)
_SECOND_STARTS = tuple(each for each in _OTHER_HEADS if len(each[0]) >= 4)
_END_OF_ZIP = b"PK\x05\x06"
_END_OF_ZIP_BYTES = 22


def embedded_markup(part: bytes) -> str | None:
    """`HTML` when a browser told to guess could take these bytes for a page."""
    return "HTML" if _EMBEDDED_MARKUP.search(part) else None


def ends_as_zip(tail: bytes) -> bool:
    """Whether the last bytes hold the closing record of a ZIP archive: unpackers look for it from the end."""
    at = tail.rfind(_END_OF_ZIP)
    while at >= 0:
        record = tail[at : at + _END_OF_ZIP_BYTES]
        if len(record) == _END_OF_ZIP_BYTES and record[4:8] == b"\0\0\0\0":
            here, entries = record[8:10], record[10:12]
            comment = int.from_bytes(record[20:22], "little")
            if here == entries and at + _END_OF_ZIP_BYTES + comment <= len(tail):
                return True
        at = tail.rfind(_END_OF_ZIP, 0, at)
    return False


def second_kind(rest: bytes) -> str | None:
    """What follows the end of a file, when it is a file of its own or something that runs; None when it is not."""
    if rest.startswith(b"%PDF-"):
        return "PDF"
    if rest.startswith(b"PK\x03\x04") or ends_as_zip(rest[-66_000:]):
        return "ZIP"
    other = next((other.what for magic, other in _SECOND_STARTS if rest.startswith(magic)), None)
    return other or embedded_markup(rest)
