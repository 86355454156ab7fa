"""The bill of materials: what is installed with the wheel, as CycloneDX, the same for the same."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

MAKER = "cyclonedx-bom==7.5.0"


def write(wheel: Path, constraints: Path, place: Path, out: Path, version: str) -> Path:
    """Install a wheel into an empty environment, try it, and write down what is there.

    Args:
        wheel: The product.
        constraints: Versions of what it needs.
        place: A folder to work in.
        out: Where the bill goes.
        version: Of the product.
    """
    installed = _environment(place / "installed", [wheel], constraints)
    subprocess.run([installed / "sothat", "--version"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([installed / "sothat", "check"], check=True, stdout=subprocess.DEVNULL)
    maker = _environment(place / "maker", [MAKER])
    raw = place / "bill.json"
    command = [maker / "cyclonedx-py", "environment", "--output-reproducible", "--of", "JSON"]
    subprocess.run([*command, "-o", raw, installed / "python"], check=True)
    target = out / f"sothat-{version}.cdx.json"
    text = json.dumps(_without_addresses(json.loads(raw.read_text("utf-8"))), indent=2)
    target.write_text(text + "\n", encoding="utf-8")
    return target


def _environment(folder: Path, packages: list[Any], constraints: Path | None = None) -> Path:
    """Make an environment with packages; return the folder of its programs."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "-q"]
    bound = ["-c", constraints] if constraints else []
    subprocess.run([*pip, "--disable-pip-version-check", *bound, *packages], check=True)
    for left in folder.rglob("direct_url.json"):
        left.unlink()  # where on this machine the wheel lay
    return folder / "bin"


def _without_addresses(found: Any) -> Any:
    """Return a bill without addresses: names, versions, licences, dependencies are what counts."""
    if isinstance(found, dict):
        return {
            key: _without_addresses(value)
            for key, value in found.items()
            if key != "externalReferences"
        }
    return [_without_addresses(one) for one in found] if isinstance(found, list) else found
