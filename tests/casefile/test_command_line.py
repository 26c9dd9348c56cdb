"""The commands: a case file saved from the house itself, the verifier beside it, and what both say when they cannot."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.cast import FILING, order
from tests.server.conftest import data
from tests.server.serving import Serving, amends

pytestmark = pytest.mark.database
__all__ = ["data"]


def test_a_case_file_is_saved_and_checked_without_a_server(data: Path, tmp_path: Path):
    serving = Serving(data, "--sandbox")
    with serving.client() as client:
        yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        facts = msgspec.to_builtins(order(fulfilment={"delivered_at": yesterday}))
        assert client.put("/v1/orders/O1", json=facts).status_code == 201
        token = client.post("/v1/party-tokens", json={"role": "buyer", "id": "alice"}).json()["token"]
        filed = client.post(
            "/v1/cases", json=FILING | {"order_id": "O1", "line_id": "1"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert filed.status_code == 201, filed.text
        case_id = filed.json()["id"]
        key = tmp_path / "vkey"
        key.write_text(client.get("/log/vkey").text)
    assert serving.end() == 0
    place, target = ("--data", str(data)), tmp_path / "case.zip"
    saved = amends("casefile", case_id, "--as", "buyer:alice", "--locale", "id", "-o", str(target), *place)
    assert saved.returncode == 0, saved.stderr
    assert saved.stdout.splitlines() == [str(target), str(tmp_path / "verify_case_file.py")]
    checked = amends("verify", str(target), "--key", str(key), "--json")
    assert (checked.returncode, json.loads(checked.stdout)["sound"]) == (0, True)
    beside = [sys.executable, "-I", str(tmp_path / "verify_case_file.py"), str(target), "--key", str(key)]
    assert subprocess.run(beside, capture_output=True, check=True, timeout=60).stdout
    target.write_bytes(target.read_bytes()[:-1])
    assert amends("verify", str(target)).returncode == 1
    nobody = amends("casefile", case_id, "--as", "buyer:mallory", "-o", str(tmp_path / "x.zip"), *place)
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "has no case" in nobody.stderr
    assert not (tmp_path / "x.zip").exists()
    memory = data / "keys" / "signing.state"
    memory.write_text(memory.read_text().replace('"size":', '"size":9'))
    again = amends("casefile", case_id, "--as", "buyer:alice", "-o", str(tmp_path / "old.zip"), *place)
    assert (again.returncode, (tmp_path / "old.zip").exists()) == (0, True), "what there is can be read"
    assert "nothing was put into the log" in again.stderr
    assert "lost here" in again.stderr


def test_what_cannot_be_checked_is_told_apart_from_what_is_wrong(tmp_path: Path):
    missing = amends("verify", str(tmp_path / "nothing.zip"))
    assert (missing.returncode, missing.stdout, missing.stderr.count("\n")) == (2, "", 1)
