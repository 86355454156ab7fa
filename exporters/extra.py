"""What some types need beyond the plain installation: it comes with an extra of the package."""

from collections.abc import Iterator
from contextlib import contextmanager

from sothat.exporters.source import Settings


@contextmanager
def extra(settings: Settings, name: str) -> Iterator[None]:
    """Turn a library that is not installed into a problem with the entry that wants it.

    Args:
        settings: Of that entry.
        name: Of the extra that brings the library.

    Raises:
        Unusable: It is not installed.
    """
    try:
        yield
    except ImportError as error:
        wanted = f"the Python package '{error.name}'" if error.name else str(error)
        hint = f"pip install 'sothat[{name}]'"
        message = f"this type needs {wanted}"
        raise settings.unusable("missing-driver", message, "type", hint=hint) from error
