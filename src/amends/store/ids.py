"""Case ids: derived, not drawn, so that opening the same case twice meets itself; unguessable without the secret."""

import hashlib
import hmac
import uuid


def case_id(secret: bytes, order_id: str, line_id: str) -> str:
    """The id of the case of this order line: a UUIDv8 (RFC 9562) of HMAC-SHA-256(secret, order id, line id).

    Each part is preceded by its length, so that no two pairs give the same bytes.
    """
    parts = (order_id.encode(), line_id.encode())
    message = b"amends/case/1" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return _version_8(hmac.new(secret, message, hashlib.sha256).digest())


def from_parts(purpose: bytes, *parts: str) -> str:
    """A UUIDv8 of SHA-256(purpose, parts), each part preceded by its length: equal parts, equal id. Not a secret."""
    message = purpose + b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return _version_8(hashlib.sha256(message).digest())


def _version_8(hashed: bytes) -> str:
    digest = bytearray(hashed[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def parse_case_id(text: str) -> str | None:
    """A case id in canonical form, or None when the text is not one."""
    try:
        return str(uuid.UUID(text)) if len(text) == 36 else None
    except ValueError:
        return None
