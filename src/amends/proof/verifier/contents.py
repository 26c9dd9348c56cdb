"""The checks of what a case file holds: receipts, evidence, documents, and that the case agrees with its events.

What can be checked against the events is; what only the marketplace's signature vouches for is said to be so.
"""

# ruff: noqa: UP006, UP035  # it must run on Python 3.9
from __future__ import annotations

import hashlib
import re
from typing import Any, Dict, Iterator, List

from amends.proof.verifier.archive import plain
from amends.proof.verifier.bag import CaseFile
from amends.proof.verifier.notes import NotSound, canonical_json, read_base64, read_json, read_lines, signed_by

ORIGINAL = re.compile(r"data/evidence/([A-Za-z0-9]+)/original\.[a-z0-9]+")
COPY = re.compile(r"data/evidence/([A-Za-z0-9]+)/(?:page-[0-9]+\.webp|text\.txt|film\.[a-z0-9]+)")
DOCUMENT = re.compile(r"data/decisions/([1-9][0-9]*)\.(?:en|id)\.pdf")
SEALED = re.compile(r"sealed-[a-z2-7]{52}")
STAGE_AFTER = {"request_filed": "awaiting_seller", "request_rejected": "refused", "review_began": "under_review",
               "proceedings_reported": "suspended", "case_closed": "closed"}  # fmt: skip
"""The stage a case is in when the last thing that happened is this."""


def receipts(f: CaseFile) -> Iterator[str]:
    """The receipts handed out are the marketplace's, and say what the events say."""
    key, events, name = f.needs_key(), f.needs_events(), "data/receipts.jsonl"
    counted, numbers = {"event": 0, "upload": 0}, []
    for number, one in enumerate(read_lines(f.of(name), name), start=1):
        where = f"{name}, line {number}"
        kind = one.get("kind", "event")
        facts = {field: value for field, value in one.items() if field != "signature"}
        signature = read_base64(str(one.get("signature")), 64)
        if not signed_by(key, signature, b"amends receipt v1\n" + canonical_json(facts)):
            yield f"{where}: not signed by the key {plain(key.name)} {key.hash.hex()}"
        if (one.get("origin"), one.get("key")) != (key.name, key.hash.hex()):
            yield f"{where}: a receipt of another log or key"
        seq = one.get("seq")
        if kind == "upload":
            f.uploads[str(one.get("upload"))] = str(one.get("sha256"))
        elif kind != "event" or type(seq) is not int or not 1 <= seq <= len(events):
            raise NotSound(f"{where}: a receipt for nothing in this file")
        else:
            told = (events[seq - 1]["hash"], events[seq - 1]["salt"], events[seq - 1]["leaf"])
            if (one.get("event"), one.get("salt"), one.get("leaf")) != told or one.get("case") != f.case_id:
                yield f"{where}: does not say what event {seq} of this case says"
            happened = events[seq - 1]["event"] or events[seq - 1].get("shown")
            if isinstance(happened, dict) and happened.get("at") != one.get("at"):
                yield f"{where}: names another instant than event {seq}"
            numbers.append(seq)
        counted[kind] += 1
    if numbers != list(range(1, len(events) + 1)):
        yield f"{name}: not one receipt for each event, in order"
    f.notes.append(f"{counted['event']} receipts for events and {counted['upload']} for files are included.")


def case_and_events(f: CaseFile) -> Iterator[str]:
    """The case as it is told (case.json) agrees with the events."""
    found = read_json(f.of("data/case.json"))
    if not isinstance(found, dict):
        raise NotSound("data/case.json: not an object")
    f.case, events, name = found, f.needs_events(), "data/case.json"
    for field, said in (("id", f.case_id), ("revision", len(events))):
        if found.get(field) != said:
            yield f"{name}: its {field} is {plain(found.get(field))}, the events say {plain(said)}"
    if str(found.get("revision")) != f.info.get("Amends-Revision"):
        yield f"{name}: its revision is not that of bag-info.txt"
    first, last = events[0]["event"], events[-1]["event"]
    if first is not None:
        told = {"pack": first.get("pack"), "edition": first.get("edition")}
        if first.get("type") != "request_filed" or found.get("policy") != told:
            yield f"{name}: its policy is not that of the first event"
        if found.get("order_id") != dict(first.get("order") or {}).get("order_id"):
            yield f"{name}: its order is not that of the first event"
    if last is not None:
        stage = STAGE_AFTER.get(str(last.get("type")), found.get("stage"))
        if found.get("stage") != stage:
            yield f"{name}: its stage is {plain(found.get('stage'))}, after the last event it is {stage}"
        if last.get("type") == "case_closed" and found.get("closed_as") != last.get("closed_as"):
            yield f"{name}: it was not closed as the last event says"
        if found.get("updated_at") != last.get("at"):
            yield f"{name}: it was not changed last when the last event happened"
    yield from _decisions(f)
    f.notes.append("Policy, dates, decisions and evidence in case.json are compared with the events; for what else "
                   "it says (amounts, remedies, deadlines), only the marketplace's signature vouches.")  # fmt: skip


