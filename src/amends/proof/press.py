"""The press: a statement of reasons as a tagged PDF. `python -I -m amends.proof.press` reads its JSON, writes the PDF.

It runs in a process of its own, so that no text can hold up or hurt the house: the caller ends it after its time. No
network, no fonts but the built-in ones, no clock: the same statement gives the same bytes. All text is data.
"""

import sys
from datetime import datetime
from importlib.resources import files
from typing import Literal

import msgspec
import typst

STANDARD: Literal["ua-1"] = "ua-1"
"""PDF/UA-1: a document that a screen reader reads in order, with its language and title."""


class Heading(msgspec.Struct, frozen=True):
    """What the press itself reads of a statement; everything else is the template's."""

    at: datetime


def pressed(statement: bytes) -> bytes:
    """The PDF of a statement (its JSON). With letters that the fonts lack it is tagged, but does not claim PDF/UA-1."""
    template = (files("amends.proof") / "statement.typ").read_bytes()
    at = int(msgspec.json.decode(statement, type=Heading).at.timestamp())
    try:
        made = _compiler(template, statement).compile(format="pdf", pdf_standards=[STANDARD], timestamp=at)
    except typst.TypstError:
        made = _compiler(template, statement).compile(format="pdf", timestamp=at)
    assert isinstance(made, bytes), "a PDF is one file"
    return made


def _compiler(template: bytes, statement: bytes) -> typst.Compiler:
    return typst.Compiler(template, ignore_system_fonts=True, sys_inputs={"statement": statement.decode()})


if __name__ == "__main__":
    sys.stdout.buffer.write(pressed(sys.stdin.buffer.read()))
