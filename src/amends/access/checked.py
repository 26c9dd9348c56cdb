"""What people are told of a file: how its check stands or ended, one sentence in English and one in Indonesian.

What the sandbox found comes with its own sentences; here are those for everything else. Nothing a file contains, and
no name of what a scanner found, ever reaches a sentence.
"""

from collections.abc import Mapping
from typing import Literal

from amends.store.checks import CheckRow

Standing = Literal["awaited", "received", "scanning", "clean", "refused", "unscannable", "erased"]
SAYS: dict[str, dict[str, str]] = {
    "awaited": {
        "en": "The file was announced; its bytes have not arrived yet.",
        "id": "Berkas sudah diumumkan, tetapi isinya belum tiba.",
    },
    "received": {
        "en": "The file has arrived and counts as received. It is shown once it has been checked.",
        "id": "Berkas sudah tiba dan dianggap diterima. Berkas ditampilkan setelah diperiksa.",
    },
    "infected": {
        "en": "The scanner found something harmful in this file, so nobody can open it. Send it again from a device "
        "that is free of malware, for example as a new photo.",
        "id": "Pemindai menemukan sesuatu yang berbahaya dalam berkas ini, jadi tidak seorang pun dapat membukanya. "
        "Kirim lagi dari perangkat yang bebas malware, misalnya sebagai foto baru.",
    },
    "damaged": {
        "en": "The stored copy of this file is damaged. The platform has been alarmed; please send the file again.",
        "id": "Salinan tersimpan berkas ini rusak. Platform sudah diberi tahu; kirim berkas ini lagi.",
    },
    "erased": {
        "en": "This file was erased.",
        "id": "Berkas ini telah dihapus.",
    },
    "unscannable": {
        "en": "This file could not be checked to the end, so it is shown to nobody else. Send a simpler copy, a "
        "screenshot or a PDF without a password.",
        "id": "Berkas ini tidak dapat diperiksa sampai selesai, jadi tidak ditampilkan kepada orang lain. Kirim "
        "salinan yang lebih sederhana, tangkapan layar, atau PDF tanpa kata sandi.",
    },
    "not_passed": {
        "en": "This file did not pass the check, so it is not shown.",
        "id": "Berkas ini tidak lolos pemeriksaan, jadi tidak ditampilkan.",
    },
    "redacted_copy_awaited": {
        "en": "Parts of this piece are covered. The covered copy is being made; ask again in a moment.",
        "id": "Sebagian dari bukti ini ditutup. Salinan yang ditutup sedang dibuat; coba lagi sebentar lagi.",
    },
    "redacted_copy_failed": {
        "en": "Parts of this piece are covered and no covered copy can be made of it, so it is not shown.",
        "id": "Sebagian dari bukti ini ditutup dan salinan tertutupnya tidak dapat dibuat, jadi tidak ditampilkan.",
    },
}


def standing(check: CheckRow | None, *, arrived: bool, erased: bool) -> Standing:
    """How a file stands, for people: an upload's check, or what takes its place."""
    if erased:
        return "erased"
    if not arrived:
        return "awaited"
    return check.state if check is not None else "received"


def says(check: CheckRow | None, stands: Standing, locale: str) -> str | None:
    """The sentence for a file that stands so; None for a clean one, of which nothing need be said."""
    return None if stands == "clean" else sentences(check, stands)[locale]


def says_to_other_side(check: CheckRow | None, stands: Standing, locale: str) -> str | None:
    """The same for whoever did not send it: that it did not pass, but not why, which is its owner's to know."""
    if stands in ("refused", "unscannable"):
        return SAYS["not_passed"][locale]
    return says(check, stands, locale)


def sentences(check: CheckRow | None, stands: Standing) -> Mapping[str, str]:
    """The same for one that is not clean, in every language."""
    if stands in ("awaited", "erased"):
        return SAYS[stands]
    if check is None or stands in ("received", "scanning"):
        return SAYS["received"]
    return check.says or SAYS.get(check.why or "", SAYS["unscannable"])
