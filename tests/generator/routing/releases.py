"""The releases of Alertmanager's programs on this machine."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sothat.generator.routing.matcher_syntax import Parser, classic, fallback


def releases(names: Sequence[str]) -> list[str]:
    """Return the distribution's program, and the current one if `make tools` has compiled it."""
    kept = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sothat" / "tools"
    current = os.environ.get("SOTHAT_CURRENT_TOOLS") or str(kept)
    found = (shutil.which(name, path=folder) for folder in (None, current) for name in names)
    return list(dict.fromkeys(program for program in found if program))


@cache
def parser_of(amtool: str) -> Parser:
    """Return the syntax of matchers that a release reads unless told otherwise."""
    told = subprocess.run([amtool, "--help"], capture_output=True, text=True, check=False)
    newer = "--enable-feature" in told.stdout + told.stderr
    return fallback if newer else classic
