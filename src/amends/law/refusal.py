"""Why not: a refusal is a value with a code, the clauses that refused and the facts a sentence needs.

Every code has one sentence in English and one in Indonesian (phrases.py has the facts in it). Nothing is raised for an
ordinary refusal.
Codes: LAW.md 7, `missing_findings` (docs/decisions/0003), `file_refused` and `legal_hold`.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from amends.law.phrases import in_indonesian

Code = Literal[
    "not_a_buyer", "no_valid_transaction", "not_in_stage", "not_your_turn", "not_your_case", "window_closed",
    "request_open", "dispute_open", "dispute_limit", "already_resolved", "withdrawn", "seller_has_not_refused",
    "not_disputable", "missing_evidence", "missing_clause", "missing_rationale", "missing_departure_reason",
    "missing_findings", "amount_too_large", "amount_invalid", "nothing_new", "same_adjudicator",
    "conflict_of_interest", "remedy_done", "unknown_reference", "proceedings_open", "not_delivered", "not_late_yet",
    "file_refused", "legal_hold",
]  # fmt: skip

SENTENCES: dict[Code, dict[str, str]] = {
    "not_a_buyer": {
        "en": "Only a verified buyer of this marketplace can do this.",
        "id": "Hanya pembeli terverifikasi di marketplace ini yang dapat melakukannya.",
    },
    "no_valid_transaction": {
        "en": "There is no valid transaction for this order line: the order is {status}.",
        "id": "Tidak ada transaksi yang sah untuk barang ini: status pesanan {status}.",
    },
    "not_in_stage": {
        "en": "This cannot be done while the case is {stage}.",
        "id": "Ini tidak dapat dilakukan selama kasus berstatus {stage}.",
    },
    "not_your_turn": {
        "en": "This is not yours to do now: {whose}.",
        "id": "Saat ini bukan giliran Anda: {whose}.",
    },
    "not_your_case": {
        "en": "This case is not yours.",
        "id": "Kasus ini bukan milik Anda.",
    },
    "window_closed": {
        "en": "The time for this has ended: it was open until {until}.",
        "id": "Waktunya sudah berakhir: batasnya {until}.",
    },
    "request_open": {
        "en": "A request on this item is still running; wait for its answer.",
        "id": "Permintaan untuk barang ini masih berjalan; tunggu jawabannya.",
    },
    "dispute_open": {
        "en": "A dispute on this item is already open.",
        "id": "Sengketa untuk barang ini sudah dibuka.",
    },
    "dispute_limit": {
        "en": "At most {limit} disputes can be opened on one item, and that many have ended.",
        "id": "Paling banyak {limit} sengketa untuk satu barang, dan jumlah itu sudah tercapai.",
    },
    "already_resolved": {
        "en": "This matter is already resolved; if what was ordered is not done, it will be enforced instead.",
        "id": "Perkara ini sudah selesai; jika putusan tidak dijalankan, pelaksanaannya akan dipaksakan.",
    },
    "withdrawn": {
        "en": "This was withdrawn.",
        "id": "Ini sudah ditarik kembali.",
    },
    "seller_has_not_refused": {
        "en": "The seller has not refused yet; a dispute can be opened once the request is refused.",
        "id": "Penjual belum menolak; sengketa dapat dibuka setelah permintaan ditolak.",
    },
    "not_disputable": {
        "en": "The platform does not judge this kind of matter ({why}); it stays between buyer and seller.",
        "id": "Platform tidak memutus perkara seperti ini ({why}); penyelesaiannya antara pembeli dan penjual.",
    },
    "missing_evidence": {
        "en": "Something must be handed in with this: {what}.",
        "id": "Harus disertai bukti: {what}.",
    },
    "missing_clause": {
        "en": "This must cite clauses of the policy in force ({what}).",
        "id": "Harus menyebut pasal kebijakan yang berlaku ({what}).",
    },
    "missing_rationale": {
        "en": "This needs a reason both sides can read: {what}.",
        "id": "Perlu alasan yang dapat dibaca kedua pihak: {what}.",
    },
    "missing_departure_reason": {
        "en": "The policy recommends {recommended}; to depart from it, say why in `departure`.",
        "id": "Kebijakan menyarankan {recommended}; untuk menyimpang, jelaskan alasannya di `departure`.",
    },
    "missing_findings": {
        "en": "The policy's table cannot decide yet; still to be found: {what}.",
        "id": "Tabel kebijakan belum dapat memutus; yang masih harus ditetapkan: {what}.",
    },
    "amount_too_large": {
        "en": "That is more than can still be refunded on this item: at most {most} (minor units).",
        "id": "Melebihi yang masih dapat dikembalikan untuk barang ini: paling banyak {most} (satuan terkecil).",
    },
    "amount_invalid": {
        "en": "The amount does not fit: {what}.",
        "id": "Jumlahnya tidak sesuai: {what}.",
    },
    "nothing_new": {
        "en": "This must bring something new: {what}.",
        "id": "Harus membawa hal baru: {what}.",
    },
    "same_adjudicator": {
        "en": "Somebody other than the first adjudicator must do this.",
        "id": "Harus dilakukan oleh adjudikator lain, bukan yang pertama.",
    },
    "conflict_of_interest": {
        "en": "Nobody decides a case of their own.",
        "id": "Tidak seorang pun memutus perkaranya sendiri.",
    },
    "remedy_done": {
        "en": "This remedy is already {status}.",
        "id": "Kewajiban ini sudah {status}.",
    },
    "unknown_reference": {
        "en": "There is no {what} in this case.",
        "id": "Tidak ada {what} dalam kasus ini.",
    },
    "proceedings_open": {
        "en": "The matter is before {kind} ({reference}); the case rests until that ends.",
        "id": "Perkara sedang ditangani {kind} ({reference}); kasus ini ditangguhkan sampai selesai.",
    },
    "file_refused": {
        "en": "The file {file} did not pass the check and reaches nobody; hand in another.",
        "id": "Berkas {file} tidak lolos pemeriksaan dan tidak diteruskan kepada siapa pun; kirim yang lain.",
    },
    "legal_hold": {
        "en": "This case has been under a legal hold since {since}: nothing of it is erased until the hold is lifted.",
        "id": "Kasus ini berada dalam penahanan hukum sejak {since}: tidak ada yang dihapus sampai penahanan dicabut.",
    },
    "not_delivered": {
        "en": "The order has not been delivered yet.",
        "id": "Pesanan belum diterima.",
    },
    "not_late_yet": {
        "en": "The order is not late yet: it was promised by {promised}.",
        "id": "Pesanan belum terlambat: dijanjikan paling lambat {promised}.",
    },
}


class Refused(msgspec.Struct, frozen=True):
    """A refusal: its code, the clauses it rests on, facts for the sentence, and what else the person can do."""

    code: Code
    clauses: tuple[str, ...]
    facts: Mapping[str, str] = {}
    otherwise: Mapping[str, str] = {}


STAGES: dict[str, dict[str, str]] = {
    "unopened": {"en": "not open yet", "id": "belum dibuka"},
    "awaiting_seller": {"en": "waiting for the seller's answer", "id": "menunggu jawaban penjual"},
    "refused": {"en": "refused by the seller", "id": "ditolak penjual"},
    "gathering_evidence": {"en": "at the stage of collecting evidence", "id": "dalam tahap pengumpulan bukti"},
    "under_review": {"en": "under review", "id": "sedang ditinjau"},
    "agreed": {"en": "agreed", "id": "telah disepakati"},
    "decided": {"en": "decided", "id": "telah diputus"},
    "under_appeal": {"en": "under appeal", "id": "dalam proses banding"},
    "suspended": {"en": "suspended", "id": "ditangguhkan"},
    "withdrawn": {"en": "withdrawn", "id": "ditarik"},
    "closed": {"en": "closed", "id": "ditutup"},
}
"""What a stage is called in a sentence."""


AS_WRITTEN = ("file", "reference")
"""Facts that people wrote: they stay as they are in every language."""


def says(refused: Refused, locale: str) -> str:
    """The refusal in words, in `en` or `id` (any other locale reads English)."""
    sentences = SENTENCES[refused.code]
    facts = dict(refused.facts)
    if (stage := facts.get("stage")) in STAGES:
        facts["stage"] = STAGES[stage].get(locale, STAGES[stage]["en"])
    elif locale == "id":
        facts |= {name: in_indonesian(text) for name, text in facts.items() if name not in AS_WRITTEN}
    said = sentences.get(locale, sentences["en"]).format_map(facts)
    more = refused.otherwise.get(locale) or refused.otherwise.get("en")
    return f"{said} {more}" if more else said
