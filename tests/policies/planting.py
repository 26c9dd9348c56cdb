"""A pack with one mistake in it: the file to check and the line the mistake is on."""

from pathlib import Path

from amends.store.policies import Finding, check_file

PACKS = Path(__file__).parents[2] / "src" / "amends" / "policies"
US = PACKS / "tiktok-shop-us" / "2025-11-11.yaml"
ID = PACKS / "tokopedia-id" / "2025-07-02.yaml"


class Planted:
    """A copy of a pack with the first `old` (after `after`, when given) replaced by `new`."""

    def __init__(self, folder: Path, old: str, new: str, after: str = "", pack: Path = US) -> None:
        text = pack.read_text()
        start = text.index(old, text.index(after))
        self.path = folder / "planted.yaml"
        self.path.write_text(text[:start] + new + text[start + len(old) :])
        self.line = text[:start].count("\n") + 1

    def findings(self) -> list[Finding]:
        """What the check says of it."""
        return check_file(self.path)

    def messages(self) -> list[str]:
        """What the check says of the planted line."""
        return [finding.message for finding in self.findings() if finding.line == self.line]
