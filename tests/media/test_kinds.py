"""Bytes, name and declared type must agree on a kind that is taken; whoever sends another is told what to send."""

import pytest

from amends.media.kinds import HEAD_BYTES, KINDS, TAIL_BYTES, TAKEN, Kind, RefusedFile, expected_kind, kind_of
from amends.media.names import ending, is_unsafe, shown_name
from amends.media.refusals import CODES, SENTENCES, sentences
from amends.media.signatures import OTHER_BY_ENDING
from tests.media.making import encoded, mp4, one_page, scene, zipped

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99)
GOOD = {
    "image/jpeg": encoded("JPEG", scene(9, 9)), "image/png": encoded("PNG", scene(9, 9)),
    "image/webp": encoded("WEBP", scene(9, 9)), "image/heic": HEIC, "application/pdf": one_page(),
    "text/plain": b"hello", "video/mp4": mp4(), "video/quicktime": mp4(brand=b"qt  "),
}  # fmt: skip


def kind(data: bytes, name: str = "", declared: str | None = None) -> Kind | RefusedFile:
    return kind_of(data[:HEAD_BYTES], data[-TAIL_BYTES:], name, declared)


@pytest.mark.parametrize("media_type", TAKEN)
def test_what_is_taken_is_known_by_its_bytes(media_type: str):
    expected = KINDS[media_type]
    for name, declared in (("", None), (f"a.{expected.suffix.upper()}", media_type), ("a", "application/octet-stream")):
        assert kind(GOOD[media_type], name, declared) == expected
    assert kind(GOOD[media_type], f"a.{expected.suffix}", f"{media_type}; charset=x") == expected


@pytest.mark.parametrize("media_type", TAKEN)
@pytest.mark.parametrize("other", TAKEN)
def test_a_name_or_type_of_another_kind_is_refused(media_type: str, other: str):
    same = KINDS[media_type].family == KINDS[other].family == "video" or media_type == other
    named, declared = kind(GOOD[media_type], f"a.{KINDS[other].suffix}"), kind(GOOD[media_type], "", other)
    assert isinstance(named, Kind) == same
    assert isinstance(declared, Kind) == same
    if not same:
        assert (getattr(named, "code", ""), getattr(declared, "code", "")) == ("ending_disagrees", "declared_disagrees")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (zipped(), "archive"),
        (zipped("word/document.xml"), "office"),
        (zipped("AndroidManifest.xml"), "program"),
        (b"GIF89a", "gif"),
        (b"<svg/>", "svg"),
        (b"<?xml version='1.0'?>\n<!-- x --><svg>", "svg"),
        (b"<!DOCTYPE html>", "html"),
        (b"\xef\xbb\xbf  <html >", "html"),
        (b"MZ\x90", "program"),
        (b"#!/bin/sh", "program"),
        (b"%!PS", "postscript"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "picture_format"),
        (b"RIFF\0\0\0\0WAVE", "audio"),
        (b"\0\1\2\3", "unknown"),
        (b"Received: by x\r\n", "mail"),
        (b"\xff\xfb\x90", "unknown"),
        (GOOD["image/jpeg"] + zipped(), "two_kinds"),
        (one_page() + zipped(), "two_kinds"),
        (b"%PDF-1.4\n<script >", "two_kinds"),
    ],
)
def test_what_is_not_taken_is_named(data: bytes, code: str):
    found = kind(data)
    assert isinstance(found, RefusedFile)
    assert found.code == code


def test_a_long_text_may_be_cut_within_a_letter_by_the_look_at_its_head():
    assert kind(b"a" * (HEAD_BYTES - 1) + "…".encode() * 9, "a.txt") == KINDS["text/plain"]
    assert getattr(kind(b"a" * 9 + b"\xe2\x80", "a.txt"), "code", "") == "text_encoding"


def test_a_ticket_is_judged_by_name_and_type_before_any_byte_is_sent():
    assert expected_kind("foto.HEIC", "image/heif") == KINDS["image/heic"]
    assert expected_kind("blob", "video/mp4") == KINDS["video/mp4"]
    assert expected_kind("clip.mov", "video/mp4") == KINDS["video/quicktime"]
    refused = {
        ("a.docx", None): "office",
        ("a.svg", "image/png"): "svg",
        ("a.jpg", "image/png"): "declared_disagrees",
        ("a", None): "unknown",
        ("a.xyz", "image/tiff"): "unknown",
        ("a\0.jpg", None): "name_unsafe",
    }
    for (name, declared), code in refused.items():
        assert getattr(expected_kind(name, declared), "code", "") == code


@pytest.mark.parametrize("code", CODES)
def test_every_refusal_is_a_helpful_sentence_in_both_languages(code: str):
    said = sentences(code, what="PDF", cap=9, second="ZIP", ending="exe")
    assert set(said) == {"en", "id"}
    assert said["en"] != said["id"]
    assert all(len(sentence) > 40 and "{" not in sentence and sentence.endswith(".") for sentence in said.values())


def test_every_code_of_an_ending_has_a_sentence():
    assert set(OTHER_BY_ENDING.values()) <= SENTENCES.keys()


@pytest.mark.parametrize(
    ("name", "last", "shown"),
    [
        ("Foto Barang.JPG", "jpg", "Foto Barang.JPG"),
        ("photo\u202egpj.exe", "exe", "photogpj.exe"),
        ("../../etc/passwd", "", "passwd"),
        ("C:\\x\\a.png", "png", "a.png"),
        ("con.txt", "txt", "_con.txt"),
        ("a.exe. .", "exe", "a.exe"),
        ("", "", "file"),
        ("...", "", "file"),
        ("\u202e\u200b", "", "file"),
        ("a.\uff45\uff58\uff45", "exe", "a.\uff45\uff58\uff45"),
        ("a<b>:c?.pdf", "pdf", "a_b__c_.pdf"),
        ("a\tb\nc.pdf", "pdf", "abc.pdf"),
        (".jpg", "", "jpg"),
        ("x" * 900 + ".jpeg", "jpeg", "x" * 115 + ".jpeg"),
        ("a/b/", "", "b"),
    ],
)
def test_names_are_shown_without_tricks(name: str, last: str, shown: str):
    assert (ending(name), shown_name(name)) == (last, shown)


@pytest.mark.parametrize("name", ["a\0b.jpg", "a\x1b[2J.jpg", "x" * 1001, "\udcff.jpg"])
def test_names_nobody_types_are_unsafe(name: str):
    assert is_unsafe(name)
    assert shown_name(name).isprintable()
