"""What the servers' own tools say of files before they are put in place."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from sothat.model.problem import Position, Problem, Unusable
from sothat.stack.tools import AMTOOL, PROMTOOL, Tool, locate

_SECONDS = 120
_SHOWN = 2_000


def check_rules(file: Path, environment: Mapping[str, str]) -> str:
    """Have promtool check a rule file; return what to note: empty, or that there is no promtool.

    Raises:
        Unusable: It would be refused.
    """
    return _checked(PROMTOOL, ["check", "rules", str(file)], file, environment)


def check_routing(file: Path, environment: Mapping[str, str]) -> str:
    """Have amtool check a configuration; see `check_rules`.

    Raises:
        Unusable: It would be refused.
    """
    return _checked(AMTOOL, ["check-config", str(file)], file, environment)


def _checked(tool: Tool, words: list[str], file: Path, environment: Mapping[str, str]) -> str:
    program = locate(tool, environment)
    if program is None:
        return f"{tool.name} is not here: the server itself is the first to check {file.name}"
    try:
        done = subprocess.run(
            [str(program), *words],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{tool.name} does not run ({error}): the server is the first to check {file.name}"
    if done.returncode:
        reason = " ".join((done.stderr or done.stdout).split())[-_SHOWN:]
        message = f"{tool.name} refuses it, so nothing is touched: {reason}"
        raise Unusable([Problem("refused-beforehand", message, Position(str(file)))])
    return ""
