"""Every word of a statement of reasons, in English and Indonesian: the one dictionary, complete in both.

`WORDS` are headings and sentences; `NAMES` say in words what the law names with a code. Tests hold both complete.
"""

from collections.abc import Mapping

Both = Mapping[str, str]

WORDS: Mapping[str, Both] = {
    "title": {"en": "Statement of Reasons", "id": "Pernyataan Alasan Putusan"},
    "subtitle": {"en": "Decision {number} in case {case}", "id": "Putusan {number} dalam kasus {case}"},
    "marketplace": {"en": "Marketplace", "id": "Lokapasar"},
    "case": {"en": "Case", "id": "Kasus"},
    "order": {"en": "Order", "id": "Pesanan"},
    "order_line": {"en": "{order}, line {line}: {title}", "id": "{order}, baris {line}: {title}"},
    "unnamed_item": {"en": "one item", "id": "satu barang"},
    "buyer": {"en": "Buyer", "id": "Pembeli"},
    "seller": {"en": "Seller", "id": "Penjual"},
    "claim": {"en": "Complaint", "id": "Keluhan"},
    "asked": {"en": "{reason}; the buyer asked for {wanted}", "id": "{reason}; pembeli meminta {wanted}"},
    "asked_with_amount": {"en": "{reason}; the buyer asked for {wanted} of {amount}",
                          "id": "{reason}; pembeli meminta {wanted} sebesar {amount}"},
    "paid": {"en": "Paid for it", "id": "Jumlah dibayar"},
    "opened": {"en": "Dispute opened", "id": "Sengketa dibuka"},
    "decided": {"en": "Decided", "id": "Diputus"},
    "policy": {"en": "Policy", "id": "Kebijakan"},
    "edition": {"en": "{title}, edition {edition}", "id": "{title}, edisi {edition}"},
    "times": {"en": "All times", "id": "Semua waktu"},
    "zone": {"en": "local time of {zone}", "id": "waktu setempat {zone}"},
    "overturned": {"en": "This decision was later lifted; see the end of this statement.",
                   "id": "Putusan ini kemudian dibatalkan; lihat bagian akhir pernyataan ini."},
    "ordered": {"en": "What is to be done", "id": "Apa yang harus dilakukan"},
    "no_remedy": {"en": "Nothing is ordered.", "id": "Tidak ada kewajiban yang ditetapkan."},
    "no_more_remedy": {"en": "Nothing more is ordered; what was paid before this decision counts towards it.",
                       "id": "Tidak ada kewajiban tambahan; yang sudah dibayar sebelum putusan ini diperhitungkan."},
    "what": {"en": "What", "id": "Apa"},
    "who": {"en": "By whom", "id": "Oleh siapa"},
    "amount": {"en": "Amount", "id": "Jumlah"},
    "until": {"en": "Until", "id": "Paling lambat"},
    "state": {"en": "State", "id": "Status"},
    "after_return": {"en": "once the item is back", "id": "setelah barang kembali"},
    "after_final": {"en": "once the decision is final", "id": "setelah putusan berkekuatan tetap"},
    "risk": {"en": "On the way back, breakage is at the risk of {breakage}, other damage of {damage}, loss of {loss}.",
             "id": "Selama pengiriman kembali, risiko pecah ditanggung {breakage}, kerusakan lain {damage}, kehilangan "
             "{loss}."},
    "found": {"en": "Facts found", "id": "Fakta yang ditemukan"},
    "reasons": {"en": "Reasons", "id": "Pertimbangan"},
    "evidence": {"en": "The evidence and what became of it", "id": "Bukti dan penilaiannya"},
    "no_evidence": {"en": "No evidence was handed in.", "id": "Tidak ada bukti yang diserahkan."},
    "piece": {"en": "Piece", "id": "Bukti"},
    "from": {"en": "From", "id": "Dari"},
    "received": {"en": "Received", "id": "Diterima"},
    "weight": {"en": "How it was used", "id": "Penilaian"},
    "not_mentioned": {"en": "not mentioned in the decision", "id": "tidak disebut dalam putusan"},
    "late": {"en": "late", "id": "terlambat"},
    "late_admitted": {"en": "late, admitted", "id": "terlambat, diterima"},
    "late_text": {"en": "Material marked late came after its time. It was kept and shown; it was weighed only where it "
                  "was admitted, with a reason.",
                  "id": "Bukti bertanda terlambat datang setelah waktunya. Bukti itu disimpan dan ditampilkan; bukti "
                  "itu dinilai hanya jika diterima dengan alasan."},
    "hidden": {"en": "not shown to you", "id": "tidak ditampilkan kepada Anda"},
    "hidden_because": {"en": "{pieces}: not shown to you. {why}",
                       "id": "{pieces}: tidak ditampilkan kepada Anda. {why}"},
    "reading": {"en": "How the platform reads it: {says}", "id": "Tafsiran platform: {says}"},
    "clauses": {"en": "The rules applied", "id": "Aturan yang diterapkan"},
    "rows": {"en": "How the rules led here", "id": "Bagaimana aturan mengarah ke sini"},
    "row": {"en": "Row “{row}” of the policy’s tables applied ({clauses}).",
            "id": "Baris “{row}” dalam tabel kebijakan berlaku ({clauses})."},
    "recommended": {"en": "With these findings the policy recommends: {outcome}. The decision follows it.",
                    "id": "Dengan temuan ini kebijakan menyarankan: {outcome}. Putusan mengikutinya."},
    "departed": {"en": "With these findings the policy recommends: {outcome}. The decision departs from it because: "
                 "{why}",
                 "id": "Dengan temuan ini kebijakan menyarankan: {outcome}. Putusan menyimpang darinya karena: {why}"},
    "automation": {"en": "Who decided, and what software did", "id": "Siapa yang memutus dan apa yang dilakukan "
                   "perangkat lunak"},
    "by_person": {"en": "A person decided: {who}. Software computed the time limits, what the policy recommends for "
                  "the findings a person entered, and the amounts; it decided nothing.",
                  "id": "Putusan diambil oleh manusia: {who}. Perangkat lunak menghitung tenggat, saran kebijakan "
                  "untuk temuan yang dimasukkan manusia, dan jumlah uang; perangkat lunak tidak memutus apa pun."},
    "by_rule": {"en": "This decision was made automatically, by a fixed rule and without a person: the seller sent "
                "nothing in its time, and the material the policy asks of the buyer was complete. No statistical or "
                "learned model took part.",
                "id": "Putusan ini dibuat secara otomatis menurut aturan tetap dan tanpa campur tangan manusia: "
                "penjual tidak mengirim apa pun pada waktunya, dan bukti yang diwajibkan dari pembeli sudah lengkap. "
                "Tidak ada model statistik atau model terlatih yang digunakan."},
    "contest": {"en": "How to contest this decision", "id": "Cara mengajukan keberatan atas putusan ini"},
    "appeal": {"en": "The seller may appeal until {until}. Someone else than the person who decided looks at it.",
               "id": "Penjual dapat mengajukan banding sampai {until}. Banding diperiksa oleh orang lain daripada yang "
               "memutus."},
    "no_appeal": {"en": "The seller has nothing to appeal: the decision is wholly in its favour.",
                  "id": "Penjual tidak perlu mengajukan banding: putusan sepenuhnya menguntungkan penjual."},
    "no_second_appeal": {"en": "This decision was made on the seller’s appeal; there is no second appeal.",
                         "id": "Putusan ini diambil atas banding penjual; tidak ada banding kedua."},
    "further": {"en": "The buyer may dispute once more until {until}.",
                "id": "Pembeli dapat mengajukan sengketa sekali lagi sampai {until}."},
    "no_further": {"en": "There is no further dispute for the buyer in this case.",
                   "id": "Tidak ada sengketa lanjutan bagi pembeli dalam kasus ini."},
    "slips": {"en": "Either side may ask at any time that slips of writing or arithmetic be corrected.",
              "id": "Kedua pihak dapat meminta kapan saja agar salah tulis atau salah hitung diperbaiki."},
    "courts": {"en": "Courts, regulators and mediation remain open to both sides, whatever this decision says.",
               "id": "Pengadilan, regulator, dan mediasi tetap terbuka bagi kedua pihak, apa pun isi putusan ini."},
    "later": {"en": "What happened to this decision later", "id": "Perkembangan setelah putusan ini"},
    "corrected": {"en": "Corrected. {what}", "id": "Diperbaiki. {what}"},
    "appealed": {"en": "The seller appealed on {at}: {grounds}.", "id": "Penjual mengajukan banding pada {at}: "
                 "{grounds}."},
    "appeal_open": {"en": "The appeal has not been decided yet.", "id": "Banding belum diputus."},
    "appeal_ended": {"en": "The appeal ended without a result: {how}.",
                     "id": "Banding berakhir tanpa hasil: {how}."},
    "appeal_result": {"en": "The appeal was decided on {at} by {who}. The order: {result}. The finding of fault: "
                      "{fault}.",
                      "id": "Banding diputus pada {at} oleh {who}. Perintah: {result}. Temuan kesalahan: {fault}."},
    "checked": {"en": "This statement belongs to event {seq} of the case; the hash of that event is {hash}. It is part "
                "of a signed case file that anyone can check without us.",
                "id": "Pernyataan ini bagian dari peristiwa {seq} dalam kasus ini; hash peristiwa itu adalah {hash}. "
                "Pernyataan ini termasuk dalam berkas kasus bertanda tangan yang dapat diperiksa siapa pun tanpa "
                "bantuan kami."},
    "page": {"en": "Page {page} of {pages}", "id": "Halaman {page} dari {pages}"},
    "the_reviewer": {"en": "a member of staff", "id": "seorang staf"},
    "none": {"en": "none", "id": "tidak ada"},
}  # fmt: skip

