"""Which policy is in force where and when, and what a marketplace may add."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amends.store.policies import Catalogue, PolicyFault, check_file, installed, load
from tests.policies.planting import US, Planted

MICROSECOND = timedelta(microseconds=1)
US_START = datetime(2025, 11, 11, 8, tzinfo=UTC)


def variant(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """A copy of the US pack with some of its first words changed."""
    text = US.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / name
    path.write_text(text)
    return path


def later_edition(folder: Path) -> Path:
    edition = ("edition: 2025-11-11", "edition: 2026-06-01")
    start = ("in_force_from: 2025-11-11T00:00:00-08:00", "in_force_from: 2026-06-01T00:00:00-07:00")
    return variant(folder, "2026.yaml", edition, start)


def test_an_edition_is_in_force_from_its_first_instant() -> None:
    catalogue = installed()
    assert catalogue.in_force("US", US_START - MICROSECOND) is None
    assert catalogue.in_force("US", US_START) is catalogue.named("tiktok-shop-us@2025-11-11")
    assert catalogue.in_force("US", US_START + timedelta(days=3650)) is catalogue.get("tiktok-shop-us", "2025-11-11")


def test_a_market_without_a_pack_has_no_policy() -> None:
    assert installed().in_force("FR", US_START) is None
    assert installed().of_market("FR") == ()
    assert installed().get("tiktok-shop-us", "1999-01-01") is None
    assert installed().named("tiktok-shop-us") is None


def test_a_later_edition_takes_over_at_its_first_instant_and_the_older_one_stays_at_hand(tmp_path) -> None:
    catalogue = Catalogue.open([later_edition(tmp_path)])
    start = datetime(2026, 6, 1, 7, tzinfo=UTC)
    before, after = catalogue.in_force("US", start - MICROSECOND), catalogue.in_force("US", start)
    assert before is not None
    assert after is not None
    assert (before.pack.edition, after.pack.edition) == ("2025-11-11", "2026-06-01")
    assert [p.pack.edition for p in catalogue.of_market("US")] == ["2025-11-11", "2026-06-01"]
    assert catalogue.named("tiktok-shop-us@2025-11-11") is before


def test_a_folder_is_searched_for_packs(tmp_path) -> None:
    (tmp_path / "deep").mkdir()
    later_edition(tmp_path / "deep")
    assert len(Catalogue.open([tmp_path]).policies) == 3


def test_the_installed_packs_are_read_once() -> None:
    assert Catalogue.open() is installed()


def test_a_place_that_is_not_there_is_told_so(tmp_path) -> None:
    with pytest.raises(PolicyFault, match="there is no such file or folder"):
        Catalogue.open([tmp_path / "nowhere.yaml"])


def test_the_same_edition_twice_is_refused(tmp_path) -> None:
    with pytest.raises(PolicyFault, match="two files hold this edition"):
        Catalogue.open([variant(tmp_path, "again.yaml")])


def test_two_packs_for_one_market_are_refused(tmp_path) -> None:
    rival = variant(tmp_path, "rival.yaml", ("pack: tiktok-shop-us", "pack: rival"))
    with pytest.raises(PolicyFault, match="market 'US' already has the pack"):
        Catalogue.open([rival])


def test_a_pack_with_mistakes_is_not_loaded_and_every_one_is_told_with_file_and_line(tmp_path) -> None:
    planted = Planted(tmp_path, "{value: 2, status", "{value: two, status")
    with pytest.raises(PolicyFault) as refused:
        load(planted.path)
    assert str(refused.value).startswith(f"{planted.path}:{planted.line}: limits.disputes_per_line.value: 'two'")
    planted = Planted(tmp_path, "clauses: [US-37, US-39, A15, G11]", "clauses: [US-37, US-39, A15, G11, US-370]")
    with pytest.raises(PolicyFault, match=f"planted.yaml:{planted.line}: 'US-370'"):
        Catalogue.open([planted.path])


def test_a_variant_of_a_sound_pack_is_sound(tmp_path) -> None:
    assert check_file(later_edition(tmp_path)) == []
