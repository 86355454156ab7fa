"""Finds the example files that travel with the package, from a checkout and from a wheel alike."""

from importlib.util import find_spec
from pathlib import Path

from sothat.model.problem import unusable

EXAMPLES = "sothat.examples"


def shipped(path: str) -> Path:
    """Return an example file's place, given its path below ``examples/``.

    `importlib.resources` refuses the namespace of an editable install, hence by hand.

    Raises:
        Unusable: The installation lacks it.
    """
    spec = find_spec(EXAMPLES)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        candidate = Path(folder) / path
        if candidate.exists():
            return candidate
    raise unusable(
        "example-missing",
        f"this installation has no example {path}",
        hint="install the package again, or name a configuration with --config",
    )
