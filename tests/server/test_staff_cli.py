"""`amends staff`: what it prints, and its exit codes."""

import re
from pathlib import Path

import pytest

from tests.server.serving import amends

LINK = re.compile(r"http://127\.0\.0\.1:8420/staff/invitation\?t=default\.[\w-]{43}")


@pytest.mark.database
def test_a_person_is_invited_listed_and_ended(data: Path):
    place = ("--data", str(data))
    made = amends("staff", "invite", "Olga Okta", "--role", "operator", "--role", "adjudicator", *place)
    assert LINK.fullmatch(made.stdout.strip())
    assert "Olga Okta (olga-okta), operator and adjudicator of default" in made.stderr
    again = amends("staff", "invite", "Olga Okta", *place)
    assert LINK.fullmatch(again.stdout.strip())
    assert again.stdout != made.stdout
    listed = amends("staff", *place).stdout
    assert "olga-okta" in listed
    assert "invitation until" in listed
    assert made.stdout.partition("t=")[2].strip() not in listed
    assert amends("staff", "end", "olga-okta", *place).stdout == "olga-okta is let in no more.\n"
    for command in (("end", "olga-okta"), ("invite", "Olga Okta", "--role", "operator")):
        refused = amends("staff", *command, *place)
        assert (refused.returncode, refused.stdout) == (1, "")


@pytest.mark.database
def test_an_empty_staff_says_how_to_begin(data: Path):
    amends("keys", "create", "--role", "auditor", "--name", "Ada", "--data", str(data))
    assert amends("staff", "list", "--data", str(data)).stdout.startswith("Nobody yet: amends staff invite")


@pytest.mark.database
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Olga",), "--role"),
        (("安娜", "--role", "auditor"), "--id"),
        (("Olga", "--role", "auditor", "--id", "Not OK"), "--id"),
        ((" ", "--role", "auditor"), "NAME"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(data: Path, arguments: tuple[str, ...], says: str):
    refused = amends("staff", "invite", *arguments, "--data", str(data))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.splitlines()[-1].startswith("amends: ")
    assert says in refused.stderr.splitlines()[-1]
