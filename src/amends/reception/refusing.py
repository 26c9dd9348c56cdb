"""Why a file, or a part of one, was not taken in: a stable code, and one sentence in English and one in Indonesian."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog

from amends.media.refusals import RefusedFile
from amends.store import quarantine, uploads
from amends.store.files import NoSpace

ASK_AGAIN_SECONDS = 3600
MEGABYTE = 1024 * 1024
SENTENCES: dict[str, dict[str, str]] = {
    "not_found": {
        "en": "There is no such file here, or it is not yours.",
        "id": "Berkas ini tidak ada, atau bukan milik Anda.",
    },
    "too_large": {
        "en": "A file may have at most {limit}.",
        "id": "Satu berkas paling banyak {limit}.",
    },
    "ticket_expired": {
        "en": "This ticket's time is over. Ask for a new one and send the file again.",
        "id": "Waktu untuk mengirim berkas ini sudah habis. Pilih berkasnya lagi dan kirim ulang.",
    },
    "not_as_declared": {
        "en": "The ticket announces {size} bytes with the SHA-256 {sha256}; these are {sent} with {found}. "
        "Send that file, or take a new ticket.",
        "id": "Yang diumumkan {size} bita dengan SHA-256 {sha256}; yang tiba {sent} dengan {found}. Kirim berkas "
        "itu, atau mulai lagi dari awal.",
    },
    "storage_full": {
        "en": "There is no room for files at the moment; nothing of this one was kept. Ask again later.",
        "id": "Saat ini tidak ada ruang untuk berkas; tidak ada yang disimpan dari berkas ini. Coba lagi nanti.",
    },
    "idempotency_key_reused": {
        "en": "Use a new Idempotency-Key for another file; the one sent belongs to another.",
        "id": "Gunakan Idempotency-Key baru untuk berkas lain; yang dikirim milik berkas lain.",
    },
    "too_many_uploads": {
        "en": "One party may send at most {quota}. Send the rest tomorrow, or ask the marketplace.",
        "id": "Satu pihak paling banyak mengirim {quota}. Kirim sisanya besok, atau hubungi marketplace.",
    },
    "upload_locked": {
        "en": "Another request is sending this file at the moment. Ask again in a moment.",
        "id": "Berkas ini sedang dikirim melalui permintaan lain. Coba lagi sebentar lagi.",
    },
    "offset_mismatch": {
        "en": "This upload stands at {stands}, not at {at}. Go on from there.",
        "id": "Unggahan ini ada di {stands}, bukan di {at}. Lanjutkan dari sana.",
    },
    "arrived_already": {
        "en": "This file has arrived with all its {size} bytes.",
        "id": "Berkas ini sudah tiba lengkap dengan {size} bita.",
    },
    "checksum_mismatch": {
        "en": "The bytes are not those of Upload-Checksum; send them again.",
        "id": "Bita yang tiba tidak sesuai Upload-Checksum; kirim lagi.",
    },
    "already_received": {
        "en": "This file has arrived; what has arrived is not taken back here.",
        "id": "Berkas ini sudah tiba; yang sudah tiba tidak ditarik kembali di sini.",
    },
    "upload_in_use": {
        "en": "A case rests on this ticket; send the file, or let its time run out.",
        "id": "Sebuah kasus memakai berkas ini; kirim berkasnya, atau biarkan waktunya habis.",
    },
    "empty": {
        "en": "This file is empty. Choose another one, or the same again if it should not be.",
        "id": "Berkas ini kosong. Pilih berkas lain, atau pilih lagi bila seharusnya berisi.",
    },
    "no_length": {
        "en": "Upload-Length must be the file's length in bytes; it cannot be deferred.",
        "id": "Upload-Length harus panjang berkas dalam bita dan tidak dapat ditunda.",
    },
    "no_digest": {
        "en": "Upload-Metadata must have `sha256`: the file's SHA-256 in hexadecimal, as base64.",
        "id": "Upload-Metadata harus memuat `sha256`: SHA-256 berkas dalam heksadesimal, sebagai base64.",
    },
    "no_offset": {
        "en": "Upload-Offset must say from which byte on this is.",
        "id": "Upload-Offset harus menyebut mulai dari bita ke berapa.",
    },
    "bad_metadata": {
        "en": "Upload-Metadata cannot be read: {why}.",
        "id": "Upload-Metadata tidak dapat dibaca: {why}.",
    },
    "bad_checksum": {
        "en": "Upload-Checksum cannot be read: {why}.",
        "id": "Upload-Checksum tidak dapat dibaca: {why}.",
    },
    "wrong_media": {
        "en": "Send the bytes as `Content-Type: application/offset+octet-stream`.",
        "id": "Kirim isinya sebagai `Content-Type: application/offset+octet-stream`.",
    },
    "wrong_version": {
        "en": "Send `Tus-Resumable: 1.0.0`.",
        "id": "Kirim `Tus-Resumable: 1.0.0`.",
    },
}
"""What is said; several sentences may share one code."""
CODES = {
    "arrived_already": "offset_mismatch", "empty": "bad_header", "no_length": "bad_header",
    "no_digest": "bad_header", "no_offset": "bad_header", "bad_metadata": "bad_header", "bad_checksum": "bad_header",
    "wrong_media": "unsupported_media_type", "wrong_version": "tus_version",
}  # fmt: skip
"""The code of a sentence, where it is not the sentence's own name."""
log = structlog.get_logger("amends.reception")


class NotTaken(Exception):
    """It was not taken. `retry_after_seconds`: when asking again helps; `stands`: where a resumable upload stands."""

    def __init__(
        self, code: str, says: Mapping[str, str], *, retry_after_seconds: int | None = None, stands: int | None = None
    ) -> None:
        super().__init__(f"{code}: {says['en']}")
        self.code = code
        self.says = says
        self.retry_after_seconds = retry_after_seconds
        self.stands = stands


def not_taken(
    name: str, *, retry_after_seconds: int | None = None, stands: int | None = None, **facts: object
) -> NotTaken:
    """Why not, by the name of its sentence."""
    told = facts | {"stands": stands}
    says = {locale: sentence.format(**told) for locale, sentence in SENTENCES[name].items()}
    return NotTaken(CODES.get(name, name), says, retry_after_seconds=retry_after_seconds, stands=stands)


def too_large(limit_bytes: int) -> NotTaken:
    """The file is larger than this; whole megabytes are said as such."""
    whole, rest = divmod(limit_bytes, MEGABYTE)
    return not_taken("too_large", limit=f"{whole} MB" if whole and not rest else f"{limit_bytes} B")


def refused_kind(refused: RefusedFile) -> NotTaken:
    """The file is not of a kind that is taken; the sentence says what to send instead."""
    return NotTaken("unsupported_media_type", refused.says)


@contextmanager
def plainly(marketplace: str, limit_bytes: int) -> Iterator[None]:
    """What the store can meet with a file, as NotTaken."""
    try:
        yield
    except quarantine.TooLarge:
        raise too_large(limit_bytes) from None
    except NoSpace:
        log.error("storage_full", marketplace=marketplace)
        raise not_taken("storage_full", retry_after_seconds=60) from None
    except uploads.KeyReused:
        raise not_taken("idempotency_key_reused") from None
    except uploads.OverQuota as quota:
        raise not_taken("too_many_uploads", quota=quota, retry_after_seconds=ASK_AGAIN_SECONDS) from None
    except quarantine.Taken:
        raise not_taken("upload_locked", retry_after_seconds=1) from None
    except uploads.Erased:
        raise not_taken("not_found") from None