DECIDED = ("number", "dispute", "at", "outcome", "basis", "by", "adjudicator", "findings", "fault", "clauses",
           "recommended", "evidence", "departure", "return_risk")  # fmt: skip
"""What a decision says from the moment it is made. Its words may be corrected and its appeal window moved."""


def _decisions(f: CaseFile) -> Iterator[str]:
    """Each decision in case.json is the one that was issued, and none is missing."""
    listed = [one for one in f.case.get("decisions") or [] if isinstance(one, dict)]
    told = {one.get("number"): one for one in listed}
    issued, corrected = 0, set()
    for one in reversed(f.needs_events()):
        event = opened(one)
        if event.get("type") == "decision_corrected":
            corrected.add(event.get("number"))
        decision = event.get("decision") or told_of(one).get("decision")
        if not isinstance(decision, dict):
            continue
        issued += 1
        number = decision.get("number")
        where = f"data/case.json: decision {plain(number)}"
        shown = told.get(number)
        if shown is None:
            yield f"{where} of event {one['seq']} is missing"
            continue
        for field in DECIDED:
            if field in decision and not agrees(shown.get(field), decision[field]):
                yield f"{where}: its {field} is not that of event {one['seq']}"
        if number not in corrected:
            ids = [each.get("id") for each in shown.get("remedies") or []]
            if ids != decision.get("remedies") or not agrees(shown.get("rationale"), decision.get("rationale")):
                yield f"{where}: its reasons or remedies are not those of event {one['seq']}"
    if len(told) != len(listed):
        yield "data/case.json: a decision is told twice"
    if len(told) != issued and all_known(f):
        yield f"data/case.json: {len(told)} decisions are told, the events issued {issued}"


def told_of(one: Dict[str, Any]) -> Dict[str, Any]:
    """What is told of an event that the reader may not have whole: only the signature vouches for it."""
    shown = one.get("shown")
    return dict(shown.get("data") or {}) if isinstance(shown, dict) else {}


def all_known(f: CaseFile) -> bool:
    """Whether something is told of every event: none is wholly withheld."""
    return all(one["event"] is not None or "shown" in one for one in f.needs_events())


def agrees(shown: Any, said: Any) -> bool:
    """Whether what is shown is what the event says; a text that stays sealed may be shown as anything."""
    if isinstance(said, dict) and isinstance(shown, dict):
        return all(agrees(shown.get(name), said.get(name)) for name in shown.keys() | said.keys())
    if isinstance(said, list) and isinstance(shown, list):
        return len(said) == len(shown) and all(map(agrees, shown, said))
    sealed = isinstance(said, str) and SEALED.fullmatch(said) is not None
    return sealed or (type(shown) is type(said) and shown == said)


def opened(one: Dict[str, Any]) -> Dict[str, Any]:
    """An event with what was opened of it put back in place of the digests."""
    values = {opening["digest"]: opening["value"] for opening in one["openings"]}
    found = _opened(one["event"], values)
    return found if isinstance(found, dict) else {}


def _opened(value: Any, values: Dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _opened(each, values) for name, each in value.items()}
    if isinstance(value, list):
        return [_opened(each, values) for each in value]
    return values.get(value, value) if isinstance(value, str) else value


