"""Who may do what: three roles, each with all that the one before it may. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a caller may: read; command incidents; look after tokens and the audit log."""

    VIEWER = "viewer"
    RESPONDER = "responder"
    ADMIN = "admin"

    def covers(self, wanted: "Role") -> bool:
        """Return whether this role may do what another one may."""
        order = tuple(Role)
        return order.index(self) >= order.index(wanted)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls.

    Attributes:
        name: The token's name, for the audit log.
        personal: Whether the name says who it is; a token of the configuration, or none at all,
            does not.
    """

    name: str
    role: Role
    personal: bool = True


ANONYMOUS = "anonymous"
CONFIGURED = "configured"
