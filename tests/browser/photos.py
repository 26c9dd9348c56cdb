"""Photographs for the tests: a mug, whole or cracked, and a parcel, so that there is something to see."""

import base64
import io
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 900
ORIENTATION = 0x0112
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAUJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAA"
    "AAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAFmAAEAAAAAAAAAWgAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEAAGh2YzEAAAAAwmlwcnAA"
    "AACkaXBjbwAAAHhodmNDAQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQCEAAQArQgEBA3AAAAMAkA"
    "AAAwAAAwAeoDCBBZbqSSmubgQEDAgAAAMACAAAAwAIQCIAAQAHRAHBcrAiQAAAABRpc3BlAAAAAAAAAGAAAABAAAAAEHBpeGkAAAAAAwgICAAA"
    "ABZpcG1hAAAAAAAAAAEAAQOBAoMAAABibWRhdAAAAFYoAa9YitgOkl//8lecj5Ue/+thjo3FvURR/1EZr8ctQGTcThbVYBjy4BBVYN8APdGD+L"
    "BeHv3HQfnpeaUuc5FnPd/UsPd1Cjc8O6BhHD3A/pcPT1nhjA=="
)
"""A whole HEIC of 96 x 64, blue on the left and orange on the right: nothing here can write one."""
BLUE, DARK, LIGHT = (62, 99, 138), (38, 62, 92), (104, 142, 178)


def mug(*, cracked: bool = False, seed: int = 1, warm: bool = False) -> bytes:
    """A JPEG of a blue mug on a table; `cracked` with a chip, a crack and shards."""
    made = _room(warm, seed)
    layer = Image.new("RGBA", made.size)
    draw = ImageDraw.Draw(layer)
    draw.arc((710, 360, 880, 620), -100, 110, fill=(*DARK, 255), width=40)
    draw.polygon([(400, 300), (800, 300), (760, 720), (440, 720)], fill=(*BLUE, 255))
    draw.ellipse((440, 680, 760, 760), fill=(*BLUE, 255))
    draw.polygon([(450, 330), (500, 330), (510, 720), (478, 716)], fill=(*LIGHT, 120))
    draw.ellipse((400, 250, 800, 350), fill=(*LIGHT, 255))
    draw.ellipse((416, 260, 784, 342), fill=(*DARK, 255))
    if cracked:
        _crack(draw, random.Random(seed))
    if warm:
        layer = layer.rotate(-7, resample=Image.Resampling.BICUBIC, center=(600, 500))
    made.paste(layer, (0, 0), layer)
    return _jpeg(made, seed)


def parcel(*, seed: int = 1) -> bytes:
    """A JPEG of a closed parcel with a label."""
    made = _room(False, seed)
    draw = ImageDraw.Draw(made)
    draw.polygon([(330, 380), (620, 300), (900, 370), (610, 470)], fill=(206, 160, 108))
    draw.polygon([(330, 380), (610, 470), (610, 780), (330, 670)], fill=(178, 130, 82))
    draw.polygon([(610, 470), (900, 370), (900, 660), (610, 780)], fill=(154, 108, 64))
    draw.polygon([(460, 343), (520, 327), (780, 418), (730, 432)], fill=(226, 200, 160))
    draw.polygon([(660, 520), (850, 452), (850, 570), (660, 645)], fill=(240, 240, 236))
    for i in range(6):
        draw.line((680, 540 + i * 15, 800 - i * 9, 497 + i * 15), fill=(70, 70, 74), width=4)
    return _jpeg(made, seed)


def turned() -> bytes:
    """The mug as a phone held upright keeps it: lying on its side, with the note (EXIF) to turn it a quarter."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    out = io.BytesIO()
    Image.open(io.BytesIO(mug(seed=8))).save(out, "JPEG", quality=82, exif=exif)
    return out.getvalue()


def _room(warm: bool, seed: int) -> Image.Image:
    wall, table = ((188, 158, 118), (150, 112, 72)) if warm else ((214, 217, 220), (186, 178, 168))
    made = Image.new("RGB", (WIDTH, HEIGHT), wall)
    draw = ImageDraw.Draw(made)
    edge = 600 + random.Random(seed).randrange(-20, 20)
    draw.rectangle((0, edge, WIDTH, HEIGHT), fill=table)
    light = Image.radial_gradient("L").resize((WIDTH, HEIGHT)).point(lambda v: 255 - v // 2)
    made = ImageChops.multiply(made, Image.merge("RGB", (light,) * 3))
    shadow = Image.new("L", made.size)
    ImageDraw.Draw(shadow).ellipse((360, 690, 900, 800), fill=120)
    made.paste((40, 34, 30), (0, 0), shadow.filter(ImageFilter.GaussianBlur(24)))
    return made


def _crack(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    draw.polygon([(640, 346), (700, 340), (720, 330), (700, 372), (672, 410), (660, 378)], fill=(236, 230, 220, 255))
    x, y = 680, 400
    while y < 640:
        to = x + chance.randrange(-34, 30), y + chance.randrange(30, 60)
        draw.line((x, y, *to), fill=(18, 26, 40, 255), width=5)
        x, y = to
    for left, top in ((300, 760), (900, 770), (860, 810)):
        draw.polygon([(left, top), (left + 44, top - 26), (left + 70, top + 20)], fill=(232, 226, 214, 255))


def _jpeg(made: Image.Image, seed: int) -> bytes:
    grain = Image.effect_noise(made.size, 14 + seed % 5)
    made = ImageChops.add(made, Image.merge("RGB", (grain,) * 3), scale=1, offset=-128)
    out = io.BytesIO()
    made.filter(ImageFilter.GaussianBlur(0.8)).save(out, "JPEG", quality=82)
    return out.getvalue()
