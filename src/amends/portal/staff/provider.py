"""The organisation's sign-in: OpenID Connect, authorization code with PKCE, state and nonce.

Everything is asked of the provider's discovery document, whose issuer must be the one in the settings to the letter.
An identity is issuer and subject, nothing else: addresses and names change hands. Authlib checks the claims, joserfc
the signature, by asymmetric algorithms only. The provider's tokens are looked at once and kept nowhere.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]  # ships no types
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # ships no types
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from amends.settings import LOOPBACK, Settings

SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Asymmetric ones: a client's secret signs nothing."""
SCOPE = "openid profile email"
LEEWAY_SECONDS = 60
TIMEOUT_SECONDS = 10.0
BELIEVED_SECONDS = 300.0
"""How long the discovery document and the keys are believed without asking again."""
MOST_BYTES = 512 * 1024


class NotVouched(Exception):
    """The provider does not vouch for the visitor, or says it wrongly; `str()` is for the log."""


class ProviderAway(Exception):
    """The provider does not answer, or not as one; `str()` is for the log."""


class Way(msgspec.Struct, frozen=True):
    """A way over to the provider and back: the secrets this browser must come back with."""

    state: str
    nonce: str
    verifier: str
    fresh: bool


class Vouched(msgspec.Struct, frozen=True):
    """Whom the provider vouches for. `roles`: by the settings' mapping, in its order."""

    issuer: str
    subject: str
    name: str
    email: str | None
    roles: tuple[str, ...]


