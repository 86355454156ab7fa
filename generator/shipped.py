"""Where the catalogue lies that comes with the package."""

from importlib.resources import as_file, files
from pathlib import Path


def shipped_catalogue() -> Path:
    """Return the folder of the catalogue that comes with the package."""
    with as_file(files("sothat.alert_rules")) as folder:
        return folder
