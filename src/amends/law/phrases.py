"""The facts of a refusal in Indonesian: what its sentence names, as a phrase or as a code.

Chapters state facts in English, with the law's codes in them; here each has its translation, so that a refusal is
whole in the reader's language. A phrase that is missing here fails a test that reads the chapters' source.
"""

import re

PHRASES: dict[str, str] = {
    "a changed appeal changes the outcome or the remedies": "banding yang diubah mengubah hasil atau kewajibannya",
    "a fact that differs from what is known": "fakta yang berbeda dari yang sudah diketahui",
    "a party hands in at most {most} pieces": "satu pihak menyerahkan paling banyak {most} bukti",
    "a party writes at most {most} messages": "satu pihak menulis paling banyak {most} pesan",
    "a refusal says what is wrong with the goods": "penolakan menyebut apa yang salah dengan barangnya",
    "a return_label goes with a refund_after_return": "label pengembalian disertakan pada pengembalian dana setelah "
    "barang kembali",
    "a tracking reference or proof of what was sent": "nomor resi atau bukti pengiriman",
    "a typing slip changes words, not remedies": "salah ketik mengubah kata-kata, bukan kewajiban",
    "all of it is already erased": "semuanya sudah dihapus",
    "an appeal on new evidence brings that evidence": "banding atas dasar bukti baru menyertakan bukti itu",
    "an area lies within its page": "area harus berada di dalam halamannya",
    "an extension is longer than nothing": "perpanjangan harus lebih dari nol",
    "another ground than a recall": "dasar selain penarikan produk",
    "another ground than bad faith": "dasar selain iktikad buruk",
    "at most {most} areas of a piece are covered": "paling banyak {most} area dari satu bukti yang ditutup",
    "claimed until {until}": "kasus dipegang orang lain sampai {until}",
    "corrected remedies or a corrected rationale": "kewajiban yang diperbaiki atau alasan yang diperbaiki",
    "data of {party} that is not yet erased": "data {party} yang belum dihapus",
    "deadline {id}": "batas waktu {id}",
    "decision to appeal while {stage}": "keputusan yang dapat diajukan banding selama {stage}",
    "deductions wait while the matter is contested": "pemotongan menunggu selama perkara disengketakan",
    "digital goods": "barang digital",
    "enforcement": "penindakan",
    "enforcement {id}": "penindakan {id}",
    "everything personal is already erased": "semua data pribadi sudah dihapus",
    "evidence with the file {id}": "bukti dengan berkas {id}",
    "evidence {id}": "bukti {id}",
    "for example {clauses}": "misalnya {clauses}",
    "give `amount` for partial_refund, and only then": "isi `amount` untuk pengembalian dana sebagian, dan hanya "
    "untuk itu",
    "give `points` for violation_points, and only then": "isi `points` untuk poin pelanggaran, dan hanya untuk itu",
    "it runs until {until}": "masih berjalan sampai {until}",
    "it waits for the goods to come back": "menunggu barang kembali",
    "late evidence": "bukti terlambat",
    "legal hold to lift": "penahanan hukum yang dapat dicabut",
    "less or other than was asked is offered as a settlement": "kurang dari atau lain dari yang diminta ditawarkan "
    "sebagai penyelesaian",
    "money owed": "uang yang terutang",
    "name what is classed anew": "sebutkan apa yang digolongkan ulang",
    "no deadline is due yet": "belum ada batas waktu yang jatuh tempo",
    "offer {id}": "tawaran {id}",
    "one return at a time: goods come back once": "satu pengembalian pada satu waktu: barang kembali satu kali",
    "only an overdue refund is deducted": "hanya pengembalian dana yang terlambat yang dipotong",
    "only an overdue refund of the seller is deducted": "hanya pengembalian dana penjual yang terlambat yang dipotong",
    "only the {roles} may do this": "hanya {roles} yang dapat melakukannya",
    "open appeal": "banding yang terbuka",
    "open offer": "tawaran yang terbuka",
    "open {kind} deadline of the {party}": "batas waktu {kind} yang terbuka bagi {party}",
    "picture or page of yours": "gambar atau halaman milik Anda",
    "picture or page {id}": "gambar atau halaman {id}",
    "point in writing to oneself": "gunanya menulis kepada diri sendiri",
    "points lie between {low} and {high}": "poin antara {low} dan {high}",
    "quantity is at most {most}": "jumlah barang paling banyak {most}",
    "recourse to allocate": "beban biaya yang dapat dibagi",
    "remedy the {party} owes": "kewajiban yang harus dipenuhi {party}",
    "remedy {id}": "kewajiban {id}",
    "return to ship": "barang yang harus dikirim kembali",
    "return under way": "pengembalian barang yang sedang berjalan",
    "running deadline": "batas waktu yang sedang berjalan",
    "shares must add up to {cost}": "jumlah bagian harus {cost}",
    "text, upload or tracking for {type}": "teks, berkas, atau nomor resi untuk {type}",
    "the carrier is heard on delivery only": "jasa kirim hanya didengar tentang pengiriman",
    "the file is already noted as {state}": "berkas sudah dicatat sebagai {state}",
    "the other side answers this offer": "pihak lain yang menjawab tawaran ini",
    "the seller has yet to do what it is about": "penjual belum melakukan yang menjadi pokoknya",
    "the {party} answers this offer": "{party} yang menjawab tawaran ini",
    "the {party} handed this in": "{party} yang menyerahkan ini",
    "the {party} has until {until}": "{party} punya waktu sampai {until}",
    "the {party} performs this": "{party} yang melaksanakan ini",
    "these areas are already covered": "area ini sudah ditutup",
    "this case is not claimed by you": "kasus ini tidak Anda pegang",
    "this evidence already counts": "bukti ini sudah diperhitungkan",
    "upload {id}": "berkas {id}",
    "valid_until is at most {days} days ahead": "tawaran berlaku paling lama {days} hari ke depan",
    "why {id} was not considered": "mengapa {id} tidak dipertimbangkan",
    "{amount} is owed, not {other}": "yang terutang {amount}, bukan {other}",
    "{clauses} is not in {edition}": "{clauses} tidak ada dalam {edition}",
    "{id} came late; admit it first": "{id} datang terlambat; terima dulu",
    "{id}, whose file is not here": "{id}, yang berkasnya belum ada",
    "{kind} has no amount": "{kind} tidak memiliki jumlah uang",
    "{kind} is not paid in money": "{kind} tidak dibayar dengan uang",
    "{kind} needs an amount": "{kind} memerlukan jumlah uang",
}
"""By the English phrase; what stands in braces is put in as it is, or as a code."""

