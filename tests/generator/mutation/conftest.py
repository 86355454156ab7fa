"""The mutants, made and judged once for all tests."""

import pytest

from .run import Score, measured


@pytest.fixture(scope="session")
def score(tmp_path_factory: pytest.TempPathFactory) -> Score:
    """Return all mutants of catalogue and public-style rules, judged."""
    return measured(tmp_path_factory.mktemp("mutants"))
