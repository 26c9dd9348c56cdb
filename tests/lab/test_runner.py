"""The runner says no wherever a case does not go as written, and yes only where it does."""

from pathlib import Path

import pytest

from amends.lab.runner import run_paths
from tests.lab.writing import HEAD, REQUEST, case_file, failures, told

SILENT = "{at: 2025-11-19T00:00:02-08:00, then: {stage: agreed}}"


def test_silence_approves_two_seconds_after_the_end(tmp_path: Path):
    assert failures(tmp_path, "{at: 2025-11-19T00:00:01-08:00, then: {stage: awaiting_seller}}", SILENT) == []


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (SILENT.replace("agreed", "refused"), 'then stage: expected "refused", was "agreed"'),
        ("{at: 2025-11-17T09:00:00-08:00, as: seller, do: approve_request, expect: {refused: window_closed}}",
         "seller approve_request: expected refused window_closed, was accepted"),
        ("{at: 2025-11-17T09:00:00-08:00, as: buyer, do: open_dispute}",
         "buyer open_dispute: expected accepted, was refused seller_has_not_refused"),
        ("{at: 2025-11-17T09:00:00-08:00, as: buyer, do: open_dispute, expect: {refused: request_open}}",
         "buyer open_dispute: expected refused request_open, was refused seller_has_not_refused"),
        ("{at: 2025-11-17T09:00:00-08:00, as: buyer, do: open_dispute, "
         "expect: {refused: seller_has_not_refused, clauses: [US-1]}}",
         "buyer open_dispute: expected clauses US-1 among those cited"),
        ("{at: 2025-11-17T09:00:00-08:00, as: seller, do: report_remedy, with: {remedy_id: first}}",
         "there is no first of remedies: the case has 0"),
    ],
)  # fmt: skip
def test_a_wrong_expectation_is_caught(tmp_path: Path, step: str, said: str):
    [failure] = failures(tmp_path, step)
    assert failure.startswith(f"case.yaml:8: step 2: {said}")


def test_after_the_first_failure_the_rest_is_left_untold(tmp_path: Path):
    wrong = SILENT.replace("agreed", "refused")
    assert len(failures(tmp_path, wrong, wrong)) == 1


def test_another_buyer_is_somebody_else(tmp_path: Path):
    step = "{at: 2025-11-17T09:00:00-08:00, as: 'buyer:B9', do: withdraw, expect: {refused: not_your_case}}"
    assert failures(tmp_path, step) == []


def test_ids_are_found_first_last_and_by_number(tmp_path: Path):
    approve = "{at: 2025-11-17T09:00:00-08:00, as: seller, do: approve_request}"
    for reference in ("first", "last", "1", "r1"):
        pay = f"{{at: 2025-11-17T10:00:00-08:00, as: operator, do: confirm_payment, with: {{remedy_id: {reference}, " \
              "reference: P1}, then: {stage: closed}}"  # fmt: skip
        assert failures(tmp_path, approve, pay) == []
    assert "no 2 of remedies" in failures(tmp_path, approve, pay.replace("r1", "2"))[0]


def test_evidence_given_by_its_type_gets_content(tmp_path: Path):
    step = "{at: 2025-11-17T09:00:00-08:00, as: seller, do: reject_request, " \
           "with: {statement: Never, evidence: [{type: photo_of_packing}]}, then: {evidence: [{party: seller, " \
           "text: 'Photo of packing, as told in this story'}]}}"  # fmt: skip
    assert failures(tmp_path, step) == []


def test_before_the_first_request_the_case_is_unopened(tmp_path: Path):
    assert failures(tmp_path, "{at: 2025-11-14T15:00:00-08:00, then: {stage: unopened}}", head=HEAD) == []


def test_a_case_walks_through_its_stages(tmp_path: Path):
    walks = told(tmp_path, SILENT).market.walks  # type: ignore[attr-defined]  # in memory
    assert {(walk.before, walk.after, walk.command) for walk in walks} == {
        ("unopened", "awaiting_seller", "file_request"),
        ("awaiting_seller", "agreed", "lapse"),
    }


def test_the_exit_code_is_one_when_any_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    case_file(tmp_path, HEAD + REQUEST + f"- {SILENT}\n", "good.yaml")
    assert run_paths([tmp_path]) == 0
    case_file(tmp_path, HEAD + REQUEST + f"- {SILENT.replace('agreed', 'refused')}\n", "wrong.yaml")
    assert run_paths([tmp_path]) == 1
    said = capsys.readouterr().out
    assert "wrong.yaml:8: step 2: then stage" in said
    assert "2 worked cases in memory: 1 as written, 1 not" in said


def test_a_file_that_cannot_be_read_fails_the_run_but_not_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    case_file(tmp_path, HEAD + REQUEST, "good.yaml")
    case_file(tmp_path, HEAD.replace("title", "titel") + REQUEST, "torn.yaml")
    assert run_paths([tmp_path]) == 1
    assert "1 worked cases in memory: 1 as written, 0 not, 1 could not be read" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("paths", "url", "said"),
    [
        (["nowhere"], None, "there is no such file or folder"),
        (["."], None, "there are no worked cases"),
        (["good.yaml"], "http://127.0.0.1:9", "--url needs --key"),
    ],
)
def test_what_cannot_begin_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], paths: list[str], url: str | None, said: str
):
    assert run_paths([tmp_path / path for path in paths], url) == 2
    assert said in capsys.readouterr().err


def test_a_server_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    good = case_file(tmp_path, HEAD + REQUEST, "good.yaml")
    assert run_paths([good], "http://127.0.0.1:9", "key") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("http://127.0.0.1:9 does not answer GET /v1/sandbox/clock")
