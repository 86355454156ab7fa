"""Who may do what: three roles, each with all that the one before it may. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from sothat.incidents.access.scope import EVERYTHING, Scope


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
        name: The token's name, or the person's, for the audit log.
        personal: Whether the name says who it is; a token of the configuration, or none at all,
            does not.
        scope: What there is for the caller: all else does not exist.
        subject: Issuer and subject of a person whom a provider has identified; a name may change
            hands, these do not.
    """

    name: str
    role: Role
    personal: bool = True
    scope: Scope = EVERYTHING
    subject: str = ""


ANONYMOUS = "anonymous"
CONFIGURED = "configured"
