"""What events about the record itself change of a case: its files, what of them is covered, holds and erasure.

Part of became.py, which lists them with the others. Total; never refuses. Clauses: none of its own.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from amends.law import case as c
from amends.law import events as e
from amends.law.case import Case

Changes = dict[str, Any]


def file_noted(case: Case, event: e.FileNoted) -> Changes:
    """The file's state as the house says; one that had been missing came late."""

    def noted(item: c.Evidence, file: c.File) -> c.Evidence:
        late = item.late or (event.late and file.state == "missing")
        return replace(item, file=replace(file, state=event.state, why=event.why), late=late)

    return {"evidence": _with_files(case, event.evidence, noted)}


def file_missing(case: Case, event: e.FileMissing) -> Changes:
    """The promised file did not come."""

    def missed(item: c.Evidence, file: c.File) -> c.Evidence:
        return replace(item, file=replace(file, state="missing"))

    return {"evidence": _with_files(case, event.evidence, missed)}


def _with_files(
    case: Case, ids: tuple[str, ...], change: Callable[[c.Evidence, c.File], c.Evidence]
) -> tuple[c.Evidence, ...]:
    return tuple(change(x, x.file) if x.id in ids and x.file is not None else x for x in case.evidence)


def redacted(case: Case, event: e.EvidenceRedacted) -> Changes:
    """More is covered."""
    covered = (replace(x, redactions=x.redactions + event.areas) if x.id == event.evidence_id else x
               for x in case.evidence)  # fmt: skip
    return {"evidence": tuple(covered)}


def held(case: Case, event: e.LegalHoldPlaced) -> Changes:
    """The hold stands."""
    return {"holds": (*case.holds, c.Hold(event.at, event.actor.id, event.statement))}


def hold_lifted(case: Case, event: e.LegalHoldLifted) -> Changes:
    """The hold is over."""
    lifted = replace(case.holds[-1], lifted_at=event.at, lifted_by=event.actor.id, lift_statement=event.statement)
    return {"holds": (*case.holds[:-1], lifted)}


def erased(case: Case, event: e.PersonalDataErased) -> Changes:
    """These parties' data is gone."""
    return {"erased": (*case.erased, *event.subjects), "erased_at": event.at}
