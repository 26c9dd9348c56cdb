"""Why a file is not taken: a stable code and one sentence in English and Indonesian, saying what to send instead.

Nothing a file contains reaches a sentence: fields are numbers and names out of our own tables, or a name's ending.
"""

import msgspec

TAKEN_IN_WORDS = "JPEG, PNG, WebP, HEIC, PDF, TXT, MP4, MOV"

SENTENCES: dict[str, dict[str, str]] = {
    "empty": {
        "en": "This file is empty. If it lies in a cloud folder, download it to your device first, then send it.",
        "id": "Berkas ini kosong. Jika tersimpan di cloud, unduh dulu ke perangkat Anda, lalu kirim lagi.",
    },
    "archive": {
        "en": "This is an archive ({what}). Unpack it and send the pictures, PDFs or videos inside one by one.",
        "id": "Ini arsip ({what}). Ekstrak dahulu, lalu kirim foto, PDF, atau video di dalamnya satu per satu.",
    },
    "office": {
        "en": "This is an Office document ({what}). Save or export it as PDF and send the PDF.",
        "id": "Ini dokumen Office ({what}). Simpan atau ekspor sebagai PDF, lalu kirim PDF itu.",
    },
    "svg": {
        "en": "This is an SVG drawing, which can carry programs. Export it as PNG and send the PNG.",
        "id": "Ini gambar SVG, yang dapat memuat program. Ekspor sebagai PNG, lalu kirim PNG itu.",
    },
    "html": {
        "en": "This is a web page ({what}). Send a screenshot of it, or print it to PDF and send the PDF.",
        "id": "Ini halaman web ({what}). Kirim tangkapan layarnya, atau cetak ke PDF lalu kirim PDF itu.",
    },
    "gif": {
        "en": "This is a GIF. Send a screenshot as PNG or JPEG; if the movement matters, send a video as MP4.",
        "id": "Ini GIF. Kirim tangkapan layar PNG atau JPEG; jika gerakannya penting, kirim video MP4.",
    },
    "picture_format": {
        "en": "This is a picture of a kind that is not taken ({what}). Save it as JPEG or PNG and send that.",
        "id": "Jenis gambar ini tidak diterima ({what}). Simpan sebagai JPEG atau PNG, lalu kirim.",
    },
    "video_format": {
        "en": "This is a video of a kind that is not taken ({what}). Save or convert it as MP4 and send that.",
        "id": "Jenis video ini tidak diterima ({what}). Simpan atau ubah menjadi MP4, lalu kirim.",
    },
    "audio": {
        "en": "This is a sound recording ({what}). Write down what is said as plain text, or send a video as MP4.",
        "id": "Ini rekaman suara ({what}). Tulis isinya sebagai teks biasa, atau kirim video MP4.",
    },
    "postscript": {
        "en": "This is PostScript ({what}), which is a program. Save it as PDF and send the PDF.",
        "id": "Ini PostScript ({what}), yaitu sebuah program. Simpan sebagai PDF, lalu kirim PDF itu.",
    },
    "program": {
        "en": "This is a program or script ({what}); those are never taken. Send a screenshot of what it shows.",
        "id": "Ini program atau skrip ({what}); jenis ini tidak pernah diterima. Kirim tangkapan layarnya.",
    },
    "mail": {
        "en": "This is a saved e-mail ({what}). Print it to PDF, or send a screenshot that shows sender and date.",
        "id": "Ini surel tersimpan ({what}). Cetak ke PDF, atau kirim tangkapan layar dengan pengirim dan tanggalnya.",
    },
    "unknown": {
        "en": "This kind of file is not taken. Taken are: {taken}. A screenshot or a PDF of it is welcome.",
        "id": "Jenis berkas ini tidak diterima. Yang diterima: {taken}. Kirim tangkapan layar atau PDF-nya.",
    },
    "ending_disagrees": {
        "en": "The name ends with .{ending}, but the file is {what}. Send the original file under its right name.",
        "id": "Nama berakhir .{ending}, tetapi isinya {what}. Kirim berkas asli dengan nama yang benar.",
    },
    "declared_disagrees": {
        "en": "The file was announced as another type, but it is {what}. Choose the file again and send it anew.",
        "id": "Berkas ini diumumkan sebagai jenis lain, tetapi isinya {what}. Pilih berkasnya lagi dan kirim ulang.",
    },
    "two_kinds": {
        "en": "This {what} also holds something else ({second}). Open it, save a fresh copy or take a screenshot, "
        "and send that.",
        "id": "Berkas {what} ini juga memuat hal lain ({second}). Buka, simpan salinan baru atau ambil tangkapan "
        "layar, lalu kirim itu.",
    },
    "name_unsafe": {
        "en": "The file's name is too long or holds characters that cannot be shown. Give it a short, plain name.",
        "id": "Nama berkas terlalu panjang atau memuat karakter yang tidak dapat ditampilkan. Beri nama yang singkat.",
    },
    "text_encoding": {
        "en": "This text is not written as UTF-8. Save it again with the encoding UTF-8, or send it as PDF.",
        "id": "Teks ini tidak ditulis dalam UTF-8. Simpan lagi dengan pengodean UTF-8, atau kirim sebagai PDF.",
    },
    "damaged": {
        "en": "This {what} is damaged or incomplete. Open it on your device; if it opens, save a fresh copy or take "
        "a screenshot and send that.",
        "id": "Berkas {what} ini rusak atau tidak lengkap. Buka di perangkat Anda; jika terbuka, simpan salinan baru "
        "atau ambil tangkapan layar, lalu kirim itu.",
    },
    "too_large": {
        "en": "This file is larger than the {cap} MB that are taken. Send a smaller copy or several parts.",
        "id": "Berkas ini lebih besar dari batas {cap} MB. Kirim salinan yang lebih kecil atau beberapa bagian.",
    },
    "too_many_pixels": {
        "en": "This picture has more than {cap} million pixels. Send a copy with fewer pixels, or a screenshot.",
        "id": "Gambar ini lebih dari {cap} juta piksel. Kirim salinan yang lebih kecil atau tangkapan layar.",
    },
    "too_many_frames": {
        "en": "This moving picture has more than {cap} frames. Send a still picture, or a video as MP4.",
        "id": "Gambar bergerak ini lebih dari {cap} bingkai. Kirim gambar diam, atau video MP4.",
    },
    "too_many_pages": {
        "en": "This PDF has more than {cap} pages. Send only the pages that matter, or several PDFs.",
        "id": "PDF ini lebih dari {cap} halaman. Kirim hanya halaman yang penting, atau beberapa PDF.",
    },
    "no_pages": {
        "en": "This PDF has no page that can be shown. Save it anew, or send a screenshot.",
        "id": "PDF ini tidak memiliki halaman yang dapat ditampilkan. Simpan ulang, atau kirim tangkapan layar.",
    },
    "encrypted_pdf": {
        "en": "This PDF is locked with a password. Open it, print or save it as a new PDF without one, and send that.",
        "id": "PDF ini terkunci kata sandi. Buka, lalu cetak atau simpan sebagai PDF baru tanpa sandi, dan kirim itu.",
    },
    "too_long": {
        "en": "This video is longer than {cap} minutes. Send the part that matters.",
        "id": "Video ini lebih dari {cap} menit. Kirim bagian yang penting saja.",
    },
    "no_duration": {
        "en": "This video does not say how long it is. Open it, save it again as MP4, and send that.",
        "id": "Video ini tidak memuat durasinya. Buka, simpan lagi sebagai MP4, lalu kirim.",
    },
    "no_picture": {
        "en": "This file holds no moving picture. Send a video as MP4, or write down what is said as plain text.",
        "id": "Berkas ini tidak memuat gambar bergerak. Kirim video MP4, atau tulis isinya sebagai teks biasa.",
    },
    "too_heavy": {
        "en": "This {what} takes more work to show than is allowed. Send a simpler copy, a screenshot, or fewer pages.",
        "id": "Berkas {what} ini terlalu berat untuk ditampilkan. Kirim salinan yang lebih sederhana, tangkapan "
        "layar, atau lebih sedikit halaman.",
    },
    "not_checked": {
        "en": "This file could not be looked at just now, through no fault of yours. It counts as received; "
        "it will be tried again.",
        "id": "Berkas ini belum dapat diperiksa, bukan karena kesalahan Anda. Berkas tetap dianggap diterima dan "
        "akan dicoba lagi.",
    },
}
CODES = tuple(SENTENCES)
"""Every stable code of a file that is not taken or could not be processed."""


class RefusedFile(msgspec.Struct, frozen=True):
    """A file that is not taken: `says` holds one sentence by locale, `en` and `id`."""

    code: str
    says: dict[str, str]


def sentences(code: str, **fields: object) -> dict[str, str]:
    """The sentences of a code by locale, their fields filled in."""
    given = {"what": "file", "taken": TAKEN_IN_WORDS, "cap": "", "second": "", "ending": "", **fields}
    return {locale: sentence.format(**given) for locale, sentence in SENTENCES[code].items()}


def refused(code: str, **fields: object) -> RefusedFile:
    """A refusal by its code."""
    return RefusedFile(code, sentences(code, **fields))
