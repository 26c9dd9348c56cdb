"""Passkeys: what the browser is asked, and whether its answer is right. Wraps the library `webauthn`; keeps nothing.

A passkey belongs to a name (a host), never to an address of digits; where the server has no public name, to
`localhost`. The user is always verified (finger, face, code), so that a passkey alone is enough.
"""

import hashlib
import json
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec
import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from amends.portal.visit import Visit
from amends.store.staff import Passkey, Person

NAME = "Amends"
MOST_ANSWER_CHARACTERS = 20_000


class Wrong(Exception):
    """The browser's answer does not hold; `str()` is for the log, never for the page."""


class Place(msgspec.Struct, frozen=True):
    """Whose passkeys they are: the host's name, and the origin pages come from. `fits`: the visitor is there."""

    host: str
    origin: str
    fits: bool


def place_of(visit: Visit) -> Place:
    """The name passkeys are bound to on this server."""
    parts = urlsplit(visit.portal.settings.public_url or "")
    here = urlsplit(str(visit.request.base_url))
    if not parts.hostname:
        port = f":{here.port}" if here.port else ""
        return Place("localhost", f"http://localhost{port}", here.hostname == "localhost")
    return Place(parts.hostname, f"{parts.scheme}://{parts.netloc}", not _is_number(parts.hostname))


def to_enrol(place: Place, marketplace: str, person: Person, known: list[Passkey]) -> tuple[bytes, dict[str, Any]]:
    """A challenge to make a passkey, and what the browser is asked."""
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=NAME,
        user_id=hashlib.sha256(f"{marketplace}\n{person.staff_id}".encode()).digest(),
        user_name=person.email or person.staff_id,
        user_display_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
    )
    return options.challenge, json.loads(webauthn.options_to_json(options))


def to_show(place: Place, known: list[Passkey] | None = None) -> tuple[bytes, dict[str, Any]]:
    """A challenge to show a passkey (any of this place, or one of those known), and what the browser is asked."""
    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known or []],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options.challenge, json.loads(webauthn.options_to_json(options))


def enrolled(place: Place, challenge: bytes, answer: str, staff_id: str, label: str, now: datetime) -> Passkey:
    """The passkey the browser made. Raises Wrong."""
    try:
        found = webauthn.verify_registration_response(
            credential=_fit(answer),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as fault:
        raise Wrong(str(fault)) from fault
    return Passkey(
        credential_id=found.credential_id,
        staff_id=staff_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        label=label,
        made_at=now,
    )


def named(answer: str) -> bytes:
    """The id of the passkey an answer is about. Raises Wrong."""
    try:
        return base64url_to_bytes(str(json.loads(_fit(answer))["rawId"]))
    except (ValueError, KeyError, TypeError) as fault:
        raise Wrong(str(fault)) from fault


def shown(place: Place, challenge: bytes, answer: str, passkey: Passkey) -> int:
    """Whether the passkey signed the challenge: how often it was used. Raises Wrong, also for a copied passkey."""
    try:
        found = webauthn.verify_authentication_response(
            credential=_fit(answer),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as fault:
        raise Wrong(str(fault)) from fault
    return found.new_sign_count


def _fit(answer: str) -> str:
    if not answer or len(answer) > MOST_ANSWER_CHARACTERS:
        raise Wrong("no answer")
    return answer


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
