"""Settings: read once from the environment, flat and frozen, with one readable line for a value that cannot be.

Command line options override them (cli). Nothing else in the house reads the environment.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from amends.media.clamd import address_problem
from amends.proof.tlog import COSIGNATURE, NAME, Verifier

PREFIX = "AMENDS_"
TOKEN_PREFIX = "party_"
SHORTEST_KEY = 8
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
STAFF_ROLES = ("adjudicator", "operator", "auditor")
SECRET = ("KEY", "URL", "SECRET", "TOKEN")
"""Variables with these words are never repeated in a message."""


class SettingsError(Exception):
    """A setting cannot be used; `str()` is one line saying which, why, and what would be right."""


class WitnessAddress(msgspec.Struct, frozen=True):
    """A witness of the log: its verifier key and the URL it takes submissions under."""

    vkey: str
    url: str


class OrganisationRole(msgspec.Struct, frozen=True):
    """A role for everybody whose `claim` is, or lists, `value`."""

    claim: str
    value: str
    role: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting with its default. The variable of `pool_size` is AMENDS_POOL_SIZE, and so on."""

    database_url: str | None = None
    """postgresql://… as the owner of the tables; unset: an embedded PostgreSQL under `data`."""
    app_database_url: str | None = None
    """Optional: the same database for a login that may only become amends_app."""
    data: Path | None = None
    """Folder of the embedded database and of files; unset: the user's data directory."""
    keys: Path | None = None
    """Folder of the vault key, the signing key and the journal of erasures; unset: `keys` under `data`."""
    bootstrap_key: str | None = msgspec.field(default=None)
    """A string that works as an operator key of `marketplace` from the start."""
    policies: tuple[Path, ...] = ()
    """Further policy packs: files or folders, separated like PATH."""
    markets: Mapping[str, str] = {}
    """Which pack a market uses, e.g. `US=tiktok-shop-us,BR=tiktok-shop-us`; others use the pack made for them."""
    marketplace: str = "default"
    sandbox: bool = False
    """Whether the marketplace has a movable clock."""
    host: str = "127.0.0.1"
    port: int = 8420
    public_url: str | None = None
    """Where people reach this server, for the links it gives out; unset: http://host:port."""
    workers: int = 2
    """Deadline workers within the server's one process; 0 leaves deadlines to `amends worker`."""
    pool_size: int = 10
    max_upload_bytes: int = 25 * 1024 * 1024
    undo_seconds: int = 60
    """How long a decision made at the desk waits, and can be undone, before it is filed."""
    upload_files_a_day: int = 500
    """How many files one party may send within a day, tickets counted like files."""
    upload_bytes_a_day: int = 5 * 1024**3
    """How many bytes one party may send within a day."""
    ticket_hours: int = 24
    """How long a ticket waits for its bytes; whether they come in time for a case is the policy's affair."""
    files: str | None = None
    """Where files lie: s3://bucket/prefix; unset: the folder `files` under `data`."""
    files_endpoint: str | None = None
    """Address of an S3-compatible store that is not Amazon's."""
    files_region: str | None = None
    """Also read from AWS_REGION and AWS_DEFAULT_REGION."""
    files_key_id: str | None = None
    """Also read from AWS_ACCESS_KEY_ID; unset: whatever the machine is entitled to."""
    files_secret: str | None = None
    """Also read from AWS_SECRET_ACCESS_KEY."""
    files_session_token: str | None = None
    """Also read from AWS_SESSION_TOKEN."""
    log_origin: str | None = None
    """The name of the log, for ever; unset: the host of `public_url` and `/log`, as it is at the first start."""
    log_leaves: int = 256
    """A checkpoint of the log is due when so many events wait for it ..."""
    log_quiet_seconds: int = 1
    """... or when nothing new came for so long after some ..."""
    log_longest_seconds: int = 60
    """... or when the first of them has waited so long."""
    witnesses: tuple[WitnessAddress, ...] = ()
    """Who must see the log: `VKEY@URL` of each witness, separated by commas. Only what they cosign is published."""
    witness_quorum: int = 1
    """How many of them must cosign a checkpoint."""
    witness_required: bool = False
    """Whether a start is refused when a witness does not answer; otherwise that is a warning."""
    scanner: str = "unix:/run/clamav/clamd.ctl"
    """Where clamd listens: unix:/path or tcp:host:port. `off` for those who scan elsewhere."""
    oidc_issuer: str | None = None
    """The organisation's OpenID provider, e.g. https://login.example.com; unset: staff sign in by passkey."""
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_roles: tuple[OrganisationRole, ...] = ()
    """Roles by claims of the provider, CLAIM:VALUE=ROLE separated by commas; unset: only who was invited has a role."""
    log: Literal["json", "text"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def address(self) -> str:
        """The URL that links start with."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def new_log_origin(self) -> str:
        """What a log made at this start is called unless `log_origin` says otherwise."""
        return f"{urlsplit(self.public_url or '').hostname or 'amends.localhost'}/log"


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment (this process's when none is given). Raises SettingsError."""
    environment = os.environ if environment is None else environment
    given: dict[str, Any] = {}
    for name, reader in READERS.items():
        variable = PREFIX + name.upper()
        named = (variable, *ALSO.get(name, ()))
        text = next((text for each in named if (text := environment.get(each, "").strip())), "")
        if text:
            given[name] = _with_reason(variable, text, reader)
    if given.get("oidc_issuer") and not given.get("oidc_client_id"):
        raise SettingsError(f"{PREFIX}OIDC_ISSUER is set without {PREFIX}OIDC_CLIENT_ID: set both, or neither")
    return Settings(**given)


def with_options(settings: Settings, **options: object) -> Settings:
    """The settings with those given on the command line in their place, read as strictly. Raises SettingsError."""
    given = {name: value for name, value in options.items() if value is not None}
    for name, value in given.items():
        if name in READERS and isinstance(value, str | int) and not isinstance(value, bool):
            given[name] = _with_reason(f"--{name.replace('_', '-')}", str(value), READERS[name])
    return msgspec.structs.replace(settings, **given)


def _with_reason(variable: str, text: str, reader: Callable[[str], Any]) -> Any:
    try:
        return reader(text)
    except ValueError as problem:
        shown = "" if any(word in variable for word in SECRET) else f" is {text!r}, which"
        raise SettingsError(f"{variable}{shown} cannot be used: {problem}") from None


def _database_url(text: str) -> str:
    if urlsplit(text).scheme not in ("postgresql", "postgres"):
        raise ValueError("it must look like postgresql://user:password@host:5432/database")
    return text


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("it must look like https://disputes.example.com")
    return text.rstrip("/")


def _bucket(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "s3" or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc) or parts.query:
        raise ValueError("it must look like s3://bucket/prefix")
    return text.rstrip("/")


def _witnesses(text: str) -> tuple[WitnessAddress, ...]:
    found: list[WitnessAddress] = []
    for part in filter(None, map(str.strip, text.split(","))):
        vkey, _, url = part.partition("@http")
        if not url or Verifier.parse(vkey).kind != COSIGNATURE:
            raise ValueError("write VKEY@URL pairs separated by commas, with the key `amends witness keygen` printed")
        found.append(WitnessAddress(vkey, _web_url("http" + url)))
    return tuple(found)


def _origin(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError("it must be a name like disputes.example.com/log, without spaces and plus signs")
    return text


def _existing_paths(text: str) -> tuple[Path, ...]:
    paths = tuple(Path(part).expanduser() for part in text.split(os.pathsep) if part)
    if missing := [str(path) for path in paths if not path.exists()]:
        raise ValueError(f"there is no {' and no '.join(missing)}")
    return paths


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("it must begin with https:// (or be on this very machine)")
    if not parts.netloc or parts.query or parts.fragment:
        raise ValueError("it must look like https://login.example.com")
    return text


def _organisation_roles(text: str) -> tuple[OrganisationRole, ...]:
    found: list[OrganisationRole] = []
    for part in filter(None, map(str.strip, text.split(","))):
        pair, _, role = part.rpartition("=")
        claim, _, value = pair.partition(":")
        if not claim or not value or role not in STAFF_ROLES:
            raise ValueError("write CLAIM:VALUE=ROLE parts separated by commas, e.g. groups:disputes=adjudicator")
        found.append(OrganisationRole(claim, value, role))
    return tuple(found)


def _scanner(text: str) -> str:
    if wrong := address_problem(text):
        raise ValueError(wrong)
    return text


def _markets(text: str) -> dict[str, str]:
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    for market, _, pack in pairs:
        if not re.fullmatch(r"[A-Z]{2,8}", market) or not re.fullmatch(r"[a-z0-9][a-z0-9-]*", pack):
            raise ValueError("write MARKET=PACK pairs separated by commas, e.g. US=tiktok-shop-us")
    return {market: pack for market, _, pack in pairs}


def _marketplace(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", text):
        raise ValueError("use at most 63 lower-case letters, digits, - and _, beginning with a letter or digit")
    return text


def _key(text: str) -> str:
    if len(text) < SHORTEST_KEY or not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError(f"use at least {SHORTEST_KEY} printable ASCII characters without spaces")
    if text.startswith(TOKEN_PREFIX):
        raise ValueError(f"{TOKEN_PREFIX} begins party tokens; choose another beginning")
    return text


def _yes_or_no(text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise ValueError("say yes or no")
    return known[text.lower()]


def _whole(least: int, most: int) -> Callable[[str], int]:
    def reader(text: str) -> int:
        if not re.fullmatch(r"\d{1,15}", text) or not least <= int(text) <= most:
            raise ValueError(f"it must be a whole number from {least} to {most}")
        return int(text)

    return reader


def _one_of(*choices: str) -> Callable[[str], str]:
    def reader(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"it must be one of {', '.join(choices)}")
        return text.lower()

    return reader


READERS: dict[str, Callable[[str], Any]] = {
    "database_url": _database_url,
    "app_database_url": _database_url,
    "data": lambda text: Path(text).expanduser(),
    "keys": lambda text: Path(text).expanduser(),
    "bootstrap_key": _key,
    "policies": _existing_paths,
    "markets": _markets,
    "marketplace": _marketplace,
    "sandbox": _yes_or_no,
    "host": str,
    "port": _whole(0, 65535),
    "public_url": _web_url,
    "workers": _whole(0, 64),
    "pool_size": _whole(2, 200),
    "max_upload_bytes": _whole(1024, 10**12),
    "undo_seconds": _whole(0, 600),
    "upload_files_a_day": _whole(1, 10**9),
    "upload_bytes_a_day": _whole(1024, 10**14),
    "ticket_hours": _whole(1, 24),
    "files": _bucket,
    "files_endpoint": _web_url,
    "files_region": str,
    "files_key_id": str,
    "files_secret": str,
    "files_session_token": str,
    "log_origin": _origin,
    "log_leaves": _whole(1, 4096),
    "log_quiet_seconds": _whole(1, 60),
    "log_longest_seconds": _whole(1, 3600),
    "witnesses": _witnesses,
    "witness_quorum": _whole(1, 15),
    "witness_required": _yes_or_no,
    "scanner": _scanner,
    "oidc_issuer": _issuer,
    "oidc_client_id": str,
    "oidc_client_secret": str,
    "oidc_roles": _organisation_roles,
    "log": _one_of("json", "text"),
    "log_level": _one_of("debug", "info", "warning", "error"),
}
"""How each setting is read from its variable; the names are those of `Settings`."""
ALSO: dict[str, tuple[str, ...]] = {
    "files_region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "files_key_id": ("AWS_ACCESS_KEY_ID",),
    "files_secret": ("AWS_SECRET_ACCESS_KEY",),
    "files_session_token": ("AWS_SESSION_TOKEN",),
}
"""Variables under which others know a setting; ours comes first."""
