"""In which order rules and routing may change: on the way, too, somebody hears of every alert."""

from collections.abc import Sequence
from datetime import datetime

from sothat.generator.routing.configuration import Route
from sothat.generator.routing.reaching import Reach
from sothat.generator.routing.walking import visits, walk
from sothat.live.planning.amounts import listed
from sothat.live.state import Routing, Rule
from sothat.model.problem import Problem, Unusable

ROUTING, RULES = "routing", "rules"


def safe_order(
    old: tuple[Sequence[Rule], Routing], new: tuple[Sequence[Rule], Routing], today: datetime
) -> tuple[str, str]:
    """Return the order in which the state in between loses nobody's page.

    Between two servers there always is such a state, and either may restart in it.

    Args:
        old: The alerts and the routing that run.
        new: Those that are wanted.
        today: When the question is asked.

    Raises:
        Unusable: In neither order everybody who hears of an alert would hear of it on the way.
    """
    late = unheard(old[0], old[1], new[1], today)
    if not late:
        return ROUTING, RULES
    early = unheard(new[0], new[1], old[1], today)
    if not early:
        return RULES, ROUTING
    message = (
        "whichever comes first, rules or routing, nobody would hear of some alerts on the way: "
        f"{listed(late)} under the new routing, {listed(early)} under the old"
    )
    hint = "apply a routing first that knows the alerts of both"
    raise Unusable([Problem("no-safe-order", message, hint=hint)])


def unheard(alerts: Sequence[Rule], own: Routing, other: Routing, today: datetime) -> list[str]:
    """Return the alerts that somebody hears of at all hours under their own routing only."""
    at_home, abroad = _Heard(own, today), _Heard(other, today)
    return sorted({a.name for a in alerts if at_home.ever(a) and not abroad.as_often(a, at_home)})


class _Heard:
    def __init__(self, routing: Routing, today: datetime) -> None:
        self._configuration = routing.configuration
        self._reach = Reach(routing.configuration, today.year)

    def always(self, alert: Rule) -> bool:
        """Return whether somebody hears of an alert at all hours."""
        return self._reach.gap(self._ends(alert)) is None

    def ever(self, alert: Rule) -> bool:
        """Return whether there is anybody to hear of it."""
        receivers = self._configuration.receivers
        return any(receivers[route.receiver] for route in self._ends(alert))

    def as_often(self, alert: Rule, other: "_Heard") -> bool:
        """Return whether nothing is lost: where the other has no gap there is none here."""
        return self.ever(alert) and (self.always(alert) or not other.always(alert))

    def _ends(self, alert: Rule) -> list[Route]:
        way = walk(self._configuration.route, alert.all_labels)
        return [visit.route for visit in visits(way) if visit.takes]
