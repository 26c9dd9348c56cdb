"""A value of a pack that no code reads would promise what nothing keeps. Unknown keys are refused: fields suffice."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import amends
from amends.law import policy
from amends.law.policy import Pack

SHAPE_ONLY = {"policy.py", "check.py", "policies.py", "policy_pages.py", "pack_file.py"}
"""Files that define, check, load or print every value alike; reading there is no use of it."""

SOURCE = "\n".join(
    path.read_text() for path in sorted(Path(amends.__file__).parent.rglob("*.py")) if path.name not in SHAPE_ONLY
)
FOR_PEOPLE = {"because", "title", "publisher", "dated", "heading", "says", "problem", "read", "why", "readings",
              "source", "not_modelled"}  # fmt: skip
"""What only people read: reasons and restatements, printed with the policy."""

READ_BY_NAME = {
    policy.EnforcementRules: "getattr(m.policy.pack.enforcement, command.kind)",
    policy.Risk: "getattr(leg.risk, harm)",
}
"""Parts whose fields are chosen by a name that a command or a rule brings."""


def fields() -> Iterator[str]:
    """Every field of every part of a pack."""
    for part in vars(policy).values():
        if isinstance(part, type) and issubclass(part, msgspec.Struct) and part.__module__ == Pack.__module__:
            yield from part.__struct_fields__


@pytest.mark.parametrize("field", sorted(set(fields()) - FOR_PEOPLE))
def test_a_field_of_a_pack_is_read_somewhere(field) -> None:
    by_name = any(field in part.__struct_fields__ and read in SOURCE for part, read in READ_BY_NAME.items())
    assert by_name or re.search(rf'[.\["]{field}\b', SOURCE), f"no code reads {field!r}; use it or drop it"
