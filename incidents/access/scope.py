"""What of the whole a caller sees: by team, by site, by client. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SITE_LABEL = "site"
_DIMENSIONS = ("teams", "sites", "clients")


@dataclass(frozen=True, slots=True)
class Scope:
    """Some teams, sites and clients; what is empty does not limit, and all empty is everything.

    An incident is within it if its team is one of the teams, and all of its alerts carry one of the
    sites and one of the clients. So an incident that two clients share is neither's to see.

    Attributes:
        client_label: The label that names the client, as the configuration has it.
    """

    teams: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    client_label: str = "client"

    @property
    def limited(self) -> bool:
        """Return whether there is anything that it does not hold."""
        return bool(self.teams or self.sites or self.clients)

    def has_team(self, team: str) -> bool:
        """Return whether a team's own affairs, such as its rota, are within it.

        Whoever sees some sites or clients, and no team by name, sees no team's.
        """
        return not self.limited or team in self.teams

    def has(self, team: str, shared: Mapping[str, str]) -> bool:
        """Return whether an incident is within it.

        Args:
            team: The incident's.
            shared: The labels that all of its alerts have in common.
        """
        return (
            (not self.teams or team in self.teams)
            and (not self.sites or shared.get(SITE_LABEL) in self.sites)
            and (not self.clients or shared.get(self.client_label) in self.clients)
        )

    def covers(self, other: "Scope") -> bool:
        """Return whether everything within another one is within it."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in _DIMENSIONS)
        return all(not own or (theirs and set(theirs) <= set(own)) for own, theirs in pairs)


EVERYTHING = Scope()


def scope_of(data: Mapping[str, Any], client_label: str = "client") -> Scope:
    """Return the scope in data of `plain`, or of a configuration."""
    parts = {name: tuple(data[name]) for name in _DIMENSIONS if data.get(name)}
    return Scope(**parts, client_label=client_label)


def plain(scope: Scope) -> dict[str, list[str]]:
    """Return a scope as data: what limits, by name."""
    found = ((name, list(getattr(scope, name))) for name in _DIMENSIONS)
    return {name: values for name, values in found if values}
