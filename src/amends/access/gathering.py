"""Gathering: what goes into a case file for one reader, fetched from where it lies, and the file written in one go.

Nothing is waited for here: while the log does not cover the last event yet, or a covered copy is still being drawn,
this says so and the caller asks again. Plain files lie in the quarantine while the archive is made, and nowhere
afterwards.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import BinaryIO

import msgspec
from msgspec import Raw

from amends.access import disclosure, originals, standing, view
from amends.access.disclosure import Disclosed, Kept
from amends.access.sight import Sight
from amends.access.statement import statement
from amends.handle import Hinge, policy_of, secret_of
from amends.law.case import Case, Decision, Evidence
from amends.law.events import AppealDecided, Decided
from amends.media import film_notes
from amends.media.kinds import KINDS
from amends.proof.casefile import Contents, EventLine, Opened, ProofLine, Source, write
from amends.proof.hashes import canonical
from amends.proof.receipt import Receipt
from amends.store import cases, checks, derivatives, log, looks, quarantine, uploads
from amends.store.checks import CheckRow
from amends.store.rows import EventRow, UploadRow
from amends.store.written import decode_event

PRESS_SECONDS = 30
LARGEST_PICTURE = "w1600"


class Behind(Exception):
    """Not everything is there yet; `str()` says what is awaited. Asking again in a moment helps."""


class Gathering:
    """One case file in the making. `reason`: why a member of staff takes the originals along; None leaves them out."""

    def __init__(
        self, hinge: Hinge, marketplace: str, case: Case, sight: Sight, at: datetime, reason: str | None = None
    ) -> None:
        self.hinge, self.marketplace, self.case, self.sight, self.at = hinge, marketplace, case, sight, at
        self.reason = reason if sight.is_staff else None
        self.rows: list[EventRow] = []
        self.files: dict[str, Source] = {}
        self.own_uploads: list[UploadRow] = []

    async def write(self, target: BinaryIO) -> int:
        """Write the case file; its size in bytes. Raises Behind and TooLargeForOne, having written nothing."""
        self.rows = await cases.events_of(self.hinge.db, self.marketplace, self.case.id)
        proofs, checkpoint = await self._proofs()
        with ExitStack() as plain:
            await self._evidence(plain)
            if self.sight.both_sides:
                await self._statements()
            contents = await self._contents(proofs, checkpoint)
            signer = self.hinge.db.signer
            return await asyncio.to_thread(write, target, contents, signer.vkey, signer.sign_note)

    async def _proofs(self) -> tuple[tuple[ProofLine, ...], str]:
        found = await log.proofs_of(self.hinge.db, self.marketplace, self.case.id)
        missing = [row.seq for row in self.rows if row.seq not in found]
        if missing or len(self.rows) != self.case.revision:
            raise Behind("The log does not cover the last event of this case yet.")
        lines = tuple(ProofLine(seq, found[seq].leaf_index, found[seq].hashes) for seq in sorted(found))
        return lines, found[self.rows[-1].seq].checkpoint

    async def _contents(self, proofs: tuple[ProofLine, ...], checkpoint: str) -> Contents:
        policy, signer = policy_of(self.hinge, self.case), self.hinge.db.signer
        secret = await secret_of(self.hinge, self.marketplace)
        given = [signer.receipt(secret, self.case.id, row.seq, row.hash, row.at) for row in self.rows]
        kept = [
            Kept(r.seq, r.hash.hex(), r.prev_hash.hex() if r.prev_hash else None, r.sealed, r.body, r.openings)
            for r in self.rows
        ]
        told = disclosure.disclose(self.sight, kept)
        actor = self.sight.actor
        sent = [signer.upload_receipt(row.upload_id, row.sha256, row.ticket_at) for row in self.own_uploads]
        shown = view.show(self.case, actor, self.at, policy, locale=self.sight.locale)
        return Contents(
            case_id=self.case.id,
            revision=self.case.revision,
            marketplace=self.marketplace,
            made_for=f"{actor.role} {actor.id}",
            made_at=self.at,
            case=msgspec.json.encode(shown),
            events=tuple(_lines(kept, told, given)),
            receipts=tuple(canonical(receipt) for receipt in (*given, *sent)),
            proofs=proofs,
            checkpoint=checkpoint,
            policy_name=policy.name,
            policy=msgspec.json.encode(policy.pack),
            files=self.files,
        )

    async def _statements(self) -> None:
        """A statement of reasons for each decision."""
        issued = _issued(self.rows)
        for decision in self.case.decisions:
            pdf = await _set(self.sight, self.marketplace, decision, issued[decision.number])
            self.files[f"decisions/{decision.number}.{self.sight.locale}.pdf"] = pdf

    async def _evidence(self, plain: ExitStack) -> None:
        """The files of the case, as the reader may have them."""
        pieces = [piece for piece in self.case.evidence if piece.file is not None and self.sight.knows_of(piece)]
        ids = {piece.file.id for piece in pieces if piece.file is not None}
        known = await uploads.get_many(self.hinge.db, self.marketplace, ids)
        checked = await checks.state_of(self.hinge.db, self.marketplace, list(known))
        for piece in pieces:
            row = known.get(piece.file.id) if piece.file is not None else None
            if row is None or row.blob is None or self.sight.sees(piece) == "nothing":
                continue
            own = row.owner_role == self.sight.actor.role and row.owner_id == self.sight.actor.id
            if own or self.sight.is_staff:
                self.own_uploads += [row] if row not in self.own_uploads else []
            if self._has_original(own, piece, row, checked.get(row.upload_id)):
                await self._original(piece, row, plain, own=own)
            elif row.upload_id in checked and checked[row.upload_id].state == "clean":
                await self._pictures(piece, row)

    def _has_original(self, own: bool, piece: Evidence, row: UploadRow, check: CheckRow | None) -> bool:
        """Whether the file itself goes along: their own, to staff who said why, and films, having no pictures.

        What the scanner found harmful goes to nobody.
        """
        if own:
            return check is None or not check.infected
        if check is None or check.state != "clean":
            return False
        film = row.media_type.startswith("video/") and not self._covered(row)
        return self.reason is not None if self.sight.is_staff else film

    async def _original(self, piece: Evidence, row: UploadRow, plain: ExitStack, *, own: bool) -> None:
        """The file, byte for byte, but a film's notes for the other side; that staff took it is written down before."""
        actor = self.sight.actor
        if self.reason is not None:
            await looks.record(
                self.hinge.db, self.marketplace, row, case_id=self.case.id, role=actor.role, who=actor.id,
                what="original", reason=self.reason, at=self.at,
            )  # fmt: skip
        path = plain.enter_context(quarantine.fresh(self.hinge.db.quarantine))
        await uploads.plain_to(self.hinge.db, self.marketplace, row, path)
        kind = KINDS.get(row.media_type)
        name = "original" if own or self.sight.is_staff else "film"
        if name == "film":
            notes = await originals.notes_of(self.hinge.db, self.marketplace, row)
            await asyncio.to_thread(film_notes.blank, path, notes)
        self.files[f"evidence/{piece.id}/{name}.{kind.suffix if kind else 'bin'}"] = path

    async def _pictures(self, piece: Evidence, row: UploadRow) -> None:
        """The pictures made of the file, covered where the reader's copy is."""
        db, covered = self.hinge.db, () if self.sight.is_staff else self._covered(row)
        if covered and await derivatives.want_copy(db, self.marketplace, row.upload_id, covered) == "wanted":
            raise Behind("A covered copy of a file is still being made.")
        for one in await derivatives.of_upload(db, self.marketplace, row.upload_id, derivatives.digest(covered)):
            name = "text.txt" if one.variant == "text" else f"page-{one.page}.webp"
            if one.variant in (LARGEST_PICTURE, "text"):
                data = await derivatives.content(db, self.marketplace, row, one)
                self.files[f"evidence/{piece.id}/{name}"] = data

    def _covered(self, row: UploadRow) -> tuple[derivatives.Area, ...]:
        """What is painted over for the other side: in all pieces that rest on the file."""
        pieces = [piece for piece in self.case.evidence if piece.file is not None and piece.file.id == row.upload_id]
        return tuple(sorted({area for piece in pieces for area in standing.covered_areas(piece)}))


