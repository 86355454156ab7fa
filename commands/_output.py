"""Files that commands write because somebody named them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sothat.model.problem import Position, unusable


@contextmanager
def writing(file: Path) -> Iterator[None]:
    """Say it in words if a file cannot be written within the block.

    Raises:
        Unusable: It cannot.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        position = Position(str(file))
        raise unusable("unwritable-output", f"cannot write: {reason}", position=position) from error
