"""Pictures that mean harm: bombs, lies about size, files behind files, other kinds under a picture's name."""

import struct
import zlib
from collections.abc import Iterator

from tests.media.making import (
    PNG_MAGIC,
    chunk,
    deflated_zeros,
    encoded,
    header,
    moving_webp,
    png,
    riff,
    scene,
    zipped,
)

File = tuple[str, str, bytes, str]
PAGE = b"<html><body><script>alert(1)</script></body></html>"


def files() -> Iterator[File]:
    """All of them."""
    yield from _png()
    yield from _jpeg()
    yield from _webp()
    yield from _heic()
    yield from _renamed()


def _png() -> Iterator[File]:
    idat, end = chunk(b"IDAT", zlib.compress(bytes(100))), chunk(b"IEND", b"")
    for width, height in (
        (65535, 65535),
        (2**31 - 1, 1),
        (1, 2**31 - 1),
        (0, 0),
        (0, 9),
        (12000, 12000),
        (2**32 - 1,) * 2,
    ):
        yield f"PNG of {width} x {height}", "a.png", PNG_MAGIC + header(width, height, 1) + idat + end, "refused"
    bomb = deflated_zeros(144)
    yield "PNG of 144 million pixels that are there", "a.png", png(size=(12000, 12000), pixels=bomb), "refused"
    yield "PNG with far more pixels than it says", "a.png", png(pixels=bomb), "either"
    yield "PNG with a bomb as colour profile", "a.png", png(chunk(b"iCCP", b"x\0\0" + bomb)), "either"
    yield "PNG with a bomb as compressed text", "a.png", png(chunk(b"zTXt", b"x\0\0" + bomb)), "either"
    text = chunk(b"iTXt", b"x\0\1\0\0\0" + deflated_zeros(1))
    yield "PNG with a bomb as international text", "a.png", png(chunk(b"iTXt", b"x\0\1\0\0\0" + bomb)), "either"
    yield "PNG with hundreds of texts of a mebibyte", "a.png", png(*[text] * 300), "either"
    yield "PNG with 50,000 small texts", "a.png", png(*[chunk(b"tEXt", b"k\0v")] * 50_000), "either"
    yield "PNG with 300,000 empty chunks", "a.png", png(*[chunk(b"tIME", b"")] * 300_000), "refused"
    for frames in (5_000, 2**32 - 1):
        moving = chunk(b"acTL", struct.pack(">II", frames, 0))
        yield f"APNG that announces {frames} frames", "a.png", png(moving), "either"
    for depth, colour in ((3, 0), (16, 3), (8, 1), (8, 7), (255, 255), (4, 2), (8, 3)):
        data = PNG_MAGIC + header(8, 8, depth, colour) + idat + end
        yield f"PNG of depth {depth} and colour {colour}", "a.png", data, "either"
    for after, what in ((zipped(), "ZIP"), (PAGE, "HTML"), (b"MZ" + bytes(600), "EXE"), (b"%PDF-1.7\n%%EOF", "PDF"),
                        (b"secret" * 9, "leftovers"), (encoded("PNG", scene(9, 9)), "PNG")):  # fmt: skip
        yield f"PNG with {what} behind it", "a.png", png(after=after), "refused"
    yield "PNG without an end", "a.png", png()[:-12], "refused"
    yield "PNG without pixels", "a.png", PNG_MAGIC + header(8, 8) + end, "refused"
    yield "PNG with nothing but its magic", "a.png", PNG_MAGIC, "refused"
    yield (
        "PNG with a chunk of 2 GiB",
        "a.png",
        PNG_MAGIC + header(8, 8) + struct.pack(">I", 2**31 - 1) + b"IDAT",
        "refused",
    )
    yield "PNG with a chunk of 4 GiB", "a.png", PNG_MAGIC + header(8, 8) + b"\xff\xff\xff\xffIDAT" + end, "refused"
    yield "PNG with a wrong check sum", "a.png", png().replace(b"IHDR\0\0\0\x08", b"IHDR\0\0\0\x09"), "refused"
    yield "PNG with two headers", "a.png", png(header(30000, 30000)), "either"
    yield "PNG whose notes point at themselves", "a.png", png(chunk(b"eXIf", _circling_notes())), "either"
    yield "PNG with a page in a text chunk", "a.png", png(chunk(b"tEXt", b"c\0" + PAGE)), "refused"


def _jpeg() -> Iterator[File]:
    good = encoded("JPEG")
    start = good.index(b"\xff\xc0")
    for width, height in ((65535, 65535), (0, 0), (65535, 1), (1, 65535), (20000, 20000)):
        bent = good[: start + 5] + struct.pack(">HH", height, width) + good[start + 9 :]
        yield f"JPEG that says {width} x {height}", "a.jpg", bent, "either" if 1 in (width, height) else "refused"
    for marker in (0xC3, 0xC9, 0xC5, 0xF7):
        yield f"JPEG of process {marker:x}", "a.jpg", good[:start] + bytes([0xFF, marker]) + good[start + 2 :], "either"
    for after, what in ((zipped(), "ZIP"), (PAGE, "HTML"), (b"%PDF-1.7\n", "PDF"), (b"\x7fELF" + bytes(99), "ELF"),
                        (b"Rar!\x1a\x07\0" + bytes(99), "RAR"), (b"7z\xbc\xaf\x27\x1c" + bytes(99), "7Z"),
                        (b"notes" * 50 + zipped(), "notes and ZIP"), (b"<?php system('id'); ?>", "PHP")):  # fmt: skip
        yield f"JPEG with {what} behind it", "a.jpg", good + after, "refused"
    yield "JPEG with a second picture behind it", "a.jpg", good + good, "shown"
    yield "JPEG with zeros behind it", "a.jpg", good + bytes(4096), "shown"
    yield "JPEG with a page as comment", "a.jpg", good[:2] + _segment(0xFE, PAGE) + good[2:], "refused"
    yield "JPEG with 3,000 comments", "a.jpg", good[:2] + _segment(0xFE, b"x" * 99) * 3000 + good[2:], "either"
    yield "JPEG of one scan two thousand times", "a.jpg", _many_scans(2_000), "either"
    circling = _segment(0xE1, b"Exif\0\0" + _circling_notes())
    yield "JPEG whose notes point at themselves", "a.jpg", good[:2] + circling + good[2:], "either"
    profile = _segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"\xff" * 3000)
    yield "JPEG with rubbish as colour profile", "a.jpg", good[:2] + profile + good[2:], "shown"
    index = _segment(0xE2, b"MPF\0" + b"II*\0\x08\0\0\0" + b"\xff" * 60)
    yield "JPEG whose index of pictures is rubbish", "a.jpg", good[:2] + index + good[2:], "either"
    yield "JPEG of nothing but its magic", "a.jpg", b"\xff\xd8\xff", "refused"
    yield "JPEG of markers only", "a.jpg", b"\xff\xd8" + b"\xff" * 500_000, "refused"
    yield "JPEG without an end", "a.jpg", good[:-2], "refused"


