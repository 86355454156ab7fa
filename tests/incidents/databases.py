"""Both databases, for modules whose tests all run on both: ``from .databases import database``."""

import pytest

from .conftest import SQLITE, fresh_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Return the ``store`` of a configuration, once for each database."""
    if request.param == "sqlite":
        return SQLITE
    return fresh_database(request.getfixturevalue("postgresql"))
