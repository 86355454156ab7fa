"""What types of probes need beyond the plain installation."""

from collections.abc import Iterator
from contextlib import contextmanager

from sothat.exporters.source import Settings


@contextmanager
def extra(settings: Settings) -> Iterator[None]:
    """Turn a library that is not installed into a problem with the module that wants it.

    Raises:
        Unusable: It is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"this type of probe needs the Python package '{error.name}'"
        hint = "pip install 'sothat[network]'"
        raise settings.unusable("missing-driver", message, "type", hint=hint) from error
