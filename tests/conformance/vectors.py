"""Where the published vectors lie: AMENDS_CONFORMANCE_DATA, or shared/data/conformance beside the project."""

import base64
import json
import os
from pathlib import Path
from typing import Any

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data" / "conformance"
FOLDER = Path(os.environ.get("AMENDS_CONFORMANCE_DATA", BESIDE))
WHY = f"the published vectors are not at {FOLDER}; name their folder in AMENDS_CONFORMANCE_DATA"


def those_of(*parts: str) -> list[Path]:
    """Every vector below a folder, in order; empty when there is none."""
    return sorted(FOLDER.joinpath(*parts).rglob("*.json"))


def named(path: Path) -> str:
    """What a vector is called in a report."""
    return str(path.relative_to(FOLDER).with_suffix(""))


def read(path: Path) -> Any:
    """What a vector says."""
    return json.loads(path.read_text())


def raw(text: str | None) -> bytes:
    """The bytes of a base64 field; absent ones are empty."""
    return base64.b64decode(text or "")


def proof(vector: Any) -> list[bytes]:
    """The hashes of a vector's proof."""
    return [raw(each) for each in vector["proof"] or ()]
