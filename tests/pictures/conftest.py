"""The API with its clock standing on a Monday, for reused photos."""

from tests.api.conftest import app, callers

__all__ = ["app", "callers"]
