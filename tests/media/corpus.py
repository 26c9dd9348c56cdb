"""The hostile corpus: files that somebody who means harm, or a broken phone, might send. The same ones every time.

`must` says what has to come of each: `refused` (at the first look or in the sandbox), `shown` (harmless after all, as a
strange name on a good picture), or `either` (damage that a decoder may or may not get over).
"""

import random
from collections.abc import Iterator
from typing import Literal, NamedTuple

from tests.media import hostile_documents, hostile_films, hostile_pictures, hostile_texts
from tests.media.making import encoded, many_pages, moving_webp, mp4, one_page, scene

SEED = 20261122
TRUNCATIONS, FLIPS = 6, 6


class Hostile(NamedTuple):
    """One file: what is the matter with it, the name it is sent under, its bytes, and what must come of it."""

    what: str
    name: str
    data: bytes
    must: Literal["refused", "shown", "either"] = "refused"


def corpus() -> Iterator[Hostile]:
    """Every file of the corpus, made one by one."""
    makers = (hostile_pictures, hostile_documents, hostile_films, hostile_texts)
    for maker in makers:
        for what, name, data, must in maker.files():
            yield Hostile(what, name, data, must)
    yield from _damaged()


def whole_files() -> dict[str, bytes]:
    """The good files that are damaged at every place."""
    return {
        "a.jpg": encoded("JPEG", exif=_exif()),
        "progressive.jpg": encoded("JPEG", progressive=True),
        "a.png": encoded("PNG", scene(120, 90)),
        "a.webp": encoded("WEBP", quality=60),
        "moving.webp": moving_webp(4),
        "a.pdf": one_page(),
        "pages.pdf": many_pages(3),
        "a.mp4": mp4(),
    }


def _damaged() -> Iterator[Hostile]:
    chance = random.Random(SEED)
    for name, data in whole_files().items():
        for step in range(1, TRUNCATIONS):
            cut = len(data) * step // TRUNCATIONS
            yield Hostile(f"{name} cut at {cut}", name, data[:cut], "either")
        for _ in range(FLIPS):
            bent = bytearray(data)
            for _ in range(chance.randint(1, 8)):
                bent[chance.randrange(8, len(bent))] ^= 1 << chance.randrange(8)
            yield Hostile(f"{name} with bits turned", name, bytes(bent), "either")


def _exif() -> bytes:
    notes = scene().getexif()
    notes[0x010F], notes[0x0112] = "Maker", 6
    return notes.tobytes()
