"""Photo-like pictures made from numbers, and what people do to a photo before they send it again.

A picture is a room (soft light, blurred furniture) with one product in it (texture, shapes, a label). Pictures of one
`scene` share the room to the pixel and show another product at the same place: the hardest pictures to tell apart.
"""

import io
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

SIZES = ((480, 360), (360, 480), (400, 400))
ROOM, PRODUCT = 8, 7
Change = Callable[[Image.Image, int], Image.Image]


def picture(number: int, scene: int | None = None) -> Image.Image:
    """The picture of this number; with `scene` in that room, else in a room of its own. The same one every time."""
    room, product = _rng(ROOM, number if scene is None else 10**9 + scene), _rng(PRODUCT, number)
    width, height = SIZES[int(room.integers(len(SIZES)))]
    image = _room(room, width, height)
    chance = product if scene is None else room
    wide, high = chance.uniform(0.35, 0.65, 2) * (width, height)
    goods, shape = _goods(product, int(wide), int(high), round_too=scene is None)
    shift = np.zeros(2) if scene is not None else product.uniform(-0.1, 0.1, 2) * (width, height)
    if scene is None:
        angle = float(product.uniform(-25, 25))
        goods, shape = goods.rotate(angle, expand=True), shape.rotate(angle, expand=True)
    image.paste(goods, (int((width - goods.width) / 2 + shift[0]), int((height - goods.height) / 2 + shift[1])), shape)
    return image


def _rng(what: int, number: int) -> np.random.Generator:
    return np.random.default_rng([what, number])


def _texture(rng: np.random.Generator, width: int, height: int, coarse: tuple[int, ...]) -> NDArray[np.float32]:
    """A noise field with structure at several sizes, mean 0 and deviation 1."""
    field, falls = np.zeros((height, width), np.float32), float(rng.uniform(0.3, 1.1))
    for cells in coarse:
        noise = rng.standard_normal((cells * height // width + 2, cells + 2)).astype(np.float32)
        grown = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
        field += np.asarray(grown) * cells**-falls
    normed: NDArray[np.float32] = field / field.std()
    return normed


def _room(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    light = _texture(rng, width, height, (2, 4, 8, 16, 32, 64, 128))[..., None] * rng.uniform(8, 40)
    across, down = np.linspace(-0.5, 0.5, width)[None, :, None], np.linspace(-0.5, 0.5, height)[:, None, None]
    slopes = rng.uniform(-60, 60, 2)
    colours = rng.uniform(40, 210, 3) + light * rng.uniform(0.6, 1, 3) + across * slopes[0] + down * slopes[1]
    image = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 4))):
        left, top = rng.uniform(-0.1, 1, 2) * (width, height)
        wide, high = rng.uniform(0.1, 0.5, 2) * (width, height)
        shape = draw.rectangle if rng.random() < 0.6 else draw.ellipse
        shape((left, top, left + wide, top + high), fill=_colour(rng))
    return image.filter(ImageFilter.GaussianBlur(1.5))


