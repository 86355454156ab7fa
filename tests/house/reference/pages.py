"""All generated pages of the reference, by their names in docs/reference."""

from collections.abc import Mapping

from ..blocks import ROOT  # noqa: TID252 – tests of one tree
from . import alerts, api, commands, settings

FOLDER = ROOT / "docs" / "reference"


def generated() -> Mapping[str, str]:
    """Return the pages as the code has them now."""
    return {
        "alerts": alerts.page().rstrip() + "\n",
        "api": api.page().rstrip() + "\n",
        "commands": commands.page().rstrip() + "\n",
        **settings.pages(),
    }
