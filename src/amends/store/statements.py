"""Reads the named statements of `sql/*.sql`, once, when a room of the store is imported.

A file holds statements each headed by `-- name: what_it_is`; comments under the head belong to the statement.
"""

import re
from importlib.resources import files

HEAD = re.compile(r"^-- name: ([a-z_]+)\s*$", re.MULTILINE)


def load(room: str) -> dict[str, str]:
    """The statements of `sql/{room}.sql` by name."""
    text = files("amends.store").joinpath("sql", f"{room}.sql").read_text(encoding="utf-8")
    pieces = HEAD.split(text)
    return {name: body.strip() for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}