def evidence(f: CaseFile) -> Iterator[str]:
    """The original of each file is, byte for byte, the one the events name by its SHA-256."""
    named: Dict[str, str] = {}
    for one in f.needs_events():
        for piece in pieces(one["event"]):
            named[str(piece["id"])] = str(piece["file"].get("sha256"))
            receipt = f.uploads.get(str(piece["file"].get("id")), named[str(piece["id"])])
            if receipt != named[str(piece["id"])]:
                yield f"data/receipts.jsonl: the receipt of file {plain(piece['file'].get('id'))} is for other bytes"
    told = {str(one.get("id")): one.get("file") for one in f.case.get("evidence") or [] if isinstance(one, dict)}
    for known, file in told.items():
        if isinstance(file, dict) and named.get(known, file.get("sha256")) != file.get("sha256"):
            yield f"data/case.json: the file of evidence {plain(known)} is not that of its event"
    yield from _pieces_told(f)
    originals = copies = 0
    for name, content in f.files.items():
        if not name.startswith("data/evidence/"):
            continue
        found = ORIGINAL.fullmatch(name) or COPY.fullmatch(name)
        if found is None or found.group(1) not in told:
            yield f"{name}: belongs to no evidence of this case"
        elif ORIGINAL.fullmatch(name):
            originals += 1
            file = told[found.group(1)]
            said = named.get(found.group(1)) or (file.get("sha256") if isinstance(file, dict) else None)
            if hashlib.sha256(content).hexdigest() != said:
                yield f"{name}: not the bytes that were handed in"
        else:
            copies += 1
    f.notes.append(f"{originals} original files are included, and {copies} copies made from originals: for those "
                   "only the marketplace's signature vouches.")  # fmt: skip


PIECE = ("party", "type", "received_at", "round", "text", "describes")
"""What a piece of evidence says for good. How it stands, is weighed and is shown may change."""


def _pieces_told(f: CaseFile) -> Iterator[str]:
    """Each piece of evidence in case.json was handed in as it stands there, and none is missing."""
    name, given = "data/case.json: evidence", {}  # type: str, Dict[str, Dict[str, Any]]
    for one in f.needs_events():
        given.update({str(piece["id"]): piece for piece in handed_in(opened(one) or told_of(one))})
    listed = [one for one in f.case.get("evidence") or [] if isinstance(one, dict)]
    ids = [str(one.get("id")) for one in listed]
    if len(set(ids)) != len(ids):
        yield f"{name} is told twice"
    for missing in sorted(given.keys() - set(ids)):
        yield f"{name} {plain(missing)} of an event is missing"
    for one in listed:
        known, piece = str(one.get("id")), given.get(str(one.get("id")))
        if piece is None and all_known(f):
            yield f"{name} {plain(known)} was never handed in"
        for field in PIECE:
            if piece is not None and field in one and not agrees(one[field], piece.get(field)):
                yield f"{name} {plain(known)}: its {field} is not that of its event"


def handed_in(value: Any) -> List[Dict[str, Any]]:
    """Every piece of evidence within an event."""
    if isinstance(value, list):
        return [found for each in value for found in handed_in(each)]
    if not isinstance(value, dict):
        return []
    own = [value] if {"id", "party", "type", "received_at"} <= value.keys() else []
    return own + [found for each in value.values() for found in handed_in(each)]


def pieces(value: Any) -> List[Dict[str, Any]]:
    """Every piece of evidence with a file within an event."""
    return [piece for piece in handed_in(value) if isinstance(piece.get("file"), dict)]


def documents(f: CaseFile) -> Iterator[str]:
    """The policy of the case is there with every clause that is cited; each statement belongs to a decision."""
    policy = f.case.get("policy") or {}
    wanted = f"data/policy/{policy.get('pack')}@{policy.get('edition')}.json"
    there = [name for name in f.files if name.startswith("data/policy/")]
    if there != [wanted]:
        raise NotSound(f"{plain(wanted)}: the policy of the case is missing, or another is there")
    pack = read_json(f.files[wanted])
    if (pack.get("pack"), pack.get("edition")) != (policy.get("pack"), policy.get("edition")):
        yield f"{plain(wanted)}: another policy or edition than its name says"
    known = {*dict(pack.get("clauses") or {}), *dict(pack.get("readings") or {})}
    decisions = {str(one.get("number")): one for one in f.case.get("decisions") or []}
    for number, one in decisions.items():
        for clause in one.get("clauses") or []:
            if clause not in known:
                yield f"{plain(wanted)}: decision {plain(number)} cites {plain(clause)}, which is not in it"
    for name, content in f.files.items():
        if name.startswith("data/decisions/"):
            found = DOCUMENT.fullmatch(name)
            if found is None or found.group(1) not in decisions or bytes(content[:5]) != b"%PDF-":
                yield f"{name}: not the statement of reasons of a decision of this case"
