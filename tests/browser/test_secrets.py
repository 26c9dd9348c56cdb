"""No page of a party holds what that party may not know: staff names, the other side's address, private evidence.

The HTML is read as it was sent, of every case there is, hidden corners included.
"""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.browser.pages import EXAMPLES, Example
from tests.browser.world import PRIVATE_WORDS, STAFF_WORDS, Market

PARTY_PAGES = [
    (name, one) for name, examples in EXAMPLES.items() for one in examples if one.role in ("buyer", "seller")
]
STAFF_OF_STORIES = (r"\bAdi\b", r"\bCitra\b")
MAIL = re.compile(r"[\w.+-]+@(buyers|shops)\.example")
OTHER = {"buyer": "shops", "seller": "buyers"}


def read(world: Market, role: str, person: str, path: str, language: str = "en") -> httpx.Response:
    """A page as sent, without a browser."""
    cookies = world.cookies(role, person) | {"lang": language}
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return world.server.http.get(path, headers={"cookie": header})


def told(html: str, role: str, *, seller: bool) -> Iterator[str]:
    """What a party reads in this page and should not."""
    words = (*map(re.escape, STAFF_WORDS), *STAFF_OF_STORIES, *(map(re.escape, PRIVATE_WORDS) if seller else ()))
    for word in words:
        if found := re.search(f".{{0,60}}{word}.{{0,60}}", html, re.IGNORECASE if word.islower() else 0):
            yield found[0]
    yield from (found[0] for found in MAIL.finditer(html) if found[1] == OTHER[role])


@pytest.mark.parametrize("language", ["en", "id"])
def test_no_page_of_a_party_tells_what_it_may_not(world: Market, language: str):
    wrong = []
    for name, example in PARTY_PAGES:
        answer = read(world, example.role, example.person, example.at(world), language)
        assert answer.status_code in (example.status, 303), f"{name} {example.path}: {answer.status_code}"
        wrong += [
            f"{name} {example.path}: {one}" for one in told(answer.text, example.role, seller=example.role == "seller")
        ]
    assert not wrong, "\n".join(wrong)


def test_no_case_of_the_stories_tells_its_parties_who_decided(world: Market):
    wrong = []
    for order_id, case in world.cases.items():
        if not case:
            continue
        shown = world.server.case(case)
        for role in ("buyer", "seller"):
            answer = read(world, role, shown[role]["id"], f"/cases/{case}")
            assert answer.status_code == 200, f"{order_id} {role}: {answer.status_code}"
            wrong += [f"{order_id} {role}: {one}" for one in told(answer.text, role, seller=role == "seller")]
    assert not wrong, "\n".join(wrong)


def test_what_is_private_is_there_for_its_own_side_and_for_the_staff(world: Market):
    case = world.cases["MUG-3"]
    for role, person, path in (
        ("buyer", "rani", f"/cases/{case}"),
        ("adjudicator", "staff-zephyrine", f"/desk/cases/{case}"),
    ):
        html = read(world, role, person, path).text
        if role == "buyer":  # a piece is told whole on its own page
            html += "".join(read(world, role, person, f"{path}/evidence/e{n}").text for n in range(1, 7))
        assert any(word in html for word in PRIVATE_WORDS), f"{role}: so nothing was hidden from the seller"
    assert not any(word in read(world, "seller", "kilnhouse", f"/cases/{case}").text for word in PRIVATE_WORDS)


@pytest.mark.parametrize("path", [f"/cases/{{MUG-{n}}}" for n in range(1, 8)])
def test_a_case_is_nothing_to_a_stranger(world: Market, path: str):
    for role, person in (("buyer", "alice"), ("seller", "peak"), ("adjudicator", "staff-zephyrine")):
        theirs = read(world, role, person, Example(path).at(world))
        nothing = read(world, role, person, "/cases/ffffffff-ffff-8fff-8fff-ffffffffffff")
        assert theirs.status_code == nothing.status_code == 404
        assert theirs.text.count("Mug") == nothing.text.count("Mug")
