"""The two packs as they ship: sound, complete, and with the values of the law's first table."""

from collections.abc import Iterator
from itertools import chain

import pytest

from amends.law.check import citations, faults
from amends.law.policy import Policy
from amends.store.policies import check_file, installed
from tests.policies.planting import ID, PACKS, US

US_CLAUSES = [f"US-{n}" for n in range(1, 119)]
ID_CLAUSES = [f"ID-{n}" for n in range(1, 28)]

US_WINDOWS = {
    "seller_answer": "2 business days",
    "open_dispute": "10 calendar days",
    "dispute_cap": "90 calendar days",
    "further_dispute": "2 calendar days",
    "refile_request": "2 calendar days",
    "buyer_evidence_visible": "48 hours",
    "buyer_evidence_hidden": "15 calendar days",
    "seller_evidence": "24 hours",
    "carrier_evidence": "15 calendar days",
    "requested_evidence": "24 hours",
    "reply": "24 hours",
    "decision": "24 hours",
    "remedy": "48 hours",
    "appeal": "21 calendar days",
    "appeal_decision": "7 calendar days",
    "return_shipment": "14 calendar days",
    "return_inspection": "4 business days",
    "ship_back": "3 business days",
}
ID_WINDOWS = US_WINDOWS | {
    "seller_answer": "48 hours",
    "open_dispute": "48 hours",
    "dispute_cap": None,
    "further_dispute": None,
    "refile_request": None,
    "buyer_evidence_visible": "24 hours",
    "buyer_evidence_hidden": "7 calendar days",
    "appeal": "7 calendar days",
    "return_shipment": "5 calendar days",
    "return_inspection": "8 calendar days",
}
US_FILING = {
    "inconsistent": ("delivered_at", "30 calendar days"),
    "counterfeit": ("delivered_at", "30 calendar days"),
    "quality": ("delivered_at", "30 calendar days"),
    "damaged": ("delivered_at", "30 calendar days"),
    "delayed": ("promised_by", "30 calendar days"),
    "lost": ("last_tracking_at", "30 calendar days"),
}
ID_FILING = {
    "inconsistent": ("delivered_at", "6 calendar days"),
    "counterfeit": ("delivered_at", "14 calendar days"),
    "quality": ("delivered_at", "14 calendar days"),
    "damaged": ("delivered_at", "6 calendar days"),
    "delayed": ("last_tracking_at", "48 hours"),
    "lost": ("last_tracking_at", "7 calendar days"),
}


def policy(name: str) -> Policy:
    """A shipped policy."""
    found = installed().named(name)
    assert found is not None
    return found


def american() -> Policy:
    return policy("tiktok-shop-us@2025-11-11")


def indonesian() -> Policy:
    return policy("tokopedia-id@2025-07-02")


@pytest.mark.parametrize("path", sorted(PACKS.glob("*/*.yaml")), ids=lambda path: path.parent.name)
def test_a_shipped_pack_is_sound_and_lies_where_its_name_says(path) -> None:
    assert check_file(path) == []
    assert policy(f"{path.parent.name}@{path.stem}").pack.edition == path.stem


def test_both_packs_ship_and_nothing_else() -> None:
    assert sorted(PACKS.glob("*/*.yaml")) == [US, ID]
    assert [p.name for p in installed().policies] == ["tiktok-shop-us@2025-11-11", "tokopedia-id@2025-07-02"]


@pytest.mark.parametrize(("pack", "clauses"), [(american, US_CLAUSES), (indonesian, ID_CLAUSES)], ids=["US", "ID"])
def test_every_clause_is_there_restated_and_carried_or_explained(pack, clauses) -> None:
    book = pack().pack
    assert list(book.clauses) == clauses
    assert all(len(clause.says.split()) >= 2 for clause in book.clauses.values())
    carried = set(chain.from_iterable(cited for _, cited in citations(book)))
    assert set(clauses) - carried == set(book.not_modelled)
    assert all(len(why) > 20 for why in book.not_modelled.values())


def test_every_contradiction_has_its_reading() -> None:
    both = american().pack.readings | indonesian().pack.readings
    assert {f"A{n}" for n in range(1, 30)} <= set(american().pack.readings)
    assert {f"G{n}" for n in range(1, 15)} | {"D1", "L1", "L2"} <= set(both)


def test_zones_calendars_and_currencies() -> None:
    assert _place(american()) == ("America/Los_Angeles", "US", "USD")
    assert _place(indonesian()) == ("Asia/Jakarta", "ID", "IDR")


def _place(found: Policy) -> tuple[str, str, str]:
    assert found.calendar.zone == found.pack.zone
    return found.calendar.zone, found.calendar.market, found.pack.currency


