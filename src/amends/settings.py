"""Settings: read once from the environment, flat and frozen, with one readable line for a value that cannot be.

Command line options override them (cli.py). Nothing else in the house reads the environment.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

PREFIX = "AMENDS_"
TOKEN_PREFIX = "party_"
SHORTEST_KEY = 8


class SettingsError(Exception):
    """A setting cannot be used; `str()` is one line saying which, why, and what would be right."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting with its default. The variable of `pool_size` is AMENDS_POOL_SIZE, and so on."""

    database_url: str | None = None
    """postgresql://… as the owner of the tables; unset: an embedded PostgreSQL under `data`."""
    app_database_url: str | None = None
    """Optional: the same database for a login that may only become amends_app."""
    data: Path | None = None
    """Folder of the embedded database and of files; unset: the user's data directory."""
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
    log: Literal["json", "text"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def address(self) -> str:
        """The URL that links start with."""
        return self.public_url or f"http://{self.host}:{self.port}"


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment (this process's when none is given). Raises SettingsError."""
    environment = os.environ if environment is None else environment
    given: dict[str, Any] = {}
    for name, reader in READERS.items():
        variable = PREFIX + name.upper()
        text = environment.get(variable, "").strip()
        if text:
            given[name] = _with_reason(variable, text, reader)
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
        shown = "" if "KEY" in variable or "URL" in variable else f" is {text!r}, which"
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


def _existing_paths(text: str) -> tuple[Path, ...]:
    paths = tuple(Path(part).expanduser() for part in text.split(os.pathsep) if part)
    if missing := [str(path) for path in paths if not path.exists()]:
        raise ValueError(f"there is no {' and no '.join(missing)}")
    return paths


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
    "log": _one_of("json", "text"),
    "log_level": _one_of("debug", "info", "warning", "error"),
}
"""How each setting is read from its variable; the names are those of `Settings`."""
