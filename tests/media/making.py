"""Small whole files of each kind, made from their parts, so that tests can bend exactly one of them."""

import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from PIL import Image

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


@cache
def scene(width: int = 320, height: int = 240) -> Image.Image:
    """A picture with slopes and grain: red grows to the right, blue downwards, so that turning it can be seen."""
    grain = np.random.default_rng(7).normal(0, 6, (height, width, 3))
    across = np.linspace(0, 255, width)[None, :, None] * np.array([1, 0.2, 0])
    down = np.linspace(0, 255, height)[:, None, None] * np.array([0, 0.2, 1])
    return Image.fromarray((across + down + grain).clip(0, 255).astype("uint8"))


def encoded(form: str, image: Image.Image | None = None, **options: object) -> bytes:
    """A picture as a file of Pillow's format `form`."""
    target = io.BytesIO()
    (image or scene()).save(target, form, **options)
    return target.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG chunk with its right check sum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header(width: int, height: int, depth: int = 8, colour: int = 0, interlace: int = 0) -> bytes:
    """The chunk every PNG begins with."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(*chunks: bytes, size: tuple[int, int] = (8, 8), pixels: bytes | None = None, after: bytes = b"") -> bytes:
    """A grey PNG with further chunks before its pixels."""
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * size[0] for _ in range(size[1]))) if pixels is None else pixels
    return PNG_MAGIC + header(*size) + b"".join(chunks) + chunk(b"IDAT", rows) + chunk(b"IEND", b"") + after


def deflated_zeros(mebibytes: int) -> bytes:
    """A zlib stream that opens up to so many mebibytes of nothing."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(mebibytes)) + packer.flush()


def riff(*chunks: tuple[bytes, bytes], size: int | None = None) -> bytes:
    """A WebP file of chunks; `size` lies about its length."""
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2) for name, part in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def moving_webp(frames: int) -> bytes:
    """An animated WebP of so many frames of 16 × 16 pixels."""
    still = encoded("WEBP", scene(16, 16), quality=10)[12:]
    frame = bytes(6) + bytes([15, 0, 0, 15, 0, 0, 10, 0, 0, 0]) + still
    canvas = bytes([2, 0, 0, 0, 15, 0, 0, 15, 0, 0])
    return riff((b"VP8X", canvas), (b"ANIM", bytes(6)), *[(b"ANMF", frame)] * frames)


def box(name: bytes, body: bytes = b"", size: int | None = None, long: int | None = None) -> bytes:
    """An MP4 box; `size` lies about its length, `long` writes it in 64 bits."""
    if long is not None:
        return struct.pack(">I4sQ", 1, name, long % 2**64) + body
    return struct.pack(">I4s", (8 + len(body) if size is None else size) % 2**32, name) + body


def clock(scale: int, length: int, version: int = 0) -> bytes:
    """The content of mvhd and mdhd as far as it is read."""
    return struct.pack(">I", version << 24) + struct.pack(
        ">QQIQ" if version else ">IIII", *((1, 1, scale, length) if version else (3_800_000_000, 1, scale, length))
    )


def track(kind: bytes = b"vide", scale: int = 1000, length: int = 5000) -> bytes:
    """A trak box."""
    return box(b"trak", box(b"mdia", box(b"mdhd", clock(scale, length)) + box(b"hdlr", bytes(8) + kind + bytes(13))))


def mp4(
    parts: Iterable[bytes] | None = None,
    brand: bytes = b"isom",
    length: int = 5000,
    scale: int = 1000,
    version: int = 0,
) -> bytes:
    """A video without a single picture, but with every box that says so."""
    inside = [box(b"mvhd", clock(scale, length, version)), track(length=min(length, 2**32 - 2))]
    movie = b"".join(inside if parts is None else parts)
    return box(b"ftyp", brand + bytes(4) + brand) + box(b"moov", movie) + box(b"mdat", bytes(64))


def pdf(objects: Sequence[bytes], trailer: bytes = b"", version: bytes = b"1.7") -> bytes:
    """A PDF of numbered objects, the first being its catalogue."""
    out, places = b"%PDF-" + version + b"\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, trailer, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1) + table + end


def stream(body: bytes, extra: bytes = b"") -> bytes:
    """A PDF stream object."""
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(body), extra, body)


def one_page(
    content: bytes = b"0.2 0.4 0.8 rg 50 50 200 100 re f",
    media_box: bytes = b"0 0 300 200",
    page: bytes = b"",
    catalogue: bytes = b"",
    more: Sequence[bytes] = (),
    extra: bytes = b"",
    trailer: bytes = b"",
) -> bytes:
    """A PDF of one page; `page` and `catalogue` are further entries, `more` further objects from number 5 on."""
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R%b>>" % catalogue,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 4 0 R%b>>" % (media_box, page),
            stream(content, extra),
            *more,
        ],
        trailer,
    )


def many_pages(count: int, of: int | None = None) -> bytes:
    """A PDF of `count` pages, all the same one; `of` lies about their number."""
    kids = b" ".join([b"3 0 R"] * count) if count < 50 else b" ".join(b"%d 0 R" % (5 + each) for each in range(count))
    pages = [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R>>"] * (count if count >= 50 else 0)
    first = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, count if of is None else of),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R>>",
        stream(b"0 0 1 rg 20 20 100 50 re f"),
    ]
    return pdf([*first, *pages])


def zipped(name: str = "a.txt", body: bytes = b"hello") -> bytes:
    """A ZIP archive of one file."""
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), body)
    return target.getvalue()
