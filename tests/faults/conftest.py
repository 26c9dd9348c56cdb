"""The faults' folders for servers are those of tests/server."""

from tests.server.conftest import data

__all__ = ["data"]
