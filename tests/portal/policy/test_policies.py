"""Policies as people read them: all there, every link leads to its place, and parties see what concerns them."""

from pathlib import Path

import pytest

from amends.lab import shelf
from amends.law.check import cited
from amends.law.policy import Burden, Cited, EnforcementRule, Ground, Policy, Shown
from amends.portal.policy import compared
from amends.portal.policy.naming import COLUMNS, PARTS, TABLES, VALUES
from amends.portal.policy.showing import Reader as Says
from amends.store.policies import Catalogue, installed
from tests.portal.desk.conftest import Desk, Reader, words

TITLES = dict.fromkeys(
    ("about", "clauses", "readings", "not_modelled", "title", "market", "zone", "calendar", "currency", "source",
     "in_force_from"), "x",
)  # fmt: skip
US = "/policies/tiktok-shop-us/2025-11-11"


@pytest.mark.parametrize("policy", installed().policies, ids=str)
def test_everything_of_a_pack_has_a_name(policy: Policy) -> None:
    for path, value in cited(policy.pack):
        assert path[0] in PARTS or path[0] in TABLES
        if isinstance(value, Ground):
            assert value.check in VALUES
        elif isinstance(value, Cited) and not isinstance(value, Burden | Shown | EnforcementRule):
            assert path[-1] in VALUES, path
        elif not isinstance(value, Cited):
            assert set(value.when) <= set(COLUMNS)


@pytest.mark.parametrize("locale", ["en", "id"])
@pytest.mark.parametrize("policy", installed().policies, ids=str)
def test_every_value_and_row_says_something(policy: Policy, locale: str) -> None:
    says = Says(policy.pack, locale)  # type: ignore[arg-type]  # one of the two languages
    for part in says.parts():
        assert all(one.said or one.more for one in part.values), part.name
        assert not [one.said for one in part.values if "_" in one.said]
    places = [line.place for table in says.tables() for line in table.lines]
    places += [one.place for part in says.parts() for one in part.values]
    assert len(places) == len(set(places)), "an address leads to one place"
    assert all(line.then for table in says.tables() for line in table.lines)


async def test_every_link_within_an_edition_leads_to_its_place(ari: Reader) -> None:
    pages = {}
    for part in ("clauses", "values", "readings", "open", *(f"tables&table={name}" for name in TABLES)):
        pages[f"{US}?part={part}"] = await ari.page(f"{US}?part={part}")
    ids = {path: {one.get("id") for one in tree.xpath("//*[@id]")} for path, tree in pages.items()}
    links = {link for tree in pages.values() for link in tree.xpath("//main//a/@href") if link.startswith(f"{US}?")}
    links = {link for link in links if "#" in link}
    lost = [link for link in links if link.partition("#")[2] not in ids[link.partition("#")[0]]]
    assert len(links) > 200
    assert not lost


async def test_a_clause_says_where_it_is_used(ari: Reader) -> None:
    tree = await ari.page(US)
    clause = words(tree.xpath("//li[@id='US-37']")[0])
    assert "The seller answers a request" in clause
    assert "worked case" in clause
    assert "not modelled" in words(tree.xpath("//li[@id='US-1']")[0])


async def test_a_party_reads_clauses_values_and_readings_only(alice: Reader) -> None:
    for part in ("clauses", "values", "readings"):
        tree = await alice.page(f"{US}?part={part}")
        assert not tree.xpath("//*[@class='rail']")
    assert "decision.decide" not in await alice.text(US), "where a clause is used is the staff's"
    for path in (f"{US}?part=tables", f"{US}?part=open", "/policies/diff", "/policies/book"):
        await alice.page(path, 404)


async def test_a_party_is_told_which_edition_its_cases_run_under(alice: Reader, desk: Desk) -> None:
    assert "your cases" not in await alice.text("/policies")
    await desk.disputed()
    assert "your cases" in await alice.text("/policies")


async def test_searching_shows_only_what_holds_every_word(ari: Reader) -> None:
    tree = await ari.page(f"{US}?part=values&q=SELLER%20answers")
    assert [words(one) for one in tree.xpath("//tbody/tr/th")] == ["The seller answers a request"]
    assert "Nothing holds all these words" in await ari.text(f"{US}?q=xyzzy")


async def test_what_is_not_there_is_not_found(ari: Reader) -> None:
    for path in ("/policies/none/1", "/policies/diff?a=x&b=y", "/policies/book/1-request/none", f"{US}?part=x"):
        await ari.page(path, 404)


def test_a_difference_is_marked_word_by_word() -> None:
    before, after = compared.marked("due: 24 hours after <notice>", "due: 48 hours after <notice>")
    assert before == "due: <del>24</del> hours after &lt;notice&gt;"
    assert after == "due: <ins>48</ins> hours after &lt;notice&gt;"


def test_two_editions_differ_in_what_was_changed_only(tmp_path: Path) -> None:
    root = Path(str(shelf.files("amends"))) / "policies" / "tiktok-shop-us"
    text = next(root.glob("*.yaml")).read_text("utf-8")
    changed = text.replace("edition: 2025-11-11", "edition: 2026-06-01", 1)
    changed = changed.replace("in_force_from: 2025-11-11T00", "in_force_from: 2026-06-01T00", 1)
    changed = changed.replace("seller_evidence: {window: 24 hours", "seller_evidence: {window: 48 hours", 1)
    changed = changed.replace("Sellers deal with after-sale disputes", "Sellers handle after-sale disputes", 1)
    (tmp_path / "new.yaml").write_text(changed, "utf-8")
    old, new = Catalogue.open([tmp_path]).of_market("US")
    found = compared.chapters(old.pack, new.pack, "en", TITLES)
    differing = {chapter.name: [one for one in chapter.pairs if one.kind != "same"] for chapter in found}
    differing = {name: pairs for name, pairs in differing.items() if pairs}
    assert {name: len(pairs) for name, pairs in differing.items()} == {"about": 1, "windows": 1, "clauses": 1}
    assert "<ins>48</ins> hours" in str(differing["windows"][0].after)
    assert "<del>deal with</del>" in str(differing["clauses"][0].before)


def test_clauses_of_two_packs_stand_beside_the_nearest() -> None:
    found = compared.nearest(
        {"US-1": "The seller answers within two days", "US-2": "Nothing like it"},
        {"ID-1": "Within two days the seller answers", "ID-9": "Wholly other words here"},
    )
    assert found == {"US-1": "ID-1"}


async def test_two_packs_are_compared_a_part_at_a_time(ari: Reader) -> None:
    tree = await ari.page("/policies/diff?a=tiktok-shop-us@2025-11-11&b=tokopedia-id@2025-07-02")
    assert tree.xpath("//td//del")
    assert tree.xpath("//td//ins")
    assert len(tree.xpath("//main//section")) == 1
    same = await ari.text("/policies/diff?a=tokopedia-id@2025-07-02&b=tokopedia-id@2025-07-02")
    assert "These are the same edition" in same


def test_the_shelf_holds_the_whole_book() -> None:
    place = shelf.place()
    assert place is not None
    assert len(shelf.spines()) == len(list(place.rglob("*.yaml"))) > 300
    assert {one.name for one in shelf.about("US-1", "none")} == set()


async def test_a_worked_case_opens_from_the_book(ari: Reader) -> None:
    tree = await ari.page("/policies/book?clause=US-37")
    links = tree.xpath("//ul[@class='booklist']//a/@href")
    assert links
    page = await ari.page(links[0])
    assert len(page.xpath("//ol[contains(@class, 'tl')]/li")) >= 1
    assert "US-37" in words(page)
