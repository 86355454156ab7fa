"""The releases of Alertmanager's programs on this machine."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

from sothat.generator.routing.matcher_syntax import Parser, classic, fallback

_FOLDERS = ("SOTHAT_TOOLS", "SOTHAT_CURRENT_TOOLS")


def releases(names: Sequence[str]) -> list[str]:
    """Return the programs of these names, that on PATH and those in the tools' folders."""
    folders = [None, *(os.environ.get(variable) for variable in _FOLDERS)]
    where = [folder for folder in folders if folder != ""]
    found = (shutil.which(name, path=folder) for folder in where for name in names)
    return list(dict.fromkeys(program for program in found if program))


@cache
def parser_of(amtool: str) -> Parser:
    """Return the syntax of matchers that a release reads unless told otherwise."""
    told = subprocess.run([amtool, "--help"], capture_output=True, text=True, check=False)
    newer = "--enable-feature" in told.stdout + told.stderr
    return fallback if newer else classic
