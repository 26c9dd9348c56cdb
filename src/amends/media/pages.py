"""PDF pages as pictures, drawn by pdfium without forms or scripts: its JavaScript engine is not even built in.

One child draws as many pages as half its time allows and says where to go on. Runs in the child only.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import pypdfium2  # type: ignore[import-untyped]
from PIL import Image
from pypdfium2 import raw

from amends.media.answer import LONGEST_SIDE, Limits, Refuse
from amends.media.claims import from_document
from amends.media.picture import Area, paint


def opened(data: bytes, limits: Limits) -> pypdfium2.PdfDocument:
    """The document, its page count held against the cap. Raises Refuse."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as fault:
        locked = getattr(fault, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        raise Refuse("encrypted_pdf" if locked else "damaged") from None
    if len(document) > limits.pages:
        raise Refuse("too_many_pages", cap=limits.pages)
    if not len(document):
        raise Refuse("no_pages")
    return document


def claims(document: pypdfium2.PdfDocument) -> dict[str, str]:
    """What the document says about itself."""
    with suppress(Exception):
        return from_document(document.get_metadata_dict(skip_empty=True))
    return {}


def drawn(
    document: pypdfium2.PdfDocument, first: int, areas: Callable[[int], Sequence[Area]], limits: Limits
) -> Iterator[tuple[int, Image.Image]]:
    """Page number from 1 and its RGB picture, from page `first` until half the child's time is spent."""
    enough = time.process_time() + limits.cpu_seconds / 2
    for number in range(first, len(document) + 1):
        yield number, _drawn(document, number, areas(number))
        if time.process_time() > enough:
            return


def _drawn(document: pypdfium2.PdfDocument, number: int, areas: Sequence[Area]) -> Image.Image:
    try:
        page = document[number - 1]
        longest = max(page.get_size())
        if not 0 < longest < float("inf"):
            raise Refuse("damaged")
        bitmap = page.render(scale=LONGEST_SIDE / longest, may_draw_forms=False, prefer_bgrx=True)
    except pypdfium2.PdfiumError:
        raise Refuse("damaged") from None
    image: Image.Image = bitmap.to_pil().convert("RGB")
    if max(image.size) > LONGEST_SIDE:
        image = image.crop((0, 0, min(image.width, LONGEST_SIDE), min(image.height, LONGEST_SIDE)))
    for area in areas:
        paint(image, area)
    bitmap.close()
    page.close()
    return image
