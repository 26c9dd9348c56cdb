"""The statement of reasons: a tagged PDF in two languages that says everything; people's words are words in it."""

import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pypdf
import pytest
from msgspec.structs import replace

from amends.access.figures import amount, instant, number
from amends.access.sight import Sight
from amends.access.statement import Statement, statement
from amends.access.statement_words import NAMES, WORDS
from amends.law import case, commands
from amends.law.actors import Actor
from amends.law.events import DisputeOpened
from amends.law.money import Money
from amends.law.policy import FINDINGS
from amends.proof.press import pressed
from tests.access.full_case import ALICE as BUYER
from tests.access.full_case import APPEALS, BOB, DANA, DECISION, FULL, NAMES_OF_STAFF, POLICY, SECRETS
from tests.casefile.playing import ALICE, CASES, lamp, worked

HOSTILE = ('#panic("x")', '"); #read("/etc/passwd")', "$ 1/0 $", "*bold* _it_ `raw` <label> @ref", "#{while true {}}",
           "\\#x", "= Heading", "//comment", "/*", "#import \"@preview/x:1.0.0\"", "{who} {page}", "\u202e ☹ 漢字 🙂 x",
           "a" * 3000)  # fmt: skip


def made(locale: str = "en", actor: Actor = ALICE) -> Statement:
    played = lamp()
    sight = Sight(played.case, actor, played.policy, locale)
    return statement(sight, played.case.decisions[0], "Pasar Baik", 8, "ab" * 32)


def pdf_of(said: Statement) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pressed(msgspec.json.encode(said))))


def text_of(pdf: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


@pytest.mark.parametrize(("locale", "title"), [("en", "Statement of Reasons"), ("id", "Pernyataan Alasan Putusan")])
def test_it_is_tagged_titled_and_knows_its_language(locale: str, title: str):
    pdf = pdf_of(made(locale))
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]
    assert root["/Lang"] == locale
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None
    assert title in str(pdf.metadata.title)
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode(), "it says that it is PDF/UA"
    assert pdf.metadata.creation_date == lamp().case.decisions[0].at.replace(microsecond=0)


@pytest.mark.parametrize("locale", ["en", "id"])
def test_it_says_what_a_statement_must_say(locale: str):
    said = text_of(pdf_of(made(locale)))
    decision, pack = lamp().case.decisions[0], lamp().policy.pack
    for clause in decision.clauses:
        assert clause in said
        assert clause not in pack.clauses or pack.clauses[clause].says.split()[0] in said
    for key in ("found", "reasons", "evidence", "clauses", "rows", "automation", "contest", "later"):
        assert WORDS[key][locale] in said, key
    assert "The photo shows a dark lamp." in said
    assert "ab" * 32 in said.replace(" ", "")
    assert instant(decision.appeal_until, pack.zone, locale) in said
    assert NAMES["weight"]["not_considered"][locale] in said
    assert "Not about this lamp" in said
    assert amount(Money(8000, "USD"), locale).replace("\u00a0", " ") in said.replace("\u00a0", " ")


def test_a_plain_case_fits_on_one_page():
    played = lamp()
    quiet = replace(played.case, appeals=())
    said = statement(Sight(quiet, ALICE, played.policy, "en"), quiet.decisions[0], "m1", 8, "ab" * 32)
    assert len(pdf_of(said).pages) == 1


def test_the_same_statement_gives_the_same_bytes_in_any_process():
    data = msgspec.json.encode(made())
    command = [sys.executable, "-I", "-m", "amends.proof.press"]
    assert subprocess.run(command, input=data, capture_output=True, check=True, timeout=60).stdout == pressed(data)


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_what_people_write_is_never_read_as_markup(words: str):
    decision = replace(DECISION, rationale=words, departure=words, corrections=(words,),
                       evidence=(commands.Weighing("e1", "not_considered", words),))  # fmt: skip
    person = replace(FULL.order.buyer, name=words)
    line = replace(FULL.order.line, title=words)
    told = replace(FULL, order=replace(FULL.order, buyer=person, line=line), decisions=(decision,))
    said = statement(Sight(told, BUYER, POLICY, "en"), decision, words, 7, "ab" * 32)
    shown = text_of(pdf_of(said)).replace(" ", "")
    plain = "".join(c for c in words if c.isascii() and not c.isspace())
    assert plain in shown
    assert shown.count(plain) >= 5


@pytest.mark.parametrize(("actor", "own"), [(BUYER, "buyer"), (BOB, "seller")])
def test_it_tells_no_reader_what_is_not_theirs(actor: Actor, own: str):
    said = msgspec.json.encode(statement(Sight(FULL, actor, POLICY, "en"), DECISION, "m1", 7, "ab" * 32)).decode()
    for secret, owner in SECRETS.items():
        assert secret not in said or owner == own
    for name in NAMES_OF_STAFF:
        assert name not in said
    staff = statement(Sight(FULL, DANA, POLICY, "en"), DECISION, "m1", 7, "ab" * 32)
    assert "dana" in msgspec.json.encode(staff).decode()


