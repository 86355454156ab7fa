"""axe-core on a page of the browser: what keeps somebody from using it, each with its place."""

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from .chromium import Tab

# The levels A and AA of WCAG 2.2, and what axe holds for good practice.
_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# The rules whose answer a scheme of colours changes.
COLOURS = ("color-contrast", "link-in-text-block")
_RUN = """\
axe.run(document, {runOnly: %s, rules: %s, resultTypes: ["violations"]})
  .then((found) => found.violations.map((one) => ({
    rule: one.id, help: one.help,
    places: one.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
  })))
"""


def brought(tab: Tab) -> None:
    """Let every page that a tab opens from now on have axe-core: it is handed over once."""
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=_source())


def violations(tab: Tab, rules: Sequence[str] = (), without: Sequence[str] = ()) -> list[str]:
    """Return what axe-core finds wrong with the page that a tab shows; a line a finding.

    Args:
        tab: Shows it.
        rules: Of axe, those that are tried; none: all that belong to the levels.
        without: Of these, those that are left out.
    """
    if not tab.evaluate("typeof axe === 'object'"):
        tab.call("Runtime.evaluate", expression=_source())
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": _TAGS}
    left_out = {rule: {"enabled": False} for rule in without}
    script = _RUN % (json.dumps(only), json.dumps(left_out))
    answer = tab.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
    assert "exceptionDetails" not in answer, answer
    found: list[dict[str, Any]] = answer["result"]["value"]
    return [f"{one['rule']}: {one['help']} – {place}" for one in found for place in one["places"]]


def colours(tab: Tab, scheme: str) -> None:
    """Let a tab prefer a scheme of colours: ``dark`` or ``light``."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    tab.call("Emulation.setEmulatedMedia", features=[feature])


def wide(tab: Tab, pixels: int) -> None:
    """Let a tab have the width of a device."""
    size = {"width": pixels, "height": 844, "deviceScaleFactor": 1, "mobile": pixels < 600}
    tab.call("Emulation.setDeviceMetricsOverride", **size)


def _source() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
