"""Prometheus' own judge of an exposition."""

import os
import shutil
import subprocess

from sothat.runtime.kit import ContractBroken

_PATIENCE_SECONDS = 60.0


def promtool_is_silent(exposition: bytes | str) -> None:
    """See that promtool finds no fault with what would be scraped.

    Raises:
        ContractBroken: It does, or it is not installed.
    """
    folders = os.pathsep.join(filter(None, map(os.environ.get, ("SOTHAT_TOOLS", "PATH"))))
    promtool = shutil.which("promtool", path=folders)
    if promtool is None:
        raise ContractBroken("promtool is missing: install the package prometheus")
    given = exposition.encode() if isinstance(exposition, str) else exposition
    asked = [promtool, "check", "metrics"]
    done = subprocess.run(
        asked, input=given, capture_output=True, check=False, timeout=_PATIENCE_SECONDS
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
    if done.returncode or said:
        raise ContractBroken(f"promtool check metrics: {said or f'exit {done.returncode}'}")
