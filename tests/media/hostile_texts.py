"""Texts that are none, programs and archives under good names, and good pictures under bad names."""

from collections.abc import Iterator

from tests.media.making import encoded, scene, zipped

File = tuple[str, str, bytes, str]


def files() -> Iterator[File]:
    """All of them."""
    yield from _texts()
    yield from _programs()
    yield from _names()


def _texts() -> Iterator[File]:
    good = b"The parcel was open.\n"
    yield "text of nothing", "a.txt", b"", "refused"
    yield "text with a NUL at the start", "a.txt", b"a\0b", "refused"
    yield "text with a NUL far behind", "a.txt", good * 9_000 + b"\0", "refused"
    yield "text that stops being UTF-8 far behind", "a.txt", good * 9_000 + b"\xff\xfe", "refused"
    yield "text that ends in half a letter", "a.txt", good * 9_000 + b"\xe2\x82", "refused"
    yield "text with overlong letters", "a.txt", good + b"\xc0\xaf\xe0\x80\xaf", "refused"
    yield "text with half characters", "a.txt", good + b"\xed\xa0\x80", "refused"
    yield "text as UTF-16", "a.txt", "Paket terbuka".encode("utf-16"), "refused"
    yield "text of rubbish", "a.txt", bytes(range(128, 256)) * 9, "refused"
    yield "text with overrides", "a.txt", "approved \u202eton\u202c \u2066x\u2069".encode(), "shown"
    yield "text with escapes", "a.txt", b"\x1b[2J\x1b]0;owned\x07 hello", "shown"
    yield "text with bells and deletes", "a.txt", b"\x07\x08\x7f ok", "shown"
    yield "text of marks", "a.txt", ("Z" + "\u0301" * 50_000).encode(), "shown"
    yield "text of one line of 20 MB", "a.txt", b"x" * 20_000_000, "shown"
    yield "text of ten million lines", "a.txt", b"\n" * 10_000_000, "shown"
    yield "text of a mark of order", "a.txt", b"\xef\xbb\xbf", "shown"
    for head in (
        b"<!DOCTYPE html><p>",
        b"<html>",
        b"  \n<script>alert(1)</script>",
        b"<!-- x --><iframe src=x>",
        b"<?xml version='1.0'?><x/>",
    ):
        yield f"page beginning {head[:12]!r} named as text", "a.txt", head, "refused"
    yield "drawing named as text", "a.txt", b"<?xml version='1.0'?><svg onload='x'/>", "refused"
    yield "mail named as text", "a.txt", b"Received: from x\r\nSubject: hi\r\n\r\nhello", "refused"


def _programs() -> Iterator[File]:
    heads = {
        "EXE": b"MZ\x90\0" + bytes(200), "ELF": b"\x7fELF\2\1\1" + bytes(99), "script": b"#!/bin/sh\nid\n",
        "PHP": b"<?php system($_GET['c']);", "ZIP": zipped(), "DOCX": zipped("word/document.xml"),
        "APK": zipped("AndroidManifest.xml"), "RAR": b"Rar!\x1a\x07\1\0" + bytes(99),
        "7Z": b"7z\xbc\xaf\x27\x1c" + bytes(99),
        "GZ": b"\x1f\x8b\x08" + bytes(99), "TAR": bytes(257) + b"ustar\x0000" + bytes(200), "RTF": b"{\\rtf1 x}",
        "DOC": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "WASM": b"\0asm\1\0\0\0",
        "class": b"\xca\xfe\xba\xbe" + bytes(99),
        "shortcut": b"L\0\0\0\x01\x14\x02\0" + bytes(99), "MP3": b"ID3\x03" + bytes(99),
    }  # fmt: skip
    for what, data in heads.items():
        yield f"{what} named as picture", "a.jpg", data, "refused"
        yield f"{what} named as document", "a.pdf", data, "refused"
    yield "nothing named as picture", "a.jpg", b"", "refused"
    yield "one byte named as picture", "a.jpg", b"\xff", "refused"


def _names() -> Iterator[File]:
    good = encoded("JPEG", scene(64, 48))
    refused = ("photo\u202egpj.exe", "photo.jpg.exe", "a\0.jpg", "a\n.jpg", "a" * 5_000 + ".jpg", "a.svg",
               "a.pdf", "a.gif",
               "a.exe ", "a.exe.", "a.\uff45\uff58\uff45", "\ud800.jpg", "a.jp\u200bg.exe")  # fmt: skip
    shown = ("../../etc/passwd.jpg", "C:\\windows\\a.jpg", "con.jpg", "NUL.jpg", "a.exe.jpg", "\u202e.jpg", ".jpg",
             "....jpg",
             "a.JPEG", "' or 1=1 --.jpg", "<script>.jpg", "a b.jpg", "\U0001f4f7.jpg", "foto barang rusak.jpg",
             "a.jpg::$DATA",
             "%2e%2e%2f.jpg", "-rf.jpg", "a;id.jpg", "nama", "x" * 900 + ".jpg")  # fmt: skip
    for name in refused:
        yield f"picture named {name[:20]!r}", name, good, "refused"
    for name in shown:
        yield f"picture named {name[:20]!r}", name, good, "shown"