CODES: dict[str, str] = {
    # people
    "buyer": "pembeli", "seller": "penjual", "carrier": "jasa kirim", "platform": "platform",
    "adjudicator": "adjudikator", "operator": "operator", "auditor": "auditor", "clock": "jam",
    # orders, remedies, files, enforcement and proceedings
    "created": "dibuat", "paid": "dibayar", "shipped": "dikirim", "delivered": "diterima", "canceled": "dibatalkan",
    "unavailable": "tidak tersedia", "invalid": "tidak sah",
    "pending": "menunggu dilaksanakan", "fulfilled": "dilaksanakan", "overdue": "terlambat", "deducted": "dipotong",
    "waived": "dibebaskan", "in_force": "berlaku", "appealed": "diajukan banding", "upheld": "dikuatkan",
    "reversed": "dibatalkan", "expired": "berakhir", "awaited": "ditunggu", "received": "diterima",
    "clean": "lolos pemeriksaan",
    "refused": "ditolak", "missing": "tidak tiba",
    "court": "pengadilan", "regulator": "regulator", "mediation": "mediasi", "other": "pihak lain",
    # remedies and outcomes
    "refund": "pengembalian dana", "refund_after_return": "pengembalian dana setelah barang kembali",
    "partial_refund": "pengembalian dana sebagian", "replacement": "penggantian barang",
    "resend_missing": "pengiriman bagian yang kurang", "discard_item": "barang dibuang",
    "return_label": "label pengembalian", "ship_back_to_buyer": "pengiriman kembali kepada pembeli",
    "reimburse_seller": "penggantian kepada penjual", "no remedy": "tanpa kewajiban",
    "buyer_favour": "untuk pembeli", "seller_favour": "untuk penjual", "split": "dibagi",
    # findings
    "claim": "pengajuan pembeli", "rebuttal": "jawaban penjual", "fault": "siapa yang bersalah",
    "severity": "seberapa berat", "deceptive": "apakah etalase menyesatkan",
    "returnable": "apakah barang dapat dikembalikan",
    "delivered_to_right_address": "apakah sampai di alamat yang benar",
    "intact_at_handover": "apakah utuh saat diserahkan kepada jasa kirim",
    # statements
    "rationale": "alasan", "statement": "pernyataan",
    # reasons
    "item_missing": "ada yang kurang", "item_wrong": "barang salah", "wrong_quantity": "jumlah salah",
    "counterfeit": "palsu", "defective": "tidak berfungsi", "unsafe": "tidak aman", "allergy": "reaksi alergi",
    "delivery_late": "terlambat tiba", "not_received": "tidak sampai", "damaged_in_transit": "rusak di perjalanan",
    "changed_mind": "berubah pikiran",
    # evidence
    "photo_of_item": "foto barang", "video_of_item": "video barang", "photo_of_packing": "foto pengemasan",
    "unpacking_video": "video buka paket", "tracking": "nomor resi", "shipping_label": "label pengiriman",
    "shipping_receipt": "tanda terima pengiriman", "proof_of_delivery": "bukti penerimaan",
    "delivery_signature": "tanda tangan penerima", "address_check": "pemeriksaan alamat",
    "carrier_statement": "pernyataan jasa kirim", "commercial_invoice": "faktur",
    "supplier_contract": "kontrak pemasok", "test_report": "laporan uji",
    "authority_certificate": "sertifikat instansi", "medical_certificate": "surat keterangan dokter",
    "recall_scope_statement": "pernyataan cakupan penarikan", "listing_snapshot": "salinan etalase",
    "conversation": "percakapan", "proof_of_refund": "bukti pengembalian dana",
    "proof_of_return": "bukti pengembalian barang", "proof_of_replacement": "bukti penggantian",
    "appeal_statement": "pernyataan banding",
    # clocks
    "seller_answer": "jawaban penjual", "open_dispute": "membuka sengketa", "further_dispute": "sengketa lanjutan",
    "refile_request": "mengajukan lagi", "buyer_evidence": "bukti pembeli", "seller_evidence": "bukti penjual",
    "carrier_evidence": "bukti jasa kirim", "requested_evidence": "bukti yang diminta", "reply": "tanggapan",
    "decision": "keputusan", "remedy": "pelaksanaan", "appeal": "banding", "appeal_decision": "keputusan banding",
    "return_shipment": "pengiriman kembali", "return_inspection": "pemeriksaan barang kembali",
    "settlement_offer": "tawaran penyelesaian", "recourse": "pembagian beban", "enforcement": "penindakan",
    "upload": "berkas", "retention": "penyimpanan data",
    # stages
    "unopened": "belum dibuka", "awaiting_seller": "menunggu jawaban penjual",
    "gathering_evidence": "dalam tahap pengumpulan bukti", "under_review": "sedang ditinjau",
    "agreed": "telah disepakati", "decided": "telah diputus", "under_appeal": "dalam proses banding",
    "suspended": "ditangguhkan", "withdrawn": "ditarik", "closed": "ditutup",
}  # fmt: skip
"""What the law's codes are called inside a phrase."""
BETWEEN = re.compile(r"(, | \+ )")


def _pattern(phrase: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", phrase)
    return re.compile("".join(f"(?P<{part}>.+)" if n % 2 else re.escape(part) for n, part in enumerate(parts)))


PATTERNS = tuple((_pattern(phrase), said) for phrase, said in sorted(PHRASES.items(), key=lambda one: "{" in one[0]))
"""Whole phrases first, so that none is taken for one with a hole."""


def in_indonesian(fact: str) -> str:
    """A fact of a refusal in Indonesian: its phrase, or its codes; ids, numbers and instants stay as they are."""
    for pattern, said in PATTERNS:
        if found := pattern.fullmatch(fact):
            return said.format_map({name: _codes(text) for name, text in found.groupdict().items()})
    return _codes(fact)


def _codes(text: str) -> str:
    return "".join(CODES.get(part, part) for part in BETWEEN.split(text))
