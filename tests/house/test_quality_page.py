"""The quality page says what the pages of tests and benchmarks say; its commands are some."""

import re
from dataclasses import replace

import pytest

from .quality import FIGURES, PAGE, ROOT, Figure, page

ALL = [figure for figures in FIGURES.values() for figure in figures]


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python tests/house/quality.py"


@pytest.mark.parametrize("figure", ALL, ids=lambda figure: figure.what)
def test_what_a_command_names_is_there(figure: Figure) -> None:
    named = re.findall(r"(?:benchmarks|tests)/[\w/]+\.py", figure.command)
    assert all((ROOT / name).is_file() for name in named)
    if figure.command.startswith("make "):
        target = figure.command.split()[1]
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_a_figure_that_is_gone_is_no_figure() -> None:
    with pytest.raises(LookupError, match="found 0 times"):
        replace(ALL[0], pattern="no such (row)").shown()


def test_a_figure_without_a_date_is_no_figure() -> None:
    with pytest.raises(LookupError, match="no date"):
        replace(ALL[0], dated="no such (day)").day()
