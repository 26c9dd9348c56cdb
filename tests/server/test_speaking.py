"""What the server says of a defect: where it happened, and nothing of what it held in hand."""

import subprocess
import sys

import pytest

BROKEN = """
import sys
import structlog
from amends.server import speak
from amends.settings import Settings

speak(Settings(log=sys.argv[1]))

def broken(letter):
    raise RuntimeError("the page broke")

try:
    broken("what somebody " + "wrote to us")
except RuntimeError:
    structlog.get_logger("amends.portal").exception("defect", reference="f00d")
"""


@pytest.mark.parametrize("log", ["text", "json"])
def test_a_defect_is_logged_without_what_people_wrote(log: str):
    said = subprocess.run([sys.executable, "-c", BROKEN, log], capture_output=True, text=True, check=True).stderr
    assert "RuntimeError: the page broke" in said
    assert "f00d" in said
    assert "what somebody wrote to us" not in said
