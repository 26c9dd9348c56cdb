"""Which policies there are: the packs that come with the package and those a marketplace adds.

Packs are files `policies/PACK/EDITION.yaml`, data only: read by store/pack_file.py, checked by law/check.py.
A catalogue never changes and holds sound packs only: any other file stops the start, with its faulty lines.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path

from amends.law import policy as law
from amends.law.calendar import zone_of
from amends.law.check import Fault, faults
from amends.law.policy import Pack, Policy
from amends.store.calendars import calendar
from amends.store.pack_file import Finding, PackFile
from amends.store.policy_pages import show

__all__ = ["Catalogue", "Finding", "PolicyFault", "check_file", "installed", "load", "show"]


FEW = 12


class PolicyFault(ValueError):
    """Packs that cannot be used; the message is one `file:line: what is wrong` a line."""


class Catalogue:
    """Every policy at hand. Two packs may not share a market, nor two files an edition."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.policies = tuple(sorted(policies, key=lambda policy: policy.name))
        self._named = {policy.name: policy for policy in self.policies}
        self._markets: dict[str, list[Policy]] = {}
        for policy in sorted(self.policies, key=lambda policy: policy.pack.in_force_from):
            self._markets.setdefault(policy.pack.market, []).append(policy)

    @classmethod
    def open(cls, extra: Sequence[Path] = ()) -> "Catalogue":
        """The installed packs and those of `extra` files and folders; PolicyFault if any cannot be used."""
        if not extra:
            return installed()
        added = [load(path) for path in _pack_paths(extra)]
        policies = (*installed().policies, *added)
        _refuse_clashes(policies)
        return cls(policies)

    def get(self, pack: str, edition: str) -> Policy | None:
        """One edition of one pack."""
        return self._named.get(f"{pack}@{edition}")

    def named(self, name: str) -> Policy | None:
        """The policy called `PACK@EDITION`."""
        return self._named.get(name)

    def of_market(self, market: str) -> tuple[Policy, ...]:
        """The editions of the market's pack, oldest first."""
        return tuple(self._markets.get(market, ()))

    def in_force(self, market: str, at: datetime) -> Policy | None:
        """The edition in force in `market` at an instant, or None."""
        return law.in_force(self._markets.get(market, []), at)


@cache
def installed() -> Catalogue:
    """The packs that come with the package, read once."""
    root = Path(str(files("amends") / "policies"))
    return Catalogue(load(path) for path in sorted(root.glob("*/*.yaml")))


def load(path: Path) -> Policy:
    """The policy in one file, with its market's calendar; PolicyFault when it is not sound."""
    file, findings = _examine(path)
    if findings or file.pack is None:
        raise PolicyFault("\n".join(f"{path}:{finding.line}: {finding.message}" for finding in findings))
    return Policy(file.pack, calendar(file.pack.calendar, file.pack.zone))


def check_file(path: Path) -> list[Finding]:
    """What is wrong with a pack file, by line; empty when it is sound."""
    return _examine(path)[1]


def _examine(path: Path) -> tuple[PackFile, list[Finding]]:
    """The file read; tables and citations are looked at once its shape is right."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        return PackFile(""), [Finding(1, f"this file cannot be read: {fault.strerror}")]
    except UnicodeDecodeError as fault:
        return PackFile(""), [Finding(1, f"this is not UTF-8 text: {fault.reason} at byte {fault.start}")]
    file = PackFile(text)
    if file.pack is None:
        return file, sorted(file.findings)
    found = [Finding(file.line_of(fault.path), _said(fault)) for fault in faults(file.pack)]
    found += [Finding(file.line_of((key,)), message) for key, message in _unknown_places(file.pack)]
    return file, sorted(found)


def _said(fault: Fault) -> str:
    """The fault's sentence, with the nearest known name, or all of them if they are few."""
    if near := get_close_matches(fault.given, fault.known, 1):
        return f"{fault.message}; did you mean {near[0]!r}?"
    return f"{fault.message}; there is {', '.join(fault.known)}" if 0 < len(fault.known) <= FEW else fault.message


def _unknown_places(pack: Pack) -> list[tuple[str, str]]:
    """Zone and calendar are names that only this machine's data can confirm."""
    found = []
    try:
        zone_of(pack.zone)
    except (LookupError, ValueError, OSError):
        found.append(("zone", f"zone: {pack.zone!r} is no IANA time zone; write for example Asia/Jakarta"))
    try:
        calendar(pack.calendar, pack.zone)
    except LookupError as fault:
        found.append(("calendar", f"calendar: {fault}"))
    return found


def _pack_paths(places: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += sorted(place.rglob("*.yaml"))
        elif place.is_file():
            found.append(place)
        else:
            raise PolicyFault(f"{place}:1: there is no such file or folder of policies")
    return found


def _refuse_clashes(policies: Sequence[Policy]) -> None:
    names: set[str] = set()
    owners: dict[str, str] = {}
    for policy in policies:
        pack = policy.pack
        if policy.name in names:
            raise PolicyFault(f"{policy.name}: two files hold this edition; give one another edition")
        if (owner := owners.setdefault(pack.market, pack.pack)) != pack.pack:
            raise PolicyFault(f"{policy.name}: market {pack.market!r} already has the pack {owner!r}; "
                              "give this one its own market")  # fmt: skip
        names.add(policy.name)