def windows() -> Iterator[tuple[Policy, str, str | None]]:
    """Every window of the law's first table, for both packs."""
    for pack, expected in ((american(), US_WINDOWS), (indonesian(), ID_WINDOWS)):
        for name, window in expected.items():
            yield pack, name, window


@pytest.mark.parametrize(("pack", "name", "window"), list(windows()), ids=str)
def test_a_window_is_as_long_as_the_law_says(pack, name, window) -> None:
    found = getattr(pack.windows, name).window
    assert (None if found is None else str(found)) == window


@pytest.mark.parametrize(("pack", "filing"), [(american, US_FILING), (indonesian, ID_FILING)], ids=["US", "ID"])
def test_a_request_is_filed_within_its_scenarios_window(pack, filing) -> None:
    table = pack().filing
    for scenario, expected in filing.items():
        row = table.decide({"scenario": scenario, "durable": False, "undelivered": False}).row
        assert row is not None
        assert (row.then.anchor, str(row.then.window)) == expected, scenario


def test_indonesian_durables_have_six_months() -> None:
    row = indonesian().filing.decide({"scenario": "quality", "durable": True}).row
    assert row is not None
    assert (row.then.anchor, str(row.then.window)) == ("delivered_at", "6 months")


def test_limits_and_what_an_appeal_does() -> None:
    for pack in (american(), indonesian()):
        assert pack.limits.disputes_per_line.value == 2
        assert pack.limits.appeals_per_decision.value == 1
        assert pack.limits.reclassifications.value == 1
        assert pack.pack.appeals.suspends_performance.value is False
        assert pack.pack.appeals.success_pays.value == "platform"
        assert pack.pack.counterfeit.keep_until_irrevocable.value is True
        assert (pack.pack.patterns.buyers.value, pack.pack.patterns.percent_of_orders.value) == (5, 30)
    assert indonesian().pack.appeals.further_dispute_suspends_deduction.value is True
    assert american().pack.appeals.further_dispute_suspends_deduction.value is False


def test_the_burden_lies_on_the_seller_in_the_us_and_on_the_buyer_in_indonesia() -> None:
    for pack, bearer in ((american(), "seller"), (indonesian(), "buyer")):
        by_scenario = {s: burden.bears for burden in pack.pack.burden for s in burden.scenarios}
        assert {by_scenario[s] for s in ("inconsistent", "counterfeit", "quality")} == {bearer}


@pytest.mark.parametrize("name", ["dispute_cap", "decision", "remedy", "return_shipment", "reply", "ship_back"])
def test_a_window_the_us_text_lacks_is_marked_as_our_reading(name) -> None:
    assert getattr(american().windows, name).status == "reading"


@pytest.mark.parametrize("name", ["seller_answer", "open_dispute", "seller_evidence", "appeal"])
def test_a_window_the_us_text_states_is_marked_as_source(name) -> None:
    assert getattr(american().windows, name).status == "source"


@pytest.mark.parametrize("name", ["carrier_evidence", "appeal", "reply", "ship_back"])
def test_a_window_the_indonesian_text_lacks_is_marked_as_our_reading(name) -> None:
    assert getattr(indonesian().windows, name).status == "reading"


def test_intake_has_three_conditions_and_seven_grounds_and_ours_for_what_no_scenario_covers() -> None:
    for pack in (american(), indonesian()):
        intake = pack.pack.eligibility
        assert [g.check for g in intake.accept] == [
            "verified_buyer", "valid_transaction", "in_time_after_refusal",
        ]  # fmt: skip
        assert [g.check for g in intake.refuse] == [
            "acceptance_period", "verified_buyer", "withdrawn", "valid_transaction", "request_running",
            "dispute_limit", "already_resolved", "disputable_reason",
        ]  # fmt: skip
        assert intake.refuse[-1].status == "reading"
    grounds = american().pack.eligibility
    first = [next(c for c in g.clauses if c in US_CLAUSES[12:22]) for g in (*grounds.accept, *grounds.refuse[:-1])]
    assert first == US_CLAUSES[12:22]


def test_every_rule_the_law_cites_by_name_has_clauses_in_both_packs() -> None:
    cited = set(_rules_cited())
    assert {"dispute.open", "proceedings.report"} <= cited
    for pack in (american(), indonesian()):
        assert cited <= set(pack.pack.rule_clauses), pack


def _rules_cited() -> Iterator[str]:
    for path in sorted((PACKS.parent / "law").glob("*.py")):
        for part in path.read_text().split('rule_clauses.get("')[1:]:
            yield part.split('"')[0]


def test_a_sound_pack_has_no_faults_in_the_pure_check_either() -> None:
    assert [faults(p.pack) for p in installed().policies] == [[], []]
