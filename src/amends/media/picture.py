"""Pictures rebuilt from their pixels: decoded once, turned upright, painted over where asked, written anew as WebP.

What comes out holds nothing of the file but colours. Runs in the child only, where every warning is an error.
"""

import io
import warnings
from collections.abc import Sequence
from contextlib import suppress

import pi_heif  # type: ignore[import-untyped]
from PIL import Image, ImageCms, ImageDraw, ImageFile, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

from amends.media.answer import SIDES, Limits, Refuse, fitted
from amends.media.whole import check_end, declared_size

QUALITY, EFFORT = 80, 2
"""Of WebP. Effort 2 of 6: half the time of the usual 4 for files a twentieth larger."""
WHOLE = 10_000
"""Redactions count in parts of this."""
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
PLUGINS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin, ImageCms)
"""Imported by name, because nothing can be imported any more once the child is locked."""
TEXT_CHUNK_BYTES, TEXT_BYTES = 1024 * 1024, 8 * 1024 * 1024
ORIENTATION = 0x0112
_SRGB = ImageCms.createProfile("sRGB")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
_BASE_BYTES = 160 * 1024 * 1024
"""What the child takes before it decodes anything, and the file itself."""
_BYTES_A_PIXEL = {"image/webp": 16, "image/heic": 9}
"""What these decoders take at their worst (measured); the others scale down while they read, or need less than 9."""
_BLACK: dict[str, int | tuple[int, ...]] = {
    "L": 0, "LA": (0, 255), "RGB": (0, 0, 0), "RGBA": (0, 0, 0, 255), "CMYK": (0, 0, 0, 255),
}  # fmt: skip
Area = tuple[int, int, int, int]
"""Left, top, width, height in parts of WHOLE."""


def prepare(limits: Limits) -> None:
    """Set the decoders' own caps. Warnings become errors, but for one about a second picture we do not read."""
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message="Image appears to be a malformed MPO file")
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = limits.pixels
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY = TEXT_CHUNK_BYTES, TEXT_BYTES
    pi_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


def opened(data: bytes, media_type: str, limits: Limits) -> Image.Image:
    """The picture, its header read and held against the caps. Raises Refuse, or what the decoder raises."""
    most = _most_pixels(media_type, limits)
    _check_pixels(declared_size(data, media_type) or (1, 1), most)
    check_end(data, media_type)
    try:
        image = Image.open(io.BytesIO(data), formats=[FORMATS[media_type]])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refuse("too_many_pixels", cap=most // 1_000_000) from None
    _check_pixels(image.size, most)
    if getattr(image, "n_frames", 1) > limits.frames:
        raise Refuse("too_many_frames", cap=limits.frames)
    return image


def rebuilt(image: Image.Image, areas: Sequence[Area]) -> Image.Image:
    """An upright RGB picture of at most 1600 pixels, `areas` painted over in full size before anything is scaled."""
    orientation = _orientation(image)
    size = fitted(*image.size, max(SIDES))
    if not areas:
        image.draft("RGB", size)
    profile = image.info.get("icc_profile")
    plain = _scalable(image)
    for area in areas:
        paint(plain, stored_area(area, orientation))
    if plain.size != size:
        plain = plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    plain = _flat(_in_srgb(plain, profile))
    return plain.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else plain


def derivatives(image: Image.Image) -> tuple[bytes, ...]:
    """WebP files of an RGB picture in the order of SIDES, from pixels alone."""
    made: list[bytes] = []
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    for side in reversed(SIDES):
        size = fitted(*image.size, side)
        if bare.size == size and made:
            made.append(made[-1])
            continue
        if bare.size != size:
            bare = bare.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        target = io.BytesIO()
        bare.save(target, "WEBP", quality=QUALITY, method=EFFORT)
        made.append(target.getvalue())
    return tuple(reversed(made))


def paint(image: Image.Image, area: Area) -> None:
    """Paint an area, in parts of WHOLE of the picture, black in place; edges are rounded outwards."""
    width, height = image.size
    left, top, wide, high = area
    box = (
        left * width // WHOLE - 1,
        top * height // WHOLE - 1,
        -(-(left + wide) * width // WHOLE),
        -(-(top + high) * height // WHOLE),
    )
    ImageDraw.Draw(image).rectangle(box, fill=_BLACK[image.mode])


def stored_area(area: Area, orientation: int) -> Area:
    """Where an area of the upright picture lies in the picture as it is stored."""
    left, top, wide, high = area
    right, bottom = left + wide, top + high
    places = {
        2: (WHOLE - right, top, wide, high), 3: (WHOLE - right, WHOLE - bottom, wide, high),
        4: (left, WHOLE - bottom, wide, high), 5: (top, left, high, wide), 6: (top, WHOLE - right, high, wide),
        7: (WHOLE - bottom, WHOLE - right, high, wide), 8: (WHOLE - bottom, left, high, wide),
    }  # fmt: skip
    return places.get(orientation, area)


def _most_pixels(media_type: str, limits: Limits) -> int:
    """The pixels that may be decoded: the cap, or what the memory holds where a decoder needs much."""
    if media_type not in _BYTES_A_PIXEL:
        return limits.pixels
    return min(limits.pixels, max(0, limits.memory_bytes - _BASE_BYTES) // _BYTES_A_PIXEL[media_type])


def _check_pixels(size: tuple[int, int], most: int) -> None:
    if min(size) < 1:
        raise Refuse("damaged")
    if size[0] * size[1] > most:
        raise Refuse("too_many_pixels", cap=most // 1_000_000)


def _orientation(image: Image.Image) -> int:
    """1 to 8; a file whose notes cannot be read lies as it is stored."""
    with suppress(Exception):
        found = image.getexif().get(ORIENTATION, 1)
        return found if isinstance(found, int) and found in _UPRIGHT else 1
    return 1


def _scalable(image: Image.Image) -> Image.Image:
    """The decoded picture in a mode that can be scaled and painted."""
    image.load()
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda level: level / 256).convert("L")
    return image if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as they were meant: phones write theirs for wider screens. A profile that does not work is left out."""
    if profile and image.mode in ("RGB", "CMYK"):
        with suppress(Exception):
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, given, _SRGB, outputMode="RGB") or image
    return image


def _flat(image: Image.Image) -> Image.Image:
    """RGB; what is see-through lies on white."""
    if image.mode in ("RGBA", "LA"):
        whole = image.convert("RGBA")
        ground = Image.new("RGB", whole.size, "white")
        ground.paste(whole, mask=whole.getchannel("A"))
        return ground
    return image if image.mode == "RGB" else image.convert("RGB")
