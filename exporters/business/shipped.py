"""The KPI files and table files that come with sothat."""

from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

from sothat.exporters.business.kpis import KpiFile, load_kpis
from sothat.exporters.business.words import DIALECTS

# What is read where nothing is said.
STANDARD = ("support", "energy")
_HERE = "sothat.exporters.business"


def shipped() -> tuple[str, ...]:
    """Return the names of the KPI files."""
    return _names("packs")


def mappings() -> tuple[str, ...]:
    """Return the names of the table files."""
    return _names("mappings")


def load_pack(name: str, dialects: Sequence[str] = DIALECTS) -> KpiFile:
    """Read a shipped KPI file."""
    with as_file(files(_HERE) / "packs" / f"{name}.yaml") as path:
        return load_kpis(path, dialects)


def mapping_path(name: str) -> Path:
    """Return where a shipped table file is."""
    with as_file(files(_HERE) / "mappings" / f"{name}.yaml") as path:
        return path


def _names(folder: str) -> tuple[str, ...]:
    entries = (files(_HERE) / folder).iterdir()
    return tuple(sorted(entry.name[:-5] for entry in entries if entry.name.endswith(".yaml")))
