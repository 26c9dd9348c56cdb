"""The lock file pins everything by version and hash, and says nothing about where it came from."""

import re
import tomllib

from tests.architecture.sources import ROOT

LOCK = "requirements.lock"
REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)")


def requirements(text: str) -> dict[str, str]:
    """Normalised name → the requirement's whole block, hashes included."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    return {_normalised(re.split(r"[=<>~!;\[ @]", block, maxsplit=1)[0]): block for block in blocks}


def unpinned(text: str) -> list[str]:
    """Names of requirements without an exact version or without a hash."""
    return [
        name
        for name, block in requirements(text).items()
        if not REQUIREMENT.match(block) or "--hash=sha256:" not in block
    ]


def addresses(text: str) -> list[str]:
    """Lines that name a place on a network or on a disk."""
    return [line for line in text.splitlines() if re.search(r"://|--(extra-)?index-url|--find-links|(^|\s)/", line)]


def test_every_requirement_is_pinned_and_hashed():
    assert not unpinned((ROOT / LOCK).read_text())


def test_the_lock_names_no_address():
    assert not addresses((ROOT / LOCK).read_text())


def test_the_lock_covers_what_pyproject_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for extra in project["project"]["optional-dependencies"].values():
        asked += extra
    names = {_normalised(re.split(r"[=<>~!;\[ ]", line, maxsplit=1)[0]) for line in asked}
    missing = names - requirements((ROOT / LOCK).read_text()).keys()
    assert not missing, f"run `make lock`: {sorted(missing)} not in {LOCK}"


def test_a_loose_or_located_requirement_is_caught():
    assert unpinned("msgspec>=0.19\n") == ["msgspec"]
    assert unpinned("msgspec==0.19\nattrs==1 \\\n    --hash=sha256:00") == ["msgspec"]
    assert addresses("msgspec @ https://example.org/msgspec.whl\n")
    assert addresses("--index-url https://example.org/simple\n")
    assert addresses("    # via -r /home/alice/requirements.in\n")


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
