"""An OpenID provider in a process of its own: Authlib's authorization server on Flask, with one account that is asked.

`python -m tests.portal.entry.provider PORT` serves it. `POST /spoil` with JSON makes its next answers wrong: `claims`
over the true ones, `alg`, `key` (`other`: signed by another), `iss_parameter`, `document` (fields over discovery's).
"""

import os
import sys
import time
import warnings
from typing import Any

warnings.simplefilter("ignore")
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback only

from authlib.integrations.flask_oauth2 import AuthorizationServer  # noqa: E402
from authlib.oauth2.rfc6749 import grants  # noqa: E402
from authlib.oauth2.rfc7636 import CodeChallenge  # noqa: E402
from authlib.oidc.core.grants import OpenIDCode  # noqa: E402
from flask import Flask, jsonify, request  # noqa: E402
from joserfc import jwt  # noqa: E402
from joserfc.jwk import KeySet, OctKey, RSAKey  # noqa: E402

CLIENT, SECRET = "amends", "a-secret-of-the-client"
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}, auto_kid=False)
OTHER = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}, auto_kid=False)
SPOILT: dict[str, Any] = {}
CODES: dict[str, "Code"] = {}
NONCES: set[str] = set()
ACCOUNT = {"sub": "u-1", "name": "Olga Okta", "email": "olga@org.test", "groups": ["ops", "desk"]}


class Client:
    client_id = CLIENT

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri == os.environ["REDIRECT"]

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"

    @property
    def id_token_signed_response_alg(self) -> str:
        return "RS256"


class Code:
    """A code: what was asked with it."""

    def __init__(self, code: str, asked: dict[str, str]) -> None:
        self.code, self.asked, self.at = code, asked, int(time.time())
        self.code_challenge = asked.get("code_challenge")
        self.code_challenge_method = asked.get("code_challenge_method")

    def get_redirect_uri(self) -> str:
        return self.asked["redirect_uri"]

    def get_scope(self) -> str:
        return self.asked["scope"]

    def get_nonce(self) -> str:
        return self.asked["nonce"]

    def get_auth_time(self) -> int:
        return self.at if "max_age" in self.asked else self.at - 7200

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Grant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012

    def save_authorization_code(self, code: str, asked: Any) -> None:
        CODES[code] = Code(code, dict(asked.payload.data))
        NONCES.add(CODES[code].get_nonce())

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return CODES.get(code)

    def delete_authorization_code(self, code: Code) -> None:
        del CODES[code.code]

    def authenticate_user(self, code: Code) -> dict[str, Any]:
        return ACCOUNT


class Identity(OpenIDCode):
    def exists_nonce(self, nonce: str, _request: Any) -> bool:
        return nonce in NONCES

    def generate_user_info(self, user: dict[str, Any], _scope: str) -> dict[str, Any]:
        return user

    def encode_id_token(self, token: dict[str, Any], asked: Any) -> str:
        now = int(time.time())
        claims = {"iss": issuer(), "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= self.get_authorization_code_claims(asked.authorization_code) | ACCOUNT
        claims = {k: v for k, v in (claims | SPOILT.get("claims", {})).items() if v is not None}
        alg = SPOILT.get("alg", "RS256")
        if alg == "none":
            import base64
            import json

            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
            return ".".join([*(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts), ""])
        key = OctKey.import_key(SECRET) if alg == "HS256" else OTHER if SPOILT.get("key") == "other" else KEY
        return jwt.encode({"alg": alg, "kid": "k1"}, claims, key, [alg])


def issuer() -> str:
    return f"http://127.0.0.1:{sys.argv[1]}"


app = Flask(__name__)
server = AuthorizationServer(app, query_client=lambda name: Client() if name == CLIENT else None,
                             save_token=lambda token, asked: None)  # fmt: skip
server.register_grant(Grant, [Identity(require_nonce=True), CodeChallenge(required=True)])


@app.get("/.well-known/openid-configuration")
def discovery() -> Any:
    found = {
        "issuer": issuer(),
        "authorization_endpoint": f"{issuer()}/authorize",
        "token_endpoint": f"{issuer()}/token",
        "jwks_uri": f"{issuer()}/keys",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "authorization_response_iss_parameter_supported": True,
    }
    return jsonify(found | SPOILT.get("document", {}))


@app.get("/keys")
def keys() -> Any:
    return jsonify(KeySet([KEY]).as_dict(private=False))


@app.get("/authorize")
def authorize() -> Any:
    grant = server.get_consent_grant(end_user=ACCOUNT)
    answer = server.create_authorization_response(grant_user=ACCOUNT, grant=grant)
    said = SPOILT.get("iss_parameter", issuer())
    if said is not None:
        answer.headers["location"] += f"&iss={said}"
    return answer


@app.post("/token")
def token() -> Any:
    return server.create_token_response()


@app.post("/spoil")
def spoil() -> Any:
    SPOILT.clear()
    SPOILT.update(request.get_json())
    return jsonify({})


if __name__ == "__main__":
    from werkzeug.serving import make_server

    make_server("127.0.0.1", int(sys.argv[1]), app, threaded=True).serve_forever()
