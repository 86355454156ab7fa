"""What a catalogue's folder is compiled against in a test: everything that is installed."""

from pathlib import Path

from sothat.generator.compile import Inputs, installed_inputs
from sothat.generator.values import load_values


def installed(catalogue: Path) -> Inputs:
    """Return the inputs of a catalogue, with the ``values.yaml`` beside its folder, if any.

    Raises:
        Unusable: The values, an extension or a contract cannot be used.
    """
    values = catalogue.parent / "values.yaml"
    return installed_inputs(catalogue, load_values(values if values.is_file() else None))