NAMES: Mapping[str, Mapping[str, Both]] = {
    "outcome": {
        "buyer_favour": {"en": "for the buyer", "id": "memenangkan pembeli"},
        "seller_favour": {"en": "for the seller", "id": "memenangkan penjual"},
        "split": {"en": "partly for the buyer, partly for the seller",
                  "id": "sebagian memenangkan pembeli, sebagian memenangkan penjual"},
    },
    "headline": {
        "buyer_favour": {"en": "Decided for the buyer", "id": "Diputus memenangkan pembeli"},
        "seller_favour": {"en": "Decided for the seller", "id": "Diputus memenangkan penjual"},
        "split": {"en": "Decided partly for the buyer, partly for the seller",
                  "id": "Diputus sebagian untuk pembeli, sebagian untuk penjual"},
    },
    "basis": {
        "evidence": {"en": "on the evidence of both sides", "id": "berdasarkan bukti kedua pihak"},
        "seller_silent": {"en": "on the buyer’s material alone; the seller sent none in time",
                          "id": "hanya berdasarkan bukti pembeli; penjual tidak mengirim bukti tepat waktu"},
        "buyer_silent": {"en": "without material from the buyer", "id": "tanpa bukti dari pembeli"},
        "settlement": {"en": "on what both sides agreed", "id": "berdasarkan kesepakatan kedua pihak"},
    },
    "role": {
        "buyer": {"en": "the buyer", "id": "pembeli"},
        "seller": {"en": "the seller", "id": "penjual"},
        "carrier": {"en": "the carrier", "id": "kurir"},
        "platform": {"en": "the platform", "id": "platform"},
        "none": {"en": "nobody", "id": "tidak ada"},
    },
    "reason": {
        "item_missing": {"en": "An item was missing", "id": "Barang kurang"},
        "item_wrong": {"en": "A wrong item came", "id": "Barang salah"},
        "wrong_quantity": {"en": "The quantity was wrong", "id": "Jumlah tidak sesuai"},
        "counterfeit": {"en": "The item is said to be counterfeit", "id": "Barang diduga palsu"},
        "defective": {"en": "The item is defective", "id": "Barang cacat"},
        "unsafe": {"en": "The item is unsafe", "id": "Barang tidak aman"},
        "allergy": {"en": "The item caused an allergy", "id": "Barang menimbulkan alergi"},
        "delivery_late": {"en": "It came too late", "id": "Pengiriman terlambat"},
        "not_received": {"en": "It did not arrive", "id": "Barang tidak diterima"},
        "damaged_in_transit": {"en": "It was damaged on the way", "id": "Barang rusak dalam pengiriman"},
        "changed_mind": {"en": "The buyer changed their mind", "id": "Pembeli berubah pikiran"},
    },
    "remedy": {
        "refund": {"en": "a refund", "id": "pengembalian dana"},
        "refund_after_return": {"en": "a refund once the item is returned",
                                "id": "pengembalian dana setelah barang dikembalikan"},
        "partial_refund": {"en": "a partial refund", "id": "pengembalian dana sebagian"},
        "replacement": {"en": "a replacement", "id": "barang pengganti"},
        "resend_missing": {"en": "sending what was missing", "id": "pengiriman barang yang kurang"},
        "discard_item": {"en": "discarding the item", "id": "pemusnahan barang"},
        "return_label": {"en": "a return label", "id": "label pengembalian"},
        "ship_back_to_buyer": {"en": "sending the item back to the buyer", "id": "pengiriman kembali ke pembeli"},
        "reimburse_seller": {"en": "reimbursing the seller", "id": "penggantian dana kepada penjual"},
    },
    "status": {
        "pending": {"en": "to be done", "id": "belum"},
        "fulfilled": {"en": "done", "id": "sudah"},
        "overdue": {"en": "overdue", "id": "lewat tenggat"},
        "deducted": {"en": "deducted from the payout", "id": "dipotong dari pembayaran"},
        "waived": {"en": "no longer owed", "id": "tidak lagi terutang"},
    },
    "weight": {
        "relied_on": {"en": "relied on", "id": "menjadi dasar putusan"},
        "considered": {"en": "considered", "id": "dipertimbangkan"},
        "not_considered": {"en": "not considered", "id": "tidak dipertimbangkan"},
    },
    "evidence": {
        "photo_of_item": {"en": "photo of the item", "id": "foto barang"},
        "video_of_item": {"en": "video of the item", "id": "video barang"},
        "photo_of_packing": {"en": "photo of the packing", "id": "foto kemasan"},
        "unpacking_video": {"en": "video of unpacking", "id": "video membuka paket"},
        "tracking": {"en": "tracking", "id": "pelacakan"},
        "shipping_label": {"en": "shipping label", "id": "label pengiriman"},
        "shipping_receipt": {"en": "shipping receipt", "id": "resi pengiriman"},
        "proof_of_delivery": {"en": "proof of delivery", "id": "bukti penyerahan"},
        "delivery_signature": {"en": "signature on delivery", "id": "tanda tangan penerima"},
        "address_check": {"en": "check of the address", "id": "pemeriksaan alamat"},
        "carrier_statement": {"en": "statement of the carrier", "id": "pernyataan kurir"},
        "commercial_invoice": {"en": "commercial invoice", "id": "faktur komersial"},
        "supplier_contract": {"en": "supplier contract", "id": "kontrak pemasok"},
        "test_report": {"en": "test report", "id": "laporan uji"},
        "authority_certificate": {"en": "certificate of an authority", "id": "sertifikat instansi"},
        "medical_certificate": {"en": "medical certificate", "id": "surat keterangan dokter"},
        "recall_scope_statement": {"en": "statement on the scope of a recall",
                                   "id": "pernyataan cakupan penarikan produk"},
        "listing_snapshot": {"en": "snapshot of the listing", "id": "tangkapan halaman produk"},
        "conversation": {"en": "conversation", "id": "percakapan"},
        "proof_of_refund": {"en": "proof of refund", "id": "bukti pengembalian dana"},
        "proof_of_return": {"en": "proof of return", "id": "bukti pengembalian barang"},
        "proof_of_replacement": {"en": "proof of replacement", "id": "bukti penggantian barang"},
        "appeal_statement": {"en": "statement on appeal", "id": "pernyataan banding"},
    },
    "finding": {
        "claim": {"en": "The complaint", "id": "Keluhan"},
        "rebuttal": {"en": "The seller’s answer to it", "id": "Bantahan penjual"},
        "fault": {"en": "Whose fault it was", "id": "Pihak yang bersalah"},
        "severity": {"en": "How serious the fault is", "id": "Tingkat cacat"},
        "deceptive": {"en": "Whether the listing deceived", "id": "Apakah penawaran menyesatkan"},
        "returnable": {"en": "Whether it can be returned", "id": "Apakah dapat dikembalikan"},
        "delivered_to_right_address": {"en": "Whether the address was right",
                                       "id": "Apakah alamatnya benar"},
        "intact_at_handover": {"en": "Whether the carrier got it intact",
                               "id": "Apakah kurir menerimanya utuh"},
    },
    "value": {
        "proved": {"en": "proved", "id": "terbukti"},
        "not_proved": {"en": "not proved", "id": "tidak terbukti"},
        "not_shown": {"en": "nothing was shown for it", "id": "tidak ada bukti yang diajukan"},
        "credible": {"en": "credible", "id": "dapat dipercaya"},
        "insufficient": {"en": "insufficient", "id": "tidak memadai"},
        "none": {"en": "none", "id": "tidak ada"},
        "major": {"en": "major", "id": "berat"},
        "minor": {"en": "minor", "id": "ringan"},
        "yes": {"en": "yes", "id": "ya"},
        "no": {"en": "no", "id": "tidak"},
        "seller": {"en": "the seller’s", "id": "penjual"},
        "carrier": {"en": "the carrier’s", "id": "kurir"},
        "buyer": {"en": "the buyer’s", "id": "pembeli"},
        "platform": {"en": "the platform’s", "id": "platform"},
    },
    "grounds": {
        "new_evidence": {"en": "new evidence", "id": "bukti baru"},
        "error_of_policy": {"en": "the rules were wrongly applied", "id": "aturan keliru diterapkan"},
        "error_of_fact": {"en": "the facts were wrongly found", "id": "fakta keliru ditemukan"},
        "procedure": {"en": "the procedure was not kept", "id": "prosedur tidak dipatuhi"},
    },
    "appeal_result": {
        "stands": {"en": "stands", "id": "tetap berlaku"},
        "changed": {"en": "was changed", "id": "diubah"},
        "sent_back": {"en": "goes back to be decided anew", "id": "dikembalikan untuk diputus ulang"},
        "cleared": {"en": "was lifted", "id": "dihapuskan"},
    },
    "appeal_end": {
        "settled": {"en": "both sides settled", "id": "kedua pihak berdamai"},
        "reversed": {"en": "what it was about was taken back", "id": "hal yang dibanding ditarik kembali"},
        "closed": {"en": "the case was closed", "id": "kasus ditutup"},
    },
}  # fmt: skip


def word(key: str, locale: str, **facts: object) -> str:
    """A sentence or heading, with facts in their places."""
    return WORDS[key][locale].format(**facts)


def name(kind: str, code: str, locale: str) -> str:
    """What the law's code is called; the code itself, spaced, where a later law has a new one."""
    both = NAMES[kind].get(code)
    return code.replace("_", " ") if both is None else both[locale]