class Provider:
    """The one provider of this server."""

    def __init__(self, settings: Settings) -> None:
        assert settings.oidc_issuer, "there is a provider only where its issuer is known"
        assert settings.oidc_client_id, "provider_of refuses a provider without a client"
        self.issuer = settings.oidc_issuer
        self.client_id = settings.oidc_client_id
        self.back = f"{settings.address}/staff/organisation/back"
        self._secret = settings.oidc_client_secret
        self._mapping = settings.oidc_roles
        self._believed: tuple[float, Mapping[str, Any], KeySet] | None = None
        self._asking = asyncio.Lock()

    @property
    def name(self) -> str:
        """The provider's host, as people know it."""
        return urlsplit(self.issuer).netloc

    @property
    def maps_roles(self) -> bool:
        """Whether the provider says who has which role."""
        return bool(self._mapping)

    def new_way(self, *, fresh: bool) -> Way:
        """Secrets for one way over. `fresh`: the person must show again who they are."""
        return Way(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), fresh)

    async def address(self, way: Way) -> str:
        """Where the browser goes. Raises ProviderAway."""
        found, _ = await self._known()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.back,
            "scope": SCOPE,
            "state": way.state,
            "nonce": way.nonce,
            "code_challenge": create_s256_code_challenge(way.verifier),
            "code_challenge_method": "S256",
        } | ({"prompt": "login", "max_age": "0"} if way.fresh else {})
        at = str(found["authorization_endpoint"])
        return f"{at}{'&' if '?' in at else '?'}{urlencode(asked)}"

    async def vouch(self, way: Way, answered: Mapping[str, str]) -> Vouched:
        """Whom the provider vouches for, by what it sent the browser back with. Raises NotVouched or ProviderAway."""
        found, keys = await self._known()
        if not secrets.compare_digest(answered.get("state", "").encode(), way.state.encode()):
            raise NotVouched("the state is another browser's")
        says_who = found.get("authorization_response_iss_parameter_supported") is True
        if (said := answered.get("iss")) != self.issuer and (said is not None or says_who):
            raise NotVouched("the answer comes from another issuer")
        if "error" in answered or not answered.get("code"):
            raise NotVouched(f"the provider refused: {answered.get('error', 'no code')[:100]}")
        tokens = await self._redeem(found, answered["code"], way.verifier)
        claims = await self._checked(str(tokens.get("id_token", "")), keys, way, tokens.get("access_token"))
        name = claims.get("name") or claims.get("preferred_username") or claims.get("email") or claims["sub"]
        email = claims.get("email")
        return Vouched(
            self.issuer, str(claims["sub"]), str(name)[:128], str(email) if email else None, self._roles(claims)
        )

    async def _redeem(self, found: Mapping[str, Any], code: str, verifier: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.back, "code_verifier": verifier}
        auth = httpx.BasicAuth(self.client_id, self._secret) if self._secret else None
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if auth is None or "client_secret_basic" not in methods:
            auth = None
            form |= {"client_id": self.client_id} | ({"client_secret": self._secret} if self._secret else {})
        async with _client() as client:
            try:
                answer = await client.post(
                    str(found["token_endpoint"]), data=form, auth=auth or httpx.USE_CLIENT_DEFAULT
                )
            except httpx.HTTPError as fault:
                raise ProviderAway(str(fault) or type(fault).__name__) from fault
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ProviderAway(f"the token endpoint answered {answer.status_code}")
        if answer.status_code != httpx.codes.OK:
            raise NotVouched(f"the code was not redeemed ({answer.status_code})")
        return _json(answer)

    async def _checked(self, token: str, keys: KeySet, way: Way, access_token: Any) -> CodeIDToken:
        try:
            try:
                decoded = jwt.decode(token, keys, algorithms=SIGNED_BY)
            except (JoseError, ValueError):
                _, keys = await self._known(again=True)  # its keys may have changed
                decoded = jwt.decode(token, keys, algorithms=SIGNED_BY)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {"iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self.client_id}},
                {"nonce": way.nonce, "client_id": self.client_id, "access_token": access_token},
            )
            claims.validate(now=int(time.time()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as fault:
            raise NotVouched(f"the token does not hold: {fault}") from fault
        if way.fresh and time.time() - float(claims.get("auth_time") or 0) > BELIEVED_SECONDS:
            raise NotVouched("the person did not show again who they are")
        return claims

    def _roles(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        found: list[str] = []
        for each in self._mapping:
            held = claims.get(each.claim)
            if (each.value in held if isinstance(held, list) else held == each.value) and each.role not in found:
                found.append(each.role)
        return tuple(found)

    async def _known(self, *, again: bool = False) -> tuple[Mapping[str, Any], KeySet]:
        """The discovery document and the keys."""
        async with self._asking:
            now = time.monotonic()
            if self._believed is not None and now < self._believed[0] and not again:
                return self._believed[1], self._believed[2]
            async with _client() as client:
                found = await _read(client, self.issuer.rstrip("/") + "/.well-known/openid-configuration")
                if found.get("issuer") != self.issuer:
                    raise ProviderAway("the discovery document is another issuer's")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    if not _safe(str(found.get(name, ""))):
                        raise ProviderAway(f"the discovery document's {name} is not an https address")
                held = await _read(client, str(found["jwks_uri"]))
            try:
                keys = KeySet.import_key_set(held)  # type: ignore[arg-type]  # whatever the provider sent
            except (JoseError, ValueError, KeyError, TypeError) as fault:
                raise ProviderAway(f"its keys cannot be read: {fault}") from fault
            self._believed = now + BELIEVED_SECONDS, found, keys
            return found, keys


def provider_of(settings: Settings) -> Provider | None:
    """The provider of the settings, where there is one."""
    return Provider(settings) if settings.oidc_issuer and settings.oidc_client_id else None


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=True)


async def _read(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    try:
        answer = await client.get(url)
    except httpx.HTTPError as fault:
        raise ProviderAway(str(fault) or type(fault).__name__) from fault
    if answer.status_code != httpx.codes.OK:
        raise ProviderAway(f"{url} answered {answer.status_code}")
    return _json(answer)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(answer.content) if len(answer.content) <= MOST_BYTES else None
    except msgspec.DecodeError as fault:
        raise ProviderAway("the provider answered with no JSON") from fault
    if not isinstance(found, dict):
        raise ProviderAway("the provider answered with something else")
    return found


def _safe(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.netloc) and (parts.scheme == "https" or parts.hostname in LOOPBACK)
