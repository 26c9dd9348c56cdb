"""Case files without a database: worked cases played on the law alone, sealed, logged and written for any reader."""

import hashlib
import io
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Raw

from amends.access.disclosure import Kept, disclose
from amends.access.sight import Sight
from amends.access.statement import statement
from amends.access.view import show
from amends.lab import book
from amends.lab.memory import MemoryMarket
from amends.lab.runner import Telling
from amends.law.actors import Actor
from amends.law.case import Case
from amends.law.events import Decided, Event
from amends.law.facts import Known, Upload
from amends.law.policy import Policy
from amends.proof import receipt as receipts
from amends.proof import tlog
from amends.proof.casefile import Contents, EventLine, Opened, ProofLine, Source, write
from amends.proof.hashes import canonical, event_hash
from amends.proof.press import pressed
from amends.proof.seal import open_body, openings_of, seal_event
from amends.store.policies import installed
from tests.law.stories import ALICE, BOB, CHARLIE, DANA, EKO, FILING, MONDAY, OLGA, PROVED, US, order

CASES = Path(__file__).parents[2] / "cases"
ORIGIN, CASE_ID = "amends.test/log", "0192aaaa-bbbb-8ccc-8ddd-eeeeffff0000"
KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (7, 8))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)
SECRET = b"a marketplace's secret of 32 byte"
VKEY = str(tlog.verifier_of(ORIGIN, KEY))
PHOTO_BYTES = b"\xff\xd8\xff photo of a dark lamp " * 40
FILES = {"u1": PHOTO_BYTES, "u2": b"%PDF-1.4 terms with my supplier"}
READERS = {"buyer": ALICE, "seller": BOB, "carrier": CHARLIE, "adjudicator": DANA, "operator": OLGA}


class Played(NamedTuple):
    """A case that was played, with its events and what is stored of each."""

    case: Case
    policy: Policy
    events: tuple[Event, ...]
    kept: tuple[Kept, ...]


class RecordedMarket(MemoryMarket):
    """A market that remembers its events and knows some files."""

    events: tuple[Event, ...] = ()

    def _became(self, events: tuple[Event, ...], actor: Actor, name: str) -> None:
        self.events += events
        super()._became(events, actor, name)

    def _known(self, actor: Actor) -> Known:
        own = {"u1": "buyer", "u2": "seller"}
        return Known({
            name: Upload(name, hashlib.sha256(data).hexdigest(), len(data), "image/jpeg", name, self.now, actor.role,
                         actor.id, self.now, True)
            for name, data in FILES.items() if own[name] == actor.role
        })  # fmt: skip


def sealed(case_id: str, events: tuple[Event, ...]) -> tuple[Kept, ...]:
    """The events as a store keeps them."""
    keys = {subject: hashlib.sha256(subject.encode()).digest() for subject in ("buyer", "seller", "carrier", "staff")}
    kept, last = list[Kept](), None
    for seq, event in enumerate(events, start=1):
        body, stored = seal_event(case_id, seq, event, keys.__getitem__)
        digest = event_hash(case_id, seq, last, body)
        openings = openings_of(stored, case_id, seq, keys)
        kept.append(Kept(seq, digest.hex(), last and last.hex(), body, open_body(body, openings), openings))
        last = digest
    return tuple(kept)


@cache
def lamp(case_id: str = CASE_ID) -> Played:
    """A lamp that stays dark: files on both sides, one of them private, decided for Alice by Dana, appealed, upheld."""
    market = RecordedMarket("O1", order(US, line={"title": "Lamp", "quantity": 2}, buyer=PERSON_A, seller=PERSON_B),
                            "1", US, MONDAY)  # fmt: skip
    market.case = msgspec.structs.replace(market.case, id=case_id)
    photo = {"type": "photo_of_item", "upload": "u1", "describes": "The lamp in the dark"}
    for hours, actor, name, body in (
        (0, ALICE, "file_request", FILING | {"statement": "It stays dark ☹ #show: [*x*]"}),
        (1, BOB, "reject_request", {"statement": "It shone when it left"}),
        (2, ALICE, "open_dispute", {"statement": "It never shone"}),
        (3, ALICE, "submit_evidence", {"items": [photo, MEDICAL], "last": True}),
        (4, BOB, "submit_evidence", {"items": [SUPPLIER], "last": True}),
        (30, DANA, "claim", {}),
        (
            31,
            DANA,
            "decide",
            {
                "findings": PROVED,
                "rationale": "The photo shows a dark lamp.\nBob's answer is thin.",
                "evidence": [
                    {"id": "e1", "weight": "relied_on"},
                    {"id": "e3", "weight": "not_considered", "why": "Not about this lamp"},
                ],
            },
        ),
        (40, BOB, "appeal", {"grounds": "procedure", "statement": "I was not heard"}),
        (50, EKO, "claim", {}),
        (51, EKO, "decide_appeal", {"result": "stands", "fault": "stands", "rationale": "You were heard twice."}),
    ):
        market.move(max(market.now, MONDAY + timedelta(hours=hours)))
        assert (refused := market.send(name, body, actor)) is None, f"{name}: {refused}"
    return Played(market.case, US, market.events, sealed(case_id, market.events))


