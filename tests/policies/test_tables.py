"""What the tables mean, said a second time as plain sentences in code: both must agree on every possible input."""

from itertools import product
from typing import Any

import pytest

from amends.law.policy import COLUMNS, Policy
from amends.store.policies import installed

BOTH = installed().policies
GOODS = ("inconsistent", "counterfeit", "quality")
PLATFORM = ("ship_by_platform", "fulfilled_by_platform")


def inputs(table: str) -> list[dict[str, Any]]:
    """Every combination of the values of a table's columns."""
    columns = COLUMNS[table]
    return [dict(zip(columns, values, strict=True)) for values in product(*columns.values())]


def decided(compiled: Any, values: dict[str, Any]) -> Any:
    """What the table says; there is exactly one row for every input."""
    row = compiled.decide(values).row
    assert row is not None, values
    return row.then


def american_outcome(f: dict[str, Any]) -> str:
    """Seller's burden: an open question is decided for the buyer, save for delay, which must be shown."""
    match f["scenario"]:
        case "delayed":
            return "buyer" if f["claim"] == "proved" and _delay_answered_for(f) else "seller"
        case "lost":
            return _lost(f)
        case "damaged" if f["claim"] == "proved":
            return _damaged(f)
        case "damaged" if f["fault"] == "buyer":
            return "seller"
    return "seller" if f["claim"] == "not_shown" or f["rebuttal"] == "credible" else "buyer"


def indonesian_outcome(f: dict[str, Any]) -> str:
    """Buyer's burden: what is not proved is decided for the seller, save for loss, which nobody can prove."""
    if f["scenario"] == "lost":
        return _lost(f)
    if f["claim"] != "proved":
        return "seller"
    if f["scenario"] == "delayed":
        return "buyer" if _delay_answered_for(f) else "seller"
    if f["scenario"] == "damaged":
        return _damaged(f)
    return "seller" if f["rebuttal"] == "credible" else "buyer"


def _delay_answered_for(f: dict[str, Any]) -> bool:
    if f["fulfilment"] in PLATFORM:
        return f["fault"] != "buyer"
    return f["fault"] in ("seller", "carrier", "platform")


def _lost(f: dict[str, Any]) -> str:
    return "seller" if f["delivered_to_right_address"] or f["fault"] == "buyer" else "buyer"


def _damaged(f: dict[str, Any]) -> str:
    """Proved damage: the seller wins only if the buyer did it, or, shipping himself, by an intact arrival."""
    if f["fault"] == "buyer":
        return "seller"
    intact = f["fulfilment"] == "ship_by_seller" and f["fault"] == "none" and f["rebuttal"] == "credible"
    return "seller" if intact else "buyer"


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("tiktok-shop-us@2025-11-11", american_outcome), ("tokopedia-id@2025-07-02", indonesian_outcome)],
)
def test_findings_lead_to_the_outcome_the_policy_means(name, outcome) -> None:
    policy = installed().named(name)
    assert policy is not None
    for found in inputs("decision"):
        assert decided(policy.decision, found).outcome == f"{outcome(found)}_favour", found


@pytest.mark.parametrize("policy", BOTH, ids=str)
def test_a_buyer_who_wins_is_never_at_fault_and_a_seller_at_fault_never_wins(policy: Policy) -> None:
    for found in inputs("decision"):
        then = decided(policy.decision, found)
        assert then.fault != ("buyer" if then.outcome == "buyer_favour" else "seller"), found


def expected_remedies(f: dict[str, Any]) -> list[str]:
    """A fake is never sent back, a lost thing cannot be, the rest as the buyer wanted it."""
    if f["outcome"] != "buyer_favour":
        return ["partial_refund"] if f["outcome"] == "split" else []
    scenario, wanted = f["scenario"], f["wanted"]
    if scenario == "counterfeit":
        return ["refund", "discard_item"]
    if wanted == "partial_refund":
        return ["partial_refund"]
    if scenario != "delayed" and wanted in ("replacement", "resend_missing"):
        return [wanted if scenario == "inconsistent" else "replacement"]
    goes_back = f["returnable"] and scenario != "lost"
    return ["return_label", "refund_after_return"] if goes_back else ["refund"]