def _webp() -> Iterator[File]:
    still = encoded("WEBP", scene(16, 16))
    vast = bytes([2, 0, 0, 0, 0xFF, 0x3F, 0, 0xFF, 0x3F, 0])
    yield "WebP of 16384 x 16384", "a.webp", riff((b"VP8X", vast), (b"ANIM", bytes(6))), "refused"
    yield "WebP of 16 million x 16 million", "a.webp", riff((b"VP8X", bytes(4) + b"\xff" * 6)), "refused"
    for frames in (5_000, 20_000):
        yield f"WebP of {frames} frames", "a.webp", moving_webp(frames), "refused"
    yield "WebP of a few frames", "a.webp", moving_webp(20), "shown"
    yield "WebP with a ZIP behind it", "a.webp", still + zipped(), "refused"
    yield "WebP with a page behind it", "a.webp", still + PAGE, "refused"
    yield "WebP with a page in a chunk", "a.webp", riff((b"JUNK", PAGE), (b"VP8 ", still[20:])), "refused"
    yield "WebP longer than its file", "a.webp", still[:4] + b"\xff\xff\xff\x7f" + still[8:], "refused"
    yield "WebP shorter than its file", "a.webp", still[:4] + b"\x10\0\0\0" + still[8:], "refused"
    yield "WebP of nothing", "a.webp", riff(), "refused"
    yield "lossless WebP of rubbish", "a.webp", riff((b"VP8L", b"\x2f" + b"\xff" * 500)), "refused"
    yield "WebP of chunks without content", "a.webp", riff(*[(b"JUNK", b"")] * 300_000), "refused"


def _heic() -> Iterator[File]:
    def box(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(body), name) + body

    start = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    vast = box(b"ipco", box(b"ispe", bytes(4) + struct.pack(">II", 2**31 - 1, 2**31 - 1)))
    nest = b""
    for _ in range(2_000):
        nest = box(b"iprp", nest)
    metas = {
        "no picture": bytes(4), "rubbish": b"\xff" * 200, "a picture of 2^62 pixels": bytes(4) + box(b"iprp", vast),
        "boxes 2,000 deep": bytes(4) + nest, "pieces that lie nowhere": bytes(4) + box(b"iloc", b"\xff" * 60),
        "references in a circle": bytes(4)
        + box(b"iref", box(b"dimg", b"\0\1\0\1\0\1")) + box(b"pitm", b"\0\0\0\0\0\1"),
    }  # fmt: skip
    for what, meta in metas.items():
        yield f"HEIC with {what}", "a.heic", start + box(b"meta", meta) + box(b"mdat", bytes(99)), "refused"
    yield "HEIC of its brand only", "a.heic", start, "refused"
    yield "HEIC with a box larger than the file", "a.heic", start + struct.pack(">I4s", 2**31, b"meta"), "refused"
    yield "HEIC with an EXE behind it", "a.heic", start + b"MZ" + bytes(99), "refused"


def _renamed() -> Iterator[File]:
    others = {
        "TIFF": encoded("TIFF"), "BMP": encoded("BMP"), "GIF": encoded("GIF"), "ICO": encoded("ICO", scene(32, 32)),
        "AVIF": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(99), "PSD": b"8BPS\0\1" + bytes(99),
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
        "EPS with a head": b"\xc5\xd0\xd3\xc6" + bytes(99),
        "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99), "JPEG XL": b"\xff\x0a" + bytes(99),
        "FITS": b"SIMPLE  = T",
        "PPM": b"P6 9 9 255\n" + bytes(243),
        "XBM": b"#define a_width 9\n#define a_height 9\nstatic char a_bits[] = {\n",
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "CUR": b"\0\0\2\0\1\0" + bytes(99),
    }  # fmt: skip
    for what, data in others.items():
        yield f"{what} named as JPEG", "a.jpg", data, "refused"
        yield f"{what} named as PNG", "a.png", data, "refused"
    yield "PNG named as JPEG", "a.jpg", encoded("PNG", scene(9, 9)), "refused"
    yield "JPEG named as WebP", "a.webp", encoded("JPEG", scene(9, 9)), "refused"


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _circling_notes() -> bytes:
    """EXIF whose camera and place directories are the directory itself, which is also its own successor."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, 8) for tag in (0x8769, 0x8825, 0xA005))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + entries + struct.pack("<I", 8)


def _many_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    data = encoded("JPEG", scene(800, 600), progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + b"\xff\xd9"
