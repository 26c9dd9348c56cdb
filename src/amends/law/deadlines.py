"""Deadlines: how each window is started from the policy, and what silence means, in words.

A deadline is computed once, inside the decision that starts it, and carried by that event; it is never recomputed.
Clauses: every term of both policies (US-15, 29, 36, 37, 44, 61, 63, 84, 88, 97, 100; ID-11, 19) and readings G2-G6.
"""

from datetime import datetime

from msgspec.structs import replace

from amends.law.calendar import Derivation, derive, earlier
from amends.law.case import Case, Deadline, DeadlineKind, OnTimeout
from amends.law.policy import Filing as FilingRow
from amends.law.policy import WindowRule
from amends.law.rule import Moment, unique
from amends.law.table import Row

SILENCE: dict[OnTimeout, dict[str, str]] = {
    "approve_request": {
        "en": "If the seller says nothing by then, the request counts as approved.",
        "id": "Jika penjual tidak menjawab sampai saat itu, permintaan dianggap disetujui.",
    },
    "close_expired": {
        "en": "If the buyer does nothing by then, the case closes.",
        "id": "Jika pembeli tidak bertindak sampai saat itu, kasus ditutup.",
    },
    "close_withdrawn": {
        "en": "If the buyer does not start again by then, the case stays withdrawn and closes.",
        "id": "Jika pembeli tidak mengajukan lagi sampai saat itu, kasus tetap ditarik dan ditutup.",
    },
    "end_window": {
        "en": "After that, new material is kept and shown but marked late, and is not weighed unless admitted.",
        "id": "Setelah itu, bukti baru tetap disimpan dan ditampilkan, tetapi ditandai terlambat dan tidak dinilai "
        "kecuali diterima.",
    },
    "decide_on_buyer_material": {
        "en": "If the seller sends nothing by then, the dispute is decided on the buyer's material alone.",
        "id": "Jika penjual tidak mengirim apa pun sampai saat itu, sengketa diputus hanya berdasarkan bukti pembeli.",
    },
    "end_reply": {
        "en": "The chance to answer the other side's new material ends.",
        "id": "Kesempatan menanggapi bukti baru pihak lain berakhir.",
    },
    "alarm": {
        "en": "Nothing is decided by silence; the operator is alarmed.",
        "id": "Tidak ada yang diputus oleh diam; operator diberi peringatan.",
    },
    "deduct_from_payout": {
        "en": "If the seller has not done it by then, the amount is deducted from the seller's payout.",
        "id": "Jika penjual belum melakukannya sampai saat itu, jumlahnya dipotong dari pembayaran untuk penjual.",
    },
    "escalate_to_operator": {
        "en": "If it is not done by then, the operator is told to see to it.",
        "id": "Jika belum dilakukan sampai saat itu, operator diminta menanganinya.",
    },
    "decision_stands": {
        "en": "If the seller does not appeal by then, the decision stands.",
        "id": "Jika penjual tidak mengajukan banding sampai saat itu, putusan tetap berlaku.",
    },
    "no_further_dispute": {
        "en": "If the buyer opens no further dispute by then, the decision stands for the buyer too.",
        "id": "Jika pembeli tidak membuka sengketa lagi sampai saat itu, putusan juga berlaku bagi pembeli.",
    },
    "return_lapses": {
        "en": "If the goods are not sent back by then, what depended on their return is no longer owed.",
        "id": "Jika barang tidak dikirim kembali sampai saat itu, kewajiban yang bergantung padanya gugur.",
    },
    "accept_return": {
        "en": "If the seller says nothing by then, the returned goods count as accepted.",
        "id": "Jika penjual tidak menjawab sampai saat itu, barang yang dikembalikan dianggap diterima.",
    },
    "offer_lapses": {
        "en": "The offer can no longer be accepted.",
        "id": "Tawaran tidak dapat diterima lagi.",
    },
    "enforcement_expires": {
        "en": "The measure ends by itself.",
        "id": "Tindakan berakhir dengan sendirinya.",
    },
    "enforcement_stands": {
        "en": "If the seller does not appeal by then, the measure stands.",
        "id": "Jika penjual tidak mengajukan banding sampai saat itu, tindakan tetap berlaku.",
    },
    "becomes_refund": {
        "en": "If it is not sent by then, it becomes a refund, deducted from the seller's payout.",
        "id": "Jika belum dikirim sampai saat itu, diganti dengan pengembalian dana yang dipotong dari pembayaran "
        "untuk penjual.",
    },
    "file_missing": {
        "en": "If the file has not arrived by then, it counts as missing; it may still come, but then late.",
        "id": "Jika berkas belum tiba sampai saat itu, berkas dianggap tidak ada; boleh menyusul, tetapi terlambat.",
    },
    "erase_personal_data": {
        "en": "What is personal in this case is then erased; the decision, the figures and the hashes stay.",
        "id": "Data pribadi dalam kasus ini lalu dihapus; putusan, angka, dan hash tetap disimpan.",
    },
    "instruction_stands": {
        "en": "The instruction stands; nobody has to confirm it.",
        "id": "Petunjuk tetap berlaku; tidak perlu konfirmasi.",
    },
}
"""What follows from silence, by a deadline's `on_timeout`."""


def says(deadline: Deadline, locale: str) -> str:
    """What happens on silence, in words."""
    sentences = SILENCE[deadline.on_timeout]
    return sentences.get(locale, sentences["en"])


GOODS = frozenset({"replacement", "resend_missing", "ship_back_to_buyer"})
"""Remedies by which a seller sends goods."""


