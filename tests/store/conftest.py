"""The store is tested on every supported PostgreSQL."""

import pytest

from tests.plugins_database import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "database_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def database_server(every_server: Server) -> Server:
    return every_server
