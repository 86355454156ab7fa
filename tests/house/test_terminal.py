"""The terminal in which the README is walked tells what a line came to."""

import os
from pathlib import Path

import pytest

from .terminal import opened


@pytest.mark.parametrize(("line", "code"), [("true", 0), ("false", 1), ("ls nowhere-at-all", 2)])
def test_a_line_has_the_code_that_it_ended_with(line: str, code: int, tmp_path: Path) -> None:
    with opened(tmp_path, {"PATH": os.environ["PATH"]}) as shell:
        assert shell.type(line).code == code
        assert shell.type("echo on").text == "on\n"