def deadlines(case: Case) -> tuple[Deadline, ...]:
    """Every deadline of the case, open and past, in the order they were started."""
    return case.deadlines


def starting(
    m: Moment,
    kind: DeadlineKind,
    party: str,
    rule: WindowRule,
    on_timeout: OnTimeout,
    *,
    event: str,
    subject: str | None = None,
    nth: int = 1,
    clauses: tuple[str, ...] = (),
) -> Deadline:
    """A deadline of `rule`'s window from now. `nth` counts those of one kind started by the same event."""
    assert rule.window is not None, f"{kind} needs a window"
    derivation = derive(m.at, event, rule.window, m.policy.calendar)
    return started(m, kind, party, derivation, on_timeout, unique(rule.clauses + clauses), subject, nth)


def started(
    m: Moment,
    kind: DeadlineKind,
    party: str,
    derivation: Derivation,
    on_timeout: OnTimeout,
    clauses: tuple[str, ...],
    subject: str | None = None,
    nth: int = 1,
) -> Deadline:
    """A deadline with a derivation made elsewhere."""
    assert derivation.due_at > m.at, "a deadline must lie ahead"
    number = sum(1 for d in m.case.deadlines if d.kind == kind) + nth
    return Deadline(f"{kind}.{number}", kind, party, derivation.due_at, on_timeout, clauses, derivation, subject)  # type: ignore[arg-type]  # party names are the rules' own


def filing_window(m: Moment, scenario: str, *, late: bool) -> tuple[Derivation | None, Row[FilingRow]]:
    """The window in which a request of this scenario may be filed, and its row; None when its anchor is unknown.

    Reading A14: where goods did not arrive, the window runs from the promise or the last sign of the parcel.
    """
    durable = "durable" in m.case.order.line.traits
    verdict = m.policy.filing.decide({"scenario": scenario, "durable": durable, "undelivered": late})
    row = verdict.row
    assert row is not None, f"no filing window for {scenario}"
    anchor = anchor_at(m.case, row.then.anchor)
    if anchor is None:
        return None, row
    return derive(anchor, row.then.anchor, row.then.window, m.policy.calendar), row


def anchor_at(case: Case, anchor: str) -> datetime | None:
    """The instant a filing window runs from. A parcel's last sign is its last scan, delivery or hand-over."""
    fulfilment = case.order.fulfilment
    if anchor == "delivered_at":
        return fulfilment.delivered_at
    if anchor == "promised_by":
        return fulfilment.promised_by
    signs = (fulfilment.last_tracking_at, fulfilment.delivered_at, fulfilment.shipped_at)
    return max((s for s in signs if s is not None), default=fulfilment.promised_by)


def acceptance(m: Moment, scenario: str) -> Derivation | None:
    """The acceptance period: the pack's cap from delivery, or else the scenario's filing window."""
    cap = m.policy.windows.dispute_cap.window
    if cap is None:
        return filing_window(m, scenario, late=m.case.order.fulfilment.delivered_at is None)[0]
    delivered = m.case.order.fulfilment.delivered_at
    return None if delivered is None else derive(delivered, "delivered_at", cap, m.policy.calendar)


def dispute_window(m: Moment, *, of_return: bool = False) -> Deadline | None:
    """The buyer's time to dispute a refusal: the relative term, never past the acceptance period (A2). None: over.

    A refused return is not capped: its acceptance was met by the request, and the goods are gone.
    """
    rule, cap = m.policy.windows.open_dispute, m.policy.windows.dispute_cap
    assert rule.window is not None, "open_dispute needs a window"
    derivation = derive(m.at, "refusal", rule.window, m.policy.calendar)
    limit = None if of_return else acceptance(m, m.case.scenario or "inconsistent")
    if limit is not None:
        derivation = _from_now(m, earlier(derivation, limit, "acceptance_period"))
    if derivation.due_at <= m.at:
        return None
    clauses = unique(rule.clauses + (cap.clauses if derivation.capped_by else ()))
    return started(m, "open_dispute", "buyer", derivation, "close_expired", clauses)


def renewal_window(m: Moment, kind: DeadlineKind, rule: WindowRule, on_timeout: OnTimeout) -> Deadline | None:
    """The buyer's time to start again: its own window (US-29), within the acceptance period (ID-11)."""
    limit = acceptance(m, m.case.scenario or "inconsistent")
    if limit is not None and limit.due_at <= m.at:
        return None
    if rule.window is None:
        if limit is None:
            return None
        derivation = _from_now(m, limit)
    else:
        derivation = derive(m.at, kind, rule.window, m.policy.calendar)
        if limit is not None:
            derivation = _from_now(m, earlier(derivation, limit, "acceptance_period"))
    return started(m, kind, "buyer", derivation, on_timeout, rule.clauses)


def _from_now(m: Moment, derivation: Derivation) -> Derivation:
    """A limit that began in the past still only leaves time from now; its own start stays in the derivation."""
    return derivation if derivation.start_at <= m.at else replace(derivation, start_at=m.at)


def remedy_deadline(m: Moment, owner: str, remedy_id: str, kind: str, *, nth: int = 1) -> Deadline:
    """The owner's time to perform: a seller's money is deducted, its goods become a refund, the rest is escalated."""
    on_timeout: OnTimeout = "escalate_to_operator"
    if owner == "seller" and kind != "return_label":
        on_timeout = "becomes_refund" if kind in GOODS else "deduct_from_payout"
    rule = m.policy.windows.ship_back if kind == "ship_back_to_buyer" else m.policy.windows.remedy
    party = "operator" if owner == "platform" else owner
    return starting(m, "remedy", party, rule, on_timeout, event="notice", subject=remedy_id, nth=nth)