PERSON_A = {"id": "alice", "name": "Alice Aster", "email": "alice@example.com"}
PERSON_B = {"id": "bob", "name": "Bob's Lamps", "email": "bob@example.com"}
MEDICAL = {"type": "medical_certificate", "text": "words of a certificate", "private": True}
SUPPLIER = {"type": "supplier_contract", "text": "words of a supplier", "upload": "u2", "private": True}


def worked(path: Path) -> Played:
    """A case of the book, played."""
    told = book.read(path, installed())
    policy = installed().named(told.policy)
    assert policy is not None
    market = RecordedMarket(told.order_id, told.order, told.line_id, policy, told.steps[0].at, told.files)
    market._known = lambda actor: MemoryMarket._known(market, actor)  # type: ignore[method-assign]
    telling = Telling(told, market)
    for step in told.steps:
        telling.tell(step)
    assert not telling.failures, telling.failures
    return Played(market.case, policy, market.events, sealed(market.case.id, market.events))


def contents(
    played: Played, actor: Actor, *, key: Ed25519PrivateKey = KEY, locale: str = "en", pdf: bool = True
) -> Contents:
    """What goes into the reader's case file."""
    case, policy, _, kept = played
    sight = Sight(case, actor, policy, locale)
    given = [
        receipts.sign(key, ORIGIN, case=case.id, seq=row.seq, event=bytes.fromhex(row.hash), at=event.at,
                      salt=receipts.leaf_salt(SECRET, case.id, row.seq))
        for row, event in zip(kept, played.events, strict=True)
    ]  # fmt: skip
    lines = tuple(
        EventLine(seq=row.seq, prev_hash=row.prev_hash, hash=row.hash, salt=r.salt, leaf=r.leaf,
                  event=None if told.sealed is None else Raw(told.sealed),
                  openings=tuple(Opened(o.digest, o.salt, o.value) for o in told.openings),
                  **({} if told.shown is None else {"shown": Raw(told.shown)}))
        for row, told, r in zip(kept, disclose(sight, kept), given, strict=True)
    )  # fmt: skip
    proofs, root, size = logged([bytes.fromhex(r.leaf) for r in given])
    head = tlog.signed(tlog.Checkpoint(ORIGIN, size, root).text, ORIGIN, key)
    note = f"{head}{tlog.cosigned(head.text, 'witness.test', WITNESS, 1_772_000_000)}"
    files: dict[str, Source] = dict(statements(played, sight)) if pdf else {}
    files |= {f"evidence/{x.id}/original.bin": FILES[x.file.id] for x in case.evidence
              if x.file and x.file.id in FILES and (sight.is_staff or x.party == actor.role)}  # fmt: skip
    shown = show(case, actor, case.updated_at or MONDAY, policy, locale=locale)
    return Contents(
        case_id=case.id, revision=case.revision, marketplace="m1", made_for=f"{actor.role} {actor.id}",
        made_at=case.updated_at or MONDAY, case=msgspec.json.encode(shown), events=lines,
        receipts=tuple(canonical(r) for r in given), proofs=proofs, checkpoint=note, policy_name=policy.name,
        policy=msgspec.json.encode(policy.pack), files=files,
    )  # fmt: skip


def statements(played: Played, sight: Sight) -> Mapping[str, bytes]:
    """A statement of reasons for each decision, where the reader sees decisions."""
    if not sight.both_sides:
        return {}
    issued = {e.decision.number: row for e, row in zip(played.events, played.kept, strict=True)
              if isinstance(e, Decided)}  # fmt: skip
    return {
        f"decisions/{d.number}.{sight.locale}.pdf":
        pressed(msgspec.json.encode(statement(sight, d, "m1", issued[d.number].seq, issued[d.number].hash)))
        for d in played.case.decisions if d.number in issued
    }  # fmt: skip


def logged(entries: list[bytes]) -> tuple[tuple[ProofLine, ...], bytes, int]:
    """The entries in a log among others: proofs, root and size, by the plain recursion of RFC 6962."""
    others = [hashlib.sha256(bytes([n])).digest() for n in range(9)]
    leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in (*others[:5], *entries, *others[5:])]
    proofs = tuple(
        ProofLine(seq, 4 + seq, tuple(h.hex() for h in path(4 + seq, leaves))) for seq in range(1, len(entries) + 1)
    )
    return proofs, root_of(leaves), len(leaves)


def root_of(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(leaves[:k]) + root_of(leaves[k:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return [*path(index, leaves[:k]), root_of(leaves[k:])]
    return [*path(index - k, leaves[k:]), root_of(leaves[:k])]


def written(made: Contents, key: Ed25519PrivateKey = KEY) -> bytes:
    """The case file of these contents, signed."""
    target = io.BytesIO()
    size = write(target, made, str(tlog.verifier_of(ORIGIN, key)), lambda text: str(tlog.signed(text, ORIGIN, key)))
    assert size == len(target.getvalue())
    return target.getvalue()


@cache
def file_for(role: str, case_id: str = CASE_ID) -> bytes:
    """The lamp's case file as one role gets it."""
    return written(contents(lamp(case_id), READERS[role]))


def all_worked() -> list[Path]:
    """Every case of the book."""
    return sorted(CASES.rglob("*.yaml"))
