"""Likeness: a picture is known again after what people do to one, and another picture is not taken for it."""

import pytest
from PIL import Image, ImageDraw, ImageOps

from amends.media.likeness import (
    FEWEST_SHARED,
    MOST_DETAILS,
    NOT_ALIKE,
    Resemblance,
    hashes_of,
    keys_of,
    lying,
    read,
    resemblance,
    sought,
)
from benchmarks.picture_maker import CHANGES, picture

SEEN = tuple(range(6))


def alike(one: tuple[str, ...], other: tuple[str, ...]) -> Resemblance:
    """The best likeness over the eight ways the first can lie."""
    details = read(one)
    return max((resemblance(lying(details, way), read(other)) for way in range(8)), key=lambda found: found.shared)


@pytest.fixture(scope="module")
def originals() -> dict[int, tuple[str, ...]]:
    return {number: hashes_of(picture(number)) for number in SEEN}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_picture_is_known_again(change: str, originals: dict[int, tuple[str, ...]]):
    for number, original in originals.items():
        found = alike(hashes_of(CHANGES[change](picture(number), number)), original)
        assert found.shared >= FEWEST_SHARED, f"{change}: picture {number}"
        assert found.distance <= 65, f"{change}: picture {number}"


def test_the_same_picture_has_no_distance(originals: dict[int, tuple[str, ...]]):
    for original in originals.values():
        assert alike(original, original).distance == 0


def test_other_pictures_are_not_alike(originals: dict[int, tuple[str, ...]]):
    for number, one in originals.items():
        for other in originals:
            assert number == other or alike(one, originals[other]) == NOT_ALIKE


def test_other_goods_in_the_very_same_room_are_never_called_the_same():
    rooms = [[hashes_of(picture(100 * room + n, scene=room)) for n in range(3)] for room in range(3)]
    for room in rooms:
        for one in room:
            assert all(
                one is other or alike(one, other) == NOT_ALIKE or alike(one, other).distance > 35 for other in room
            )


@pytest.mark.parametrize(("way", "change"), [
    (0, lambda image: image), (1, ImageOps.mirror), (2, ImageOps.flip), (3, lambda image: image.rotate(180)),
    (4, lambda image: image.transpose(Image.Transpose.TRANSPOSE)),
    (7, lambda image: image.transpose(Image.Transpose.TRANSVERSE)),
])  # fmt: skip
def test_a_turned_picture_is_computed_and_not_looked_at_again(way: int, change):
    computed, seen = lying(read(hashes_of(picture(1))), way), read(hashes_of(change(picture(1))))
    assert resemblance(computed, seen).distance <= 10
    others = [resemblance(lying(computed, other), seen).shared for other in range(1, 8)]
    assert max(others) < resemblance(computed, seen).shared


@pytest.mark.parametrize("size", [(640, 480), (40, 40), (4000, 100), (1, 1)])
def test_a_blank_picture_has_no_fingerprint(size: tuple[int, int]):
    assert hashes_of(Image.new("RGB", size, (200, 180, 160))) == ()


def test_a_plain_gradient_has_no_fingerprint():
    assert hashes_of(Image.linear_gradient("L").resize((600, 400))) == ()


def test_a_few_lines_of_text_are_too_little():
    page = Image.new("L", (600, 800), 255)
    ImageDraw.Draw(page).text((100, 100), "Received with thanks", fill=0, font_size=20)
    assert len(hashes_of(page)) < FEWEST_SHARED * 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_of_picture_can_be_looked_at(mode: str):
    image = picture(2).convert("L").convert("I").convert("I;16") if mode == "I;16" else picture(2).convert(mode)
    assert all(len(each) == 28 for each in hashes_of(image))


def test_fingerprints_are_few_and_keys_are_small(originals: dict[int, tuple[str, ...]]):
    for original in originals.values():
        assert 15 <= len(original) <= MOST_DETAILS
        assert len(keys_of(original)) <= len(original)
        assert all(0 <= key < 2**18 for key in keys_of(original))
        assert len(sought(read(original))) <= 8 * len(original)


def test_nothing_is_alike_to_nothing():
    assert resemblance(read(()), read(())) == NOT_ALIKE


def test_what_is_no_fingerprint_is_refused():
    with pytest.raises(ValueError, match="hexadecimal"):
        read(("not hexadecimal at all, no",))
