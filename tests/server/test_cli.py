"""The command line: what it prints, and its exit codes."""

from pathlib import Path

import pytest

from tests.server.serving import Serving, amends

POLICY = "tiktok-shop-us@2025-11-11"


@pytest.mark.database
def test_a_key_is_made_listed_and_ended(data: Path):
    place = ("--data", str(data))
    made = amends("keys", "create", "--role", "auditor", "--name", "Ada", *place)
    secret = made.stdout.strip()
    assert secret.startswith("amends_")
    assert "auditor key" in made.stderr
    listed = amends("keys", "list", *place).stdout
    assert "Ada" in listed
    assert secret not in listed
    key_id = next(line.split()[0] for line in listed.splitlines() if "Ada" in line)
    assert amends("keys", "revoke", key_id, *place).returncode == 0
    again = amends("keys", "revoke", key_id, *place)
    assert (again.returncode, again.stderr.splitlines()[-1][:14]) == (1, "amends: default"[:14])


@pytest.mark.database
def test_a_key_made_beside_a_running_server_works_there_at_once(data: Path):
    serving = Serving(data)
    secret = amends("keys", "create", "--role", "auditor", "--name", "Ada", "--data", str(data)).stdout.strip()
    with serving.client(secret) as client:
        assert client.get("/v1/cases").status_code == 200
    assert serving.end() == 0
    assert serving.postmaster() is None


@pytest.mark.database
def test_an_empty_house_is_in_order(data: Path):
    place = ("--data", str(data))
    assert amends("rebuild", "--check", *place).stdout == "0 cases folded; none differ.\n"
    nowhere = amends("deadlines", *place)
    assert (nowhere.returncode, nowhere.stderr.splitlines()[-1]) == (
        2,
        "amends: There is no marketplace 'default' here; there is: none yet",
    )
    amends("keys", "create", "--role", "auditor", "--name", "Ada", *place)
    listed = amends("deadlines", *place)
    assert (listed.returncode, listed.stdout) == (0, "No deadline is in trouble.\n")
    released = amends("deadlines", "release", "no-such-case", "seller_answer.1", *place)
    assert (released.returncode, released.stdout) == (1, "")


def test_a_policy_and_its_clauses_can_be_read():
    whole = amends("policy", "show", POLICY)
    assert (whole.returncode, POLICY in whole.stdout) == (0, True)
    one = amends("policy", "show", POLICY, "US-36")
    assert one.stdout.startswith("US-36")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("policy", "show", "nothing@2020-01-01"), 2, f"there are {POLICY}, "),
        (("policy", "show", POLICY, "US-360"), 1, "US-36"),
        (("policy", "check", "no-such-file.yaml"), 2, "there is no file no-such-file.yaml"),
        (("policy", "check"), 2, "name at least one policy file"),
        (("cases", "run"), 2, "name at least one worked case"),
        (("import", "orders"), 2, "name at least one file or folder of orders"),
        (("serve", "--port", "99999"), 2, "--port"),
        (("keys", "list", "--marketplace", "Bad Name"), 2, "--marketplace"),
        (("keys", "create", "--role", "auditor", "--name", ""), 2, "--name"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: tuple[str, ...], code: int, says: str):
    done = amends(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("amends: ")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_draft_is_checked_line_by_line(tmp_path: Path):
    draft = tmp_path / "draft.yaml"
    draft.write_text("pack: mine\neditionn: 2026-01-01\n")
    checked = amends("policy", "check", str(draft))
    assert checked.returncode == 1
    assert f"{draft}:2: " in checked.stdout
    installed = sorted(Path("src/amends/policies").glob("*/*.yaml"))
    sound = amends("policy", "check", *map(str, installed))
    assert (sound.returncode, sound.stdout.count(": sound")) == (0, len(installed))


def test_the_version_and_the_api_can_be_printed():
    assert amends("version").stdout == amends("--version").stdout
    document = amends("openapi").stdout
    assert document.startswith("{")
    assert document == amends("openapi").stdout