async def statement_of(hinge: Hinge, marketplace: str, sight: Sight, number: int) -> bytes | None:
    """The statement of reasons of one decision, as a PDF; None where the reader sees none of that number."""
    decision = next((one for one in sight.case.decisions if one.number == number), None)
    if decision is None or not sight.both_sides:
        return None
    issued = _issued(await cases.events_of(hinge.db, marketplace, sight.case.id))
    return await _set(sight, marketplace, decision, issued[number])


async def _set(sight: Sight, marketplace: str, decision: Decision, row: EventRow) -> bytes:
    return await pressed(msgspec.json.encode(statement(sight, decision, marketplace, row.seq, row.hash.hex())))


def _issued(rows: list[EventRow]) -> dict[int, EventRow]:
    """The event that issued each decision, by its number."""
    return {
        event.decision.number: row
        for row in rows
        if row.type in ("decided", "appeal_decided") and (event := decode_event(row.body))
        if isinstance(event, Decided | AppealDecided) and event.decision is not None
    }


async def pressed(said: bytes) -> bytes:
    """The PDF of a statement, made in a process of its own that has PRESS_SECONDS."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", "amends.proof.press",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PRESS_SECONDS):
            made, trouble = await process.communicate(said)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not made.startswith(b"%PDF-"):
        raise RuntimeError(f"a statement of reasons could not be set: {trouble.decode(errors='replace')[-500:]}")
    return made


def _lines(kept: list[Kept], told: tuple[Disclosed, ...], given: list[Receipt]) -> Iterator[EventLine]:
    for row, disclosed, receipt in zip(kept, told, given, strict=True):
        line = EventLine(
            seq=row.seq,
            prev_hash=row.prev_hash,
            hash=row.hash,
            salt=receipt.salt,
            leaf=receipt.leaf,
            event=None if disclosed.sealed is None else Raw(disclosed.sealed),
            openings=tuple(Opened(o.digest, o.salt, o.value) for o in disclosed.openings),
        )
        yield line if disclosed.shown is None else msgspec.structs.replace(line, shown=Raw(disclosed.shown))
