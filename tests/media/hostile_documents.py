"""PDFs that mean harm: loops, depth, bombs, pages without end, and everything that would run in a careless viewer."""

import io
import zlib
from collections.abc import Iterator

import pypdf

from tests.media.making import deflated_zeros, many_pages, one_page, pdf, stream, zipped

File = tuple[str, str, bytes, str]
FLATE = b"/Filter/FlateDecode"


def files() -> Iterator[File]:
    """All of them, under one name."""
    for what, data, must in (*_trees(), *_active(), *_bombs(), *_circles(), *_second_kinds()):
        yield f"PDF {what}", "a.pdf", data, must


def _trees() -> Iterator[tuple[str, bytes, str]]:
    yield "of 30 pages", many_pages(30), "shown"
    yield "of 201 pages", many_pages(201), "refused"
    yield "of 5,000 pages", many_pages(5_000), "refused"
    yield "that says it has 10 million pages", many_pages(2, of=10_000_000), "either"
    yield "that says it has -1 pages", many_pages(2, of=-1), "either"
    catalogue = b"<</Type/Catalog/Pages 2 0 R>>"
    yield "whose pages hold themselves", pdf([catalogue, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"]), "either"
    yield "without pages", pdf([catalogue, b"<</Type/Pages/Kids[]/Count 0>>"]), "refused"
    yield "without a catalogue", pdf([b"<<>>"]), "refused"
    deep = [catalogue, *(b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 3) for number in range(3_000))]
    yield "with pages 3,000 deep", pdf(deep), "either"
    for size in (
        b"0 0 1e9 1e9",
        b"0 0 0 0",
        b"9 9 -9 -9",
        b"0 0 14400 1",
        b"0 0 0.001 0.001",
        b"0 0 nan inf",
        b"0 0 1 99999999",
    ):
        yield f"of size {size.decode()}", one_page(media_box=size), "either"
    yield "in units of 75,000", one_page(page=b"/UserUnit 75000"), "either"
    yield "turned by 91 degrees", one_page(page=b"/Rotate 91"), "either"


def _active() -> Iterator[tuple[str, bytes, str]]:
    actions = {
        "that runs JavaScript": b"/S/JavaScript/JS(app.alert(1);while(1){})",
        "that starts a program": b"/S/Launch/F(/bin/sh)",
        "that opens a page on the web": b"/S/URI/URI(http://127.0.0.1:9/)", "that sends a form": b"/S/SubmitForm/F(http://127.0.0.1:9/)",
        "that opens another file": b"/S/GoToR/F(/etc/passwd)/D[0/Fit]",
        "that imports data": b"/S/ImportData/F(/etc/passwd)",
    }  # fmt: skip
    for what, action in actions.items():
        yield what, one_page(catalogue=b"/OpenAction<<%b>>" % action, page=b"/AA<</O<<%b>>>>" % action), "shown"
    note = b"<</Type/Annot/Subtype/Link/Rect[0 0 300 200]/A<</S/JavaScript/JS(app.alert(2))>>>>"
    yield "with a script under a note", one_page(page=b"/Annots[5 0 R]", more=[note]), "shown"
    names = b"/Names<</EmbeddedFiles<</Names[(a.exe)5 0 R]>>/JavaScript<</Names[(a)6 0 R]>>>>"
    inside = [b"<</Type/Filespec/F(a.exe)/EF<</F 7 0 R>>>>", b"<</S/JavaScript/JS(x)>>", stream(b"MZ" + bytes(99))]
    yield "with a program inside", one_page(catalogue=names, more=inside), "shown"
    form = b"/AcroForm<</XFA 5 0 R/Fields[]/NeedAppearances true>>"
    yield "with an XFA form", one_page(catalogue=form, more=[stream(b"<xdp:xdp xmlns:xdp='x'/>")]), "shown"
    outside = b"<</Type/XObject/Subtype/Image/Width 9/Height 9/F(/etc/passwd)/Length 0>>\nstream\n\nendstream"
    yield (
        "with a picture that lies outside",
        one_page(b"/I Do", page=b"/Resources<</XObject<</I 5 0 R>>>>", more=[outside]),
        "shown",
    )
    yield "locked with a password", _locked(), "refused"


def _bombs() -> Iterator[tuple[str, bytes, str]]:
    packed = zlib.compress(b"0 0 300 200 re f\n" * 2_000_000, 9)
    yield "of two million squares", one_page(packed, extra=FLATE), "either"
    yield "with 200 MB of nothing as content", one_page(deflated_zeros(200), extra=FLATE), "either"
    twice = zlib.compress(deflated_zeros(100), 9)
    yield "packed twice", one_page(twice, extra=b"/Filter[/FlateDecode/FlateDecode]"), "either"
    yield "packed a thousand times", one_page(twice, extra=b"/Filter[%b]" % (b"/FlateDecode" * 1000)), "either"
    for side in (30_000, 2_000_000_000):
        entry = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8" % (side, side)
        picture = stream(deflated_zeros(64), entry + FLATE)
        data = one_page(b"300 0 0 200 0 0 cm /I Do", page=b"/Resources<</XObject<</I 5 0 R>>>>", more=[picture])
        yield f"with a picture of {side} x {side}", data, "either"
    for name in (b"JBIG2Decode", b"JPXDecode", b"DCTDecode", b"CCITTFaxDecode", b"LZWDecode", b"Unheard"):
        entry = b"/Subtype/Image/Width 5000/Height 5000/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/" + name
        data = one_page(
            b"/I Do", page=b"/Resources<</XObject<</I 5 0 R>>>>", more=[stream(b"\xff\x4f\xff\x51" * 500, entry)]
        )
        yield f"with rubbish as {name.decode()}", data, "either"
    yield "with 200,000 brackets", one_page(catalogue=b"/X" + b"[" * 200_000), "either"
    yield "with 200,000 dictionaries", one_page(catalogue=b"/X" + b"<</A" * 200_000), "either"
    yield "with 100,000 saved states", one_page(b"q " * 100_000), "either"
    yield "with a dash of nothing", one_page(b"[0.00001 0.00001] 0 d 9 w 0 0 m 300 200 l S"), "either"


def _circles() -> Iterator[tuple[str, bytes, str]]:
    own = stream(b"/F Do /F Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>")
    yield "that draws itself", one_page(b"/F Do", page=b"/Resources<</XObject<</F 5 0 R>>>>", more=[own]), "either"
    tile = stream(b"/P scn 0 0 9 9 re f", b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep .001/YStep .001"
                  b"/Resources<</Pattern<</P 5 0 R>>>>")  # fmt: skip
    content = b"/Pattern cs /P scn 0 0 300 200 re f"
    yield "tiled with itself", one_page(content, page=b"/Resources<</Pattern<</P 5 0 R>>>>", more=[tile]), "either"
    glyph = b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 6 0 R>>" \
            b"/FirstChar 97/LastChar 97/Widths[9]/Encoding<</Differences[97/a]>>" \
            b"/Resources<</Font<</F 5 0 R>>>>>>"  # fmt: skip
    letters = [glyph, stream(b"9 0 d0 BT /F 9 Tf (aa) Tj ET")]
    yield (
        "written in its own letters",
        one_page(b"BT /F 9 Tf (a) Tj ET", page=b"/Resources<</Font<</F 5 0 R>>>>", more=letters),
        "either",
    )
    good = one_page()
    again = good.rindex(b"startxref")
    table = good[again:].split()[1]
    yield "whose table comes before itself", good.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev " + table), "either"
    yield (
        "whose objects lie in themselves",
        pdf([b"<</Type/Catalog/Pages 2 0 R>>", stream(b"1 0 2 9", b"/Type/ObjStm/N 2/First 4")]),
        "either",
    )
    yield "whose length is the stream itself", one_page().replace(b"/Length 33", b"/Length 4 0 R"), "either"
    yield "that says it starts elsewhere", good[:again] + b"startxref\n999999999999\n%%EOF\n", "either"


def _second_kinds() -> Iterator[tuple[str, bytes, str]]:
    good, page = one_page(), b"<html><script>alert(1)</script></html>"
    yield "with a page in its head", good.replace(b"%PDF-1.7\n", b"%PDF-1.7\n" + page), "refused"
    yield "with a page behind it", good + page, "refused"
    yield "with a ZIP behind it", good + zipped(), "refused"
    yield "with a ZIP before it", zipped() + good, "refused"
    yield "with a picture before it", b"\xff\xd8\xff\xe0" + good, "refused"
    yield "with 5,000 letters behind it", good + b"x" * 5_000, "refused"
    yield "of its first line", b"%PDF-1.7\n", "refused"
    yield "of version 99", good.replace(b"%PDF-1.7", b"%PDF-99.9"), "either"


def _locked() -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
