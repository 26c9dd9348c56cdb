"""The reference is what the code says: a page that is stale, missing or left over is named, and written again."""

from pathlib import Path

import pytest

from amends.lab import generate
from amends.lab.case_book import read_book
from amends.lab.lined_yaml import FileFault
from amends.store.policies import installed
from tests.lab.writing import HEAD, REQUEST, case_file

SILENT = "- {at: 2025-11-19T00:00:02-08:00, then: {stage: agreed}}\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one worked case; the OpenAPI document is a short one."""
    monkeypatch.setattr(generate, "openapi", lambda: '{"openapi": "3.1.0"}\n')
    chapter = tmp_path / "cases" / "1-request"
    chapter.mkdir(parents=True)
    case_file(chapter, HEAD + REQUEST + SILENT, "silent.yaml")
    return tmp_path


def test_pages_are_written_once_and_then_fresh(root: Path, capsys: pytest.CaptureFixture[str]):
    assert generate.main(["--check"], root) == 1
    assert generate.main([], root) == 0
    assert generate.main(["--check"], root) == 0
    capsys.readouterr()
    assert generate.main([], root) == 0
    assert capsys.readouterr().out.startswith("0 pages written")


@pytest.mark.parametrize("change", ["edited", "gone", "left over"])
def test_a_stale_page_is_named(root: Path, capsys: pytest.CaptureFixture[str], change: str):
    generate.main([], root)
    page = root / generate.REFERENCE / "moves.md"
    match change:
        case "edited":
            page.write_text(page.read_text() + "by hand\n")
        case "gone":
            page.unlink()
        case "left over":
            page = page.with_name("old.md")
            page.write_text("# An old page\n")
    capsys.readouterr()
    assert generate.main(["--check"], root) == 1
    assert capsys.readouterr().out == f"{page.relative_to(root)} is stale: run `make docs` and commit what it changes\n"
    assert generate.main([], root) == 0
    assert generate.main(["--check"], root) == 0


def test_a_stale_openapi_document_is_named(root: Path, capsys: pytest.CaptureFixture[str]):
    generate.main([], root)
    (root / generate.OPENAPI).write_text("{}")
    capsys.readouterr()
    assert generate.main(["--check"], root) == 1
    assert capsys.readouterr().out.startswith("docs/openapi.json is stale")


def test_a_case_that_does_not_go_as_written_stops_the_reference(root: Path, capsys: pytest.CaptureFixture[str]):
    case_file(root / "cases" / "1-request", HEAD + REQUEST + SILENT.replace("agreed", "refused"), "silent.yaml")
    assert generate.main([], root) == 2
    assert "then stage" in capsys.readouterr().err
    assert not (root / generate.REFERENCE).exists()


def test_an_unknown_argument_is_refused(root: Path, capsys: pytest.CaptureFixture[str]):
    assert generate.main(["--chek"], root) == 2
    assert "unknown argument '--chek'" in capsys.readouterr().err


def test_the_pages_say_what_the_case_shows(root: Path):
    pages = generate.pages(installed(), read_book(root / "cases", installed()))
    said = {path.name: text for path, text in pages.items()}
    assert "awaiting_seller --> agreed: silence" in said["state-diagram.md"]
    assert "- `withdraw` to `withdrawn`" in said["state-diagram.md"]
    assert "Tue 18 Nov 2025" not in said["case-book.md"]
    assert "2. Wed 19 Nov 2025 00:00:02. Then stage agreed." in said["case-book.md"]
    line = next(line for line in said["clause-index.md"].splitlines() if line.startswith("| US-39 "))
    assert "`windows.seller_answer`" in line
    assert "[A seller who stays silent has approved](case-book.md#a-seller-who-stays-silent-has-approved)" in line


def test_a_faulty_book_names_its_faults(root: Path):
    case_file(root / "cases" / "1-request", "title: Nothing\n", "nothing.yaml")
    with pytest.raises(FileFault, match="a worked case needs 'policy'"):
        read_book(root / "cases", installed())
