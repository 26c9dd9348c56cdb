"""The benchmarks that need no server run to their end and say what they found. How fast is not asked here."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import ROOMS, main
from benchmarks.report import Budget


def test_law_and_replay_print_a_table_and_write_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    figures = tmp_path / "figures.json"
    assert main(["law", "replay", "--quick", "--json", str(figures)]) == 0
    said, found = capsys.readouterr().out, json.loads(figures.read_text())
    assert [report["name"] for report in found["reports"]] == ["law", "replay"]
    for report in found["reports"]:
        assert report["title"] in said
        assert all(len(row) == len(report["heads"]) for row in report["rows"])
        assert all(budget["figure"] > 0 for budget in report["budgets"])
    assert found["machine"]["cores"] >= 1


def test_an_unknown_name_is_told_the_known_ones(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(["hings"])
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ROOMS)


@pytest.mark.parametrize(
    ("sense", "figure", "met"),
    [("at least", 8.0, True), ("at least", 7.9, False), ("at most", 8.0, True), ("at most", 8.1, False)],
)
def test_a_budget_is_met_up_to_its_bound(sense: str, figure: float, met: bool):
    budget = Budget("speed", figure, 8.0, "a second", sense)
    assert budget.met is met
    assert str(budget).startswith("met" if met else "missed")
