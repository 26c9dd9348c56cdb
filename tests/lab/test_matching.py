"""What is written matches what is shown key by key, and a difference is found wherever it is."""

from datetime import UTC, date, datetime

import pytest

from amends.lab.matching import differences

SHOWN = {
    "stage": "agreed",
    "paid": {"amount": 4000, "currency": "USD"},
    "return": None,
    "late": False,
    "revision": 1,
    "policy": {"edition": "2025-11-11"},
    "remedies": [{"kind": "refund", "due_at": "2025-11-21T08:00:00Z"}, {"kind": "return_label", "due_at": None}],
    "clauses": ["US-37", "US-39"],
}


@pytest.mark.parametrize(
    "expected",
    [
        {"stage": "agreed"},
        {"paid": 4000},
        {"paid": {"currency": "USD"}},
        {"return": None, "late": False},
        {"policy": {"edition": date(2025, 11, 11)}},
        {"remedies": [{"kind": "refund"}, {}]},
        {"remedies": [{"due_at": datetime(2025, 11, 21, 8, tzinfo=UTC)}, {"due_at": None}]},
        {"remedies": [{"due_at": "2025-11-21T00:00:00-08:00"}, {}]},
        {"clauses": ["US-39"]},
        {},
    ],
)
def test_what_is_so_matches(expected: dict[str, object]):
    assert list(differences(expected, SHOWN)) == []


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"stage": "refused"}, 'stage: expected "refused", was "agreed"'),
        ({"paid": 4001}, 'paid: expected 4001, was {"amount":4000,"currency":"USD"}'),
        ({"paid": {"currency": "IDR"}}, 'paid.currency: expected "IDR", was "USD"'),
        ({"return": {}}, "return: expected {}, was null"),
        ({"late": 0}, "late: expected 0, was false"),
        ({"revision": True}, "revision: expected true, was 1"),
        ({"remedies": [{"kind": "refund"}]}, "remedies: expected 1 of them, was 2"),
        ({"remedies": [{"kind": "return_label"}, {}]}, 'remedies[1].kind: expected "return_label", was "refund"'),
        ({"remedies": {}}, "remedies: expected {}, was ["),
        ({"stage": []}, 'stage: expected [], was "agreed"'),
        ({"clauses": ["US-1"]}, 'clauses: expected ["US-1"] among them, was ["US-37","US-39"]'),
        ({"stagee": 1}, "stagee: expected 1, was no such key; the nearest right one is 'stage'"),
    ],
)
def test_what_is_not_so_is_named_with_its_place(expected: dict[str, object], said: str):
    [difference] = differences(expected, SHOWN)
    assert str(difference).startswith(said)
