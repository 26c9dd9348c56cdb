"""The files a page needs: style, script, font, icons. Named by their content, so a browser may keep them for ever.

Own files lie in `static/`; third-party ones are put into `static/vendor/` by `npm run assets`, and packed into the
wheel. Everything is read once, when the server starts; nothing is fetched at run time.
"""

import gzip
import json
import re
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec
from markupsafe import Markup

PREFIX = "/assets/"
MEDIA = {
    "css": "text/css",
    "js": "text/javascript",
    "woff2": "font/woff2",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "webp": "image/webp",
}
OWN = ("app.css", "app.js", "upload.js", "cover.js", "favicon.svg")
VENDOR = ("htmx.min.js", "hx-sse.min.js", "tus.min.js", "inter-var.woff2", "LICENSES.txt")
SPARE = (
    (re.compile(r"/\*.*?\*/", re.DOTALL), ""),
    (re.compile(r"\s+"), " "),
    (re.compile(r" ?([{};,]) ?"), r"\1"),
    (re.compile(r": "), ":"),
    (re.compile(r";}"), "}"),
)
"""What a style sheet can do without, and what stands in its place. Strings in it hold none of that."""
REFERENCE = re.compile(r"url\(([\w./-]+)\)")


class AssetsMissing(RuntimeError):
    """The third-party files were not built; `str()` says how."""


class Asset(msgspec.Struct, frozen=True):
    """One file as it is sent: plain, and gzipped where that is smaller."""

    media: str
    plain: bytes
    zipped: bytes | None


class Assets:
    """Every file by the name it is served under; `url` gives that name, `icon` the inside of an icon's <svg>."""

    def __init__(self) -> None:
        folder = files("amends.portal") / "static"
        vendor = folder / "vendor"
        if not (vendor / "icons.json").is_file():
            raise AssetsMissing("The portals' third-party files are missing: run `make assets` (it needs npm).")
        self._icons: dict[str, str] = json.loads((vendor / "icons.json").read_text("utf-8"))
        self._urls: dict[str, str] = {}
        self.served: dict[str, Asset] = {}
        for name in VENDOR:
            self._keep(name, (vendor / name).read_bytes())
        for name in sorted(OWN, key=lambda own: own.endswith(".css")):
            self._keep(name, self._own(folder, name))

    def url(self, name: str) -> str:
        """The address of a file, e.g. `/assets/app.1a2b3c4d.css`."""
        return self._urls[name]

    def icon(self, name: str) -> Markup:
        """The inside of an icon's <svg>. KeyError for one that assets/icons.json does not name."""
        return Markup(self._icons[name])

    def _own(self, folder: Traversable, name: str) -> bytes:
        """An own file, without the lines that only people read. The one style sheet is followed by those of the rooms,
        its references by their served names.
        """
        data = (folder / name).read_bytes()
        if name.endswith(".js"):
            return b"\n".join(line for line in data.splitlines() if not line.lstrip().startswith(b"//")) + b"\n"
        if not name.endswith(".css"):
            return data
        rooms = sorted((folder / "css").iterdir(), key=lambda room: room.name)
        data = b"\n".join([data, *(room.read_bytes() for room in rooms if room.name.endswith(".css"))])
        return squeezed(REFERENCE.sub(lambda found: f"url({self._urls[found[1]]})", data.decode())).encode()

    def _keep(self, name: str, data: bytes) -> None:
        stem, _, suffix = name.rpartition(".")
        url = f"{PREFIX}{stem}.{sha256(data).hexdigest()[:10]}.{suffix}"
        zipped = gzip.compress(data, 9, mtime=0)
        self._urls[name] = url
        self.served[url] = Asset(MEDIA[suffix], data, zipped if len(zipped) < len(data) else None)


def squeezed(style: str) -> str:
    """A style sheet without comments and without the space that only people read."""
    for pattern, instead in SPARE:
        style = pattern.sub(instead, style)
    return style


@lru_cache(maxsize=1)
def assets() -> Assets:
    """The files, read once. Raises AssetsMissing."""
    return Assets()
