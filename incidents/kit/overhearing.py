"""What is logged while something is tried: everything, at every level, by everybody."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sothat.incidents.channels import quieten
from sothat.runtime import kit
from sothat.runtime.kit import ContractBroken, keep

__all__ = ["ContractBroken", "keep", "overhearing"]


@contextmanager
def overhearing(secrets: Sequence[str]) -> Iterator[list[str]]:
    """Give what is logged while the block lasts, and see that no secret is in it.

    Libraries that the service keeps quiet are kept quiet here, too; all else is heard from DEBUG.

    Raises:
        ContractBroken: A secret was logged.
    """
    quieten()
    with kit.overhearing(secrets) as heard:
        yield heard
