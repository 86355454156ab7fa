"""The chart, rendered once for each case of the matrix."""

from pathlib import Path

import pytest

from .charts import MATRIX, Manifest, rendered


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for files of values."""
    return tmp_path_factory.mktemp("values")


@pytest.fixture(params=MATRIX)
def objects(request: pytest.FixtureRequest, scratch: Path) -> list[Manifest]:
    """Return the objects of a case, once for each."""
    return list(rendered(request.param, scratch))
