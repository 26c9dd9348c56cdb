"""`python -m amends.lab.generate [--check]`: the pages of docs/reference, written from law, packs and cases.

Nothing in them is written by hand; `--check` names every page that is no longer what the code says and exits 1.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from amends.lab import pages_of_cases, pages_of_law, pages_of_policies
from amends.lab.case_book import CaseBook, read_book
from amends.lab.lined_yaml import FileFault
from amends.store.policies import Catalogue, PolicyFault, installed

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = Path("docs/reference")
OPENAPI = Path("docs/openapi.json")
NOTE = "<!-- Written by `make docs` from the law, the policy packs and the worked cases. Change those instead. -->\n\n"


def pages(catalogue: Catalogue, book: CaseBook) -> dict[Path, str]:
    """Every page by its path under the repository, as it should be."""
    written = {
        "state-diagram.md": pages_of_law.state_diagram(book),
        "moves.md": pages_of_law.moves(catalogue),
        "refusals.md": pages_of_law.refusals(book),
        "clause-index.md": pages_of_policies.clause_index(catalogue, book),
        "case-book.md": pages_of_cases.case_book(book),
    }
    for policy in catalogue.policies:
        written[f"{policy.pack.pack}-{policy.pack.edition}.md"] = pages_of_policies.policy(policy)
    written["README.md"] = _contents(written)
    return {REFERENCE / name: NOTE + text.rstrip() + "\n" for name, text in written.items()}


def stale(wanted: dict[Path, str], root: Path) -> list[Path]:
    """The pages that are missing, differ, or should not be there."""
    wrong = [path for path, text in wanted.items() if not (root / path).is_file() or (root / path).read_text() != text]
    there = {path.relative_to(root) for path in (root / REFERENCE).glob("*.md")}
    return sorted(wrong + [path for path in there if path not in wanted])


def main(arguments: Sequence[str] = tuple(sys.argv[1:]), root: Path = ROOT) -> int:
    """Write the pages, or with `--check` say which are stale."""
    if unknown := [argument for argument in arguments if argument != "--check"]:
        print(f"unknown argument {unknown[0]!r}; this takes --check or nothing", file=sys.stderr)
        return 2
    try:
        wanted = pages(installed(), read_book(root / "cases", installed()))
        wanted[OPENAPI] = openapi()
    except (FileFault, PolicyFault, RuntimeError) as fault:
        print(fault, file=sys.stderr)
        return 2
    wrong = stale(wanted, root)
    if "--check" in arguments:
        for path in wrong:
            print(f"{path} is stale: run `make docs` and commit what it changes")
        return 1 if wrong else 0
    for path in wrong:
        if path in wanted:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(wanted[path])
        else:
            (root / path).unlink()
        print(path)
    print(f"{len(wrong)} pages written, {len(wanted) - len(wrong)} were as they should be")
    return 0


def openapi() -> str:
    """The OpenAPI document as the command line prints it; a process of its own, for the lab knows no door."""
    said = subprocess.run([sys.executable, "-m", "amends.cli", "openapi"], capture_output=True, text=True, check=False)
    if said.returncode:
        raise RuntimeError(f"`amends openapi` failed: {said.stderr.strip().splitlines()[-1:]}")
    return said.stdout


def _contents(written: dict[str, str]) -> str:
    lines = ["# Reference", ""]
    for name, text in sorted(written.items()):
        lines.append(f"- [{text.splitlines()[0].removeprefix('# ')}]({name})")
    lines.append("- [The HTTP interface, OpenAPI 3.1](../openapi.json)")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
