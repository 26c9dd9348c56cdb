"""The verifier as one file: the rooms of this package, end to end, without the imports between them.

The file that leaves the house is made of the very source that `amends verify` runs; tests hold the two together.
"""

import ast
from functools import cache
from importlib.resources import files

FILE_NAME = "verify_case_file.py"
ROOMS = ("archive", "notes", "bag", "contents", "report")
HEAD = '''#!/usr/bin/env python3
"""Checks an Amends case file, offline and alone: python verify_case_file.py FILE [--key KEY] [--json]

It needs Python 3.9 or later and the `cryptography` package (pip install cryptography), and nothing of Amends. Whoever
holds a case file and the marketplace's published key can tell with it whether one byte of the file is not as the
marketplace signed it. It writes nothing, opens no network connection and unpacks nothing.
Exit codes: 0 sound, 1 not sound, 2 it could not be checked. Licence: Apache-2.0.
"""

from __future__ import annotations

{imports}
'''
FOOT = '\n\nif __name__ == "__main__":\n    sys.exit(main())\n'


@cache
def source() -> str:
    """The text of `verify_case_file.py`."""
    imports: set[str] = set()
    rooms = [_room(name, imports) for name in ROOMS]
    return HEAD.replace("{imports}", "\n".join(sorted(imports, key=_library_order))) + "".join(rooms) + FOOT


def _room(name: str, imports: set[str]) -> str:
    """One room without its docstring and imports; those of the standard library are collected."""
    text = (files("amends.proof.verifier") / f"{name}.py").read_text("utf-8")
    lines, tree = text.splitlines(), ast.parse(text)
    dropped: set[int] = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            dropped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("amends", "__future__"))):
                imports.update(_one_each(node))
    first = tree.body[0]
    dropped.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    kept = [line for number, line in enumerate(lines, start=1) if number not in dropped]
    body = "\n".join(line for line in kept if not line.startswith("# ruff:")).strip("\n")
    title = (ast.get_docstring(tree) or "").splitlines()[0]
    return f"\n\n# {title}\n{body}\n"


def _one_each(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [f"from {node.module} import {alias.name}" for alias in node.names]
    return [f"import {alias.name}" for alias in node.names]


def _library_order(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line