def _goods(rng: np.random.Generator, width: int, height: int, *, round_too: bool) -> tuple[Image.Image, Image.Image]:
    """A product and its outline."""
    field = _texture(rng, width, height, (3, 6, 12, 24, 48))[..., None] * rng.uniform(5, 35)
    goods = Image.fromarray(np.clip(rng.uniform(20, 235, 3) + field, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(goods)
    for _ in range(int(rng.integers(2, 7))):
        left, top = rng.uniform(0, 0.8, 2) * (width, height)
        wide, high = rng.uniform(0.05, 0.4, 2) * (width, height)
        box = (left, top, left + wide, top + high)
        if rng.random() < 0.4:
            draw.line(box, fill=_colour(rng), width=int(rng.integers(2, 8)))
        else:
            (draw.rectangle if rng.random() < 0.5 else draw.ellipse)(box, fill=_colour(rng))
    name = "".join(chr(65 + int(letter)) for letter in rng.integers(0, 26, 7))
    font = ImageFont.load_default(int(rng.integers(14, 40)))
    draw.text((width * 0.1, height * rng.uniform(0.1, 0.7)), name, font=font, fill=_colour(rng))
    outline = Image.new("L", goods.size, 0)
    whole = (0, 0, width - 1, height - 1)
    if round_too and rng.random() < 0.4:
        ImageDraw.Draw(outline).ellipse(whole, fill=255)
    else:
        ImageDraw.Draw(outline).rounded_rectangle(whole, radius=int(rng.integers(1, 30)), fill=255)
    return goods, outline


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = (int(part) for part in rng.integers(0, 255, 3))
    return red, green, blue


def _recompressed(image: Image.Image, _: int, *, kind: str, quality: int) -> Image.Image:
    held = io.BytesIO()
    image.save(held, kind, quality=quality)
    return Image.open(io.BytesIO(held.getvalue())).convert("RGB")


def _turned(image: Image.Image, number: int) -> Image.Image:
    turns = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
    return image.transpose(turns[number % 3])


def _mirrored(image: Image.Image, _: int) -> Image.Image:
    return ImageOps.mirror(image)


def _smaller(image: Image.Image, _: int) -> Image.Image:
    return image.resize((image.width * 2 // 5, image.height * 2 // 5), Image.Resampling.LANCZOS)


def _relit(image: Image.Image, number: int) -> Image.Image:
    lit = ImageEnhance.Brightness(image).enhance((0.7, 1.35)[number % 2])
    return ImageEnhance.Contrast(lit).enhance((1.3, 0.75)[number // 2 % 2])


def _labelled(image: Image.Image, _: int) -> Image.Image:
    image = image.copy()
    draw, (width, height) = ImageDraw.Draw(image), image.size
    draw.rectangle((width * 0.05, height * 0.82, width * 0.5, height * 0.93), fill=(255, 255, 255))
    draw.text((width * 0.07, height * 0.83), "SHOP 2026-05-01", fill=(200, 0, 0), font_size=height * 0.07)
    return image


def _cut_all_round(image: Image.Image, _: int) -> Image.Image:
    return _cut(image, 0.12, 0.12, 0.12, 0.12)


def _cut_somewhere(image: Image.Image, number: int) -> Image.Image:
    """A fifth of the area gone, from sides that chance picks."""
    rng = np.random.default_rng(number)
    wide = float(rng.uniform(0.8, 1))
    high = 0.8 / wide
    left, top = float(rng.uniform(0, 1 - wide)), float(rng.uniform(0, 1 - high))
    return _cut(image, left, top, 1 - wide - left, 1 - high - top)


def _cut(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    width, height = image.size
    return image.crop((int(width * left), int(height * top), int(width * (1 - right)), int(height * (1 - bottom))))


def _all_at_once(image: Image.Image, number: int) -> Image.Image:
    """Mirrored, cut, shrunk and sent through a messenger."""
    return _recompressed(_smaller(_cut_somewhere(_mirrored(image, 0), number), 0), 0, kind="JPEG", quality=50)


CHANGES: dict[str, Change] = {
    "turned by 90, 180 or 270 degrees": _turned,
    "mirrored": _mirrored,
    "recompressed, JPEG quality 30": partial(_recompressed, kind="JPEG", quality=30),
    "shrunk to 40 %": _smaller,
    "brighter or darker, more or less contrast": _relit,
    "12 % cut off every side": _cut_all_round,
    "a fifth of the area cut off somewhere": _cut_somewhere,
    "label laid over it, sent as WebP 40": lambda image, n: _recompressed(
        _labelled(image, n), n, kind="WEBP", quality=40
    ),
    "mirrored, cut, shrunk and JPEG 50 together": _all_at_once,
}
"""What was done to a picture, by the words the table prints. The first eight one at a time, the last all at once."""
