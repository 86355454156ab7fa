"""The parts of a policy by name."""

from collections.abc import Mapping
from typing import TypeVar

from sothat.model.problem import unusable

_T = TypeVar("_T")


def named(section: Mapping[str, _T], what: str, name: str) -> _T:
    """Return the part of a policy's section that has a name.

    Raises:
        Unusable: None has.
    """
    try:
        return section[name]
    except KeyError as error:
        known = ", ".join(sorted(section)) or "none"
        message = f"'{name}' is not among the policy's {what}"
        raise unusable("unknown-reference", message, hint=f"there are: {known}") from error