@pytest.mark.parametrize("policy", BOTH, ids=str)
def test_remedies_follow_what_was_wanted_and_what_can_go_back(policy: Policy) -> None:
    for found in inputs("remedies"):
        assert [order.kind for order in decided(policy.remedies, found).order] == expected_remedies(found), found


@pytest.mark.parametrize("policy", BOTH, ids=str)
def test_only_the_buyer_discards_and_all_else_is_owed_by_recourse(policy: Policy) -> None:
    for row in policy.pack.remedies:
        for order in row.then.order:
            assert order.owner == ("buyer" if order.kind == "discard_item" else None)


def expected_recourse(f: dict[str, Any]) -> tuple[str, str, bool]:
    """Who pays first, who bears, whether the carrier is heard: the liability matrix of domain.md 7.3."""
    if f["scenario"] in GOODS:
        mispick = f["scenario"] == "inconsistent" and f["fulfilment"] == "fulfilled_by_platform"
        own = mispick and f["fault"] == "platform"
        return ("platform", "platform", False) if own else ("seller", "seller", False)
    if f["fulfilment"] == "ship_by_seller":
        return ("platform", "platform", False) if f["fault"] == "platform" else ("seller", "seller", False)
    bearer = {"platform": "platform", "buyer": "platform", "seller": "seller"}.get(f["fault"], "carrier")
    if f["scenario"] == "damaged" and f["fault"] == "none" and not f["intact_at_handover"]:
        bearer = "seller"
    return "platform", bearer, bearer == "carrier"


@pytest.mark.parametrize("policy", BOTH, ids=str)
def test_recourse_follows_the_liability_matrix(policy: Policy) -> None:
    for found in inputs("recourse"):
        then = decided(policy.recourse, found)
        assert (then.pays, then.bearer, then.awaits_carrier) == expected_recourse(found), found


@pytest.mark.parametrize("policy", BOTH, ids=str)
def test_return_risk_is_shared_only_without_deceit_and_for_minor_faults(policy: Policy) -> None:
    for found in inputs("return_risk"):
        then = decided(policy.return_risk, found)
        shared = (found["scenario"] == "inconsistent" and not found["deceptive"]) or (
            found["scenario"] == "quality" and found["severity"] == "minor"
        )
        other = "buyer" if shared else "seller"
        assert (then.breakage, then.damage, then.loss) == ("seller", other, other), found


@pytest.mark.parametrize("policy", BOTH, ids=str)
@pytest.mark.parametrize(
    ("party", "scenario", "more", "types"),
    [
        ("buyer", "quality", {"reason": "allergy", "cosmetic": True}, {"medical_certificate"}),
        ("buyer", "quality", {"reason": "allergy", "cosmetic": False}, set()),
        ("seller", "counterfeit", {}, {"commercial_invoice", "supplier_contract", "authority_certificate",
                                       "test_report"}),
        ("seller", "quality", {}, {"commercial_invoice", "supplier_contract", "test_report"}),
        ("seller", "lost", {}, {"proof_of_delivery", "delivery_signature", "tracking"}),
        ("carrier", "lost", {}, set()),
    ],
)  # fmt: skip
def test_who_must_bring_what(policy, party, scenario, more, types) -> None:
    facts = {"party": party, "scenario": scenario, "visibility": "visible", "fulfilment": "ship_by_seller"}
    applied = {row.row for row in policy.checklist.decide(facts | {"cosmetic": False} | more).trace if row.applied}
    lines = [item for row in policy.pack.checklist if row.id in applied for item in row.then.items]
    required = [set(item.types) for item in lines if item.required]
    assert types in required if types else {"medical_certificate"} not in required
    assert lines


@pytest.mark.parametrize("policy", BOTH, ids=str)
def test_a_medical_certificate_is_for_staff_only(policy: Policy) -> None:
    assert policy.pack.privacy.staff_only == ("medical_certificate",)
    assert policy.pack.privacy.rule.value is True