def test_an_automatic_decision_says_so_and_an_appeal_is_told_to_its_end():
    automatic = replace(DECISION, by="automatic", adjudicator=None, basis="seller_silent", overturned=True)
    for appeal in (*APPEALS[:1], replace(APPEALS[0], result=None), replace(APPEALS[0], ended_as="settled")):
        told = replace(FULL, decisions=(automatic,), appeals=(appeal,))
        for locale in ("en", "id"):
            said = statement(Sight(told, BUYER, POLICY, locale), automatic, "m1", 7, "ab" * 32)
            words = msgspec.json.encode(said).decode()
            assert WORDS["by_rule"][locale] in words
            assert WORDS["overturned"][locale] in words
            assert said.sections[-1].paragraphs


@pytest.mark.parametrize("path", sorted(CASES.rglob("*.yaml")), ids=lambda path: path.stem)
def test_it_tells_the_buyer_of_another_dispute_exactly_where_the_law_gave_one(path: Path):
    played = worked(path)
    for decision in played.case.decisions:
        at = next(n for n, x in enumerate(played.events) if getattr(x, "decision", None)
                  and x.decision.number == decision.number)  # fmt: skip
        given = None
        for event in played.events[at:]:
            if isinstance(event, DisputeOpened):
                break
            given = next((d.id for d in event.starts if d.kind == "further_dispute"), given)
        until = next((d.due_at for d in played.case.deadlines if d.id == given), None)
        sight = Sight(played.case, Actor("buyer", played.case.order.buyer.id), played.policy, "en")
        said = statement(sight, decision, "m1", 7, "ab" * 32)
        contest = next(part for part in said.sections if part.title == WORDS["contest"]["en"])
        zone = played.policy.pack.zone
        words = (
            WORDS["no_further"]["en"] if until is None else f"may dispute once more until {instant(until, zone, 'en')}."
        )
        assert words in contest.paragraphs[1]


@pytest.mark.parametrize("locale", ["en", "id"])
def test_a_decision_made_on_appeal_does_not_call_a_seller_who_must_pay_the_winner(locale: str):
    played = worked(CASES / "6-recourse-and-appeal" / "us-appeal-partly-after-payment.yaml")
    first, second = played.case.decisions
    assert (second.outcome, second.appeal_until) == ("split", None)
    sight = Sight(played.case, BOB, played.policy, locale)
    words = msgspec.json.encode(statement(sight, second, "m1", 7, "ab" * 32)).decode()
    assert WORDS["no_second_appeal"][locale] in words
    assert WORDS["no_appeal"][locale] not in words
    assert WORDS["no_more_remedy"][locale] in words, "a quarter was owed, and more than that had been paid"
    assert (
        WORDS["no_second_appeal"][locale]
        not in msgspec.json.encode(statement(sight, first, "m1", 7, "ab" * 32)).decode()
    )


def test_every_word_is_there_in_both_languages():
    both = list(WORDS.values()) + [text for kind in NAMES.values() for text in kind.values()]
    assert all(set(text) == {"en", "id"} and all(text.values()) for text in both)
    for text in WORDS.values():
        assert fields(text["en"]) == fields(text["id"]), text["en"]


def fields(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


@pytest.mark.parametrize(("kind", "codes"), [
    ("outcome", commands.Outcome), ("headline", commands.Outcome), ("basis", case.Basis), ("reason", commands.Reason),
    ("remedy", commands.RemedyKind), ("evidence", commands.EvidenceType), ("weight", commands.Weight),
    ("role", commands.Fault),
])  # fmt: skip
def test_every_word_of_the_law_has_a_name(kind: str, codes: object):
    assert set(NAMES[kind]) == set(codes.__args__)


def test_every_finding_and_its_values_have_names():
    assert set(NAMES["finding"]) == set(FINDINGS) == set(commands.Findings.__struct_fields__)
    values = {"yes" if v is True else "no" if v is False else v for domain in FINDINGS.values() for v in domain}
    assert values <= set(NAMES["value"])


@pytest.mark.parametrize(("money", "locale", "written"), [
    (Money(123450, "USD"), "en", "USD 1,234.50"), (Money(123450, "USD"), "id", "USD 1.234,50"),
    (Money(15_000_000, "IDR"), "en", "IDR 150,000"), (Money(15_000_000, "IDR"), "id", "IDR 150.000"),
    (Money(15_000_050, "IDR"), "id", "IDR 150.000,50"), (Money(0, "IDR"), "id", "IDR 0"),
    (Money(5, "USD"), "en", "USD 0.05"),
    (Money(1500, "JPY"), "en", "JPY 1,500"), (Money(1500, "KWD"), "en", "KWD 1.500"),
    (Money(-5, "USD"), "en", "−USD 0.05"),
])  # fmt: skip
def test_amounts_are_written_as_people_write_them(money: Money, locale: str, written: str):
    assert amount(money, locale).replace("\u00a0", " ") == written


def test_instants_and_numbers_are_written_as_people_write_them():
    at = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    assert instant(at, "America/Los_Angeles", "en") == "2 March 2026, 10:00"
    assert instant(at, "Asia/Jakarta", "id") == "3 Maret 2026 pukul 01.00"
    assert instant(at.replace(second=2), "Asia/Jakarta", "id") == "3 Maret 2026 pukul 01.00.02"
    assert (number(12000, "en"), number(12000, "id")) == ("12,000", "12.000")
