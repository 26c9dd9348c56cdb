"""Videos that mean harm: boxes that lie about their length, nest, repeat, or say nothing true about time."""

from collections.abc import Iterator

from tests.media.making import box, clock, mp4, track, zipped

File = tuple[str, str, bytes, str]


def files() -> Iterator[File]:
    """All of them."""
    start, movie = box(b"ftyp", b"isom\0\0\0\0isom"), mp4()[24:]
    yield "video as it should be", "a.mp4", mp4(), "shown"
    yield "video of ten minutes", "a.mp4", mp4(length=600_000), "shown"
    yield "video of a second more", "a.mp4", mp4(length=601_000), "refused"
    yield "video of three hours", "a.mp4", mp4(length=10_800_000), "refused"
    yield "video of 2^64 moments", "a.mp4", mp4(length=2**64 - 2, version=1), "refused"
    yield (
        "video with a short head and a long track",
        "a.mp4",
        mp4([box(b"mvhd", clock(1000, 9)), track(length=10**7)]),
        "refused",
    )
    yield "video without time", "a.mp4", mp4([box(b"mvhd", clock(1000, 0)), track(length=0)]), "refused"
    yield "video of no units a second", "a.mp4", mp4(scale=0), "refused"
    yield "video without a track", "a.mp4", mp4([box(b"mvhd", clock(1000, 9))]), "refused"
    yield "video of sound only", "a.mp4", mp4([box(b"mvhd", clock(1000, 9)), track(b"soun")]), "refused"
    yield "video without a head", "a.mp4", mp4([track()]), "refused"
    yield "video with half a head", "a.mp4", mp4([box(b"mvhd", b"\0\0"), track()]), "refused"
    for size in (2, 7, 9, 2**31, 2**32 - 1, -1):
        yield f"video with a box of {size}", "a.mp4", start + box(b"moov", b"", size=size) + movie, "refused"
    for size in (0, 15, 2**62, 2**63, 2**64 - 1, -16):
        yield f"video with a long box of {size}", "a.mp4", start + box(b"moov", b"", long=size) + movie, "refused"
    yield (
        "video with a box without end inside",
        "a.mp4",
        mp4([box(b"mvhd", clock(1000, 9), size=0), track()]),
        "refused",
    )
    yield "video of 100,000 boxes", "a.mp4", start + box(b"free") * 100_000 + movie, "refused"
    yield "video of 100,000 tracks", "a.mp4", mp4([box(b"mvhd", clock(1000, 9)), box(b"trak") * 100_000]), "refused"
    nest = b""
    for _ in range(5_000):
        nest = box(b"moov", nest)
    yield "video with boxes 5,000 deep", "a.mp4", start + nest + box(b"mdat"), "refused"
    yield (
        "video with a movie of 33 MB",
        "a.mp4",
        mp4([box(b"mvhd", clock(1000, 9)), track(), box(b"free", bytes(33 << 20))]),
        "refused",
    )
    yield "video without data", "a.mp4", start + box(b"moov", box(b"mvhd", clock(1000, 9)) + track()), "refused"
    yield "video of an unheard brand", "a.mp4", mp4(brand=b"evil"), "refused"
    yield "sound file named as video", "a.mp4", mp4(brand=b"M4A "), "refused"
    yield "video whose first box is not its brand", "a.mp4", box(b"free", bytes(8)) + mp4(), "refused"
    yield "video with a ZIP behind it", "a.mp4", mp4() + zipped(), "refused"
    yield (
        "video with a page in its head",
        "a.mp4",
        start + box(b"free", b"<script>alert(1)</script>") + movie,
        "refused",
    )
    for brand, name in ((b"qt  ", "a.mp4"), (b"isom", "a.mov"), (b"mp42", "a.m4v")):
        yield f"video of brand {brand.decode()} named {name}", name, mp4(brand=brand), "shown"
    for magic, what in ((b"\x1aE\xdf\xa3", "MKV"), (b"RIFF\0\0\0\0AVI ", "AVI"), (b"FLV\x01", "FLV"), (b"OggS", "OGG")):
        yield f"{what} named as MP4", "a.mp4", magic + bytes(99), "refused"
