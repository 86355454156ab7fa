"""Prometheus' own judge of an exposition."""

import shutil
import subprocess


def has_nothing_to_say(body):
    """Fail where promtool finds fault with what would be scraped."""
    promtool = shutil.which("promtool")
    assert promtool, "promtool is missing: install the package prometheus"
    given = body.encode() if isinstance(body, str) else body
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=given, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
