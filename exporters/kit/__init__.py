"""The contract kit: what every collector has to pass, for anybody's tests.

Servers on loopback (`HOSTILE`) say nothing, break off, talk nonsense, drip or pour for ever; the
``check_…`` functions try a collector against them, against a target that is dead, and against one
that is well. A team calls them from the tests of its own collector::

    from sothat.exporters import kit

    POLLING = kit.Polling(
        open=lambda: kit.opened(COLLECTOR, {"folder": "orders"}, HERE),
        dead=lambda: kit.opened(COLLECTOR, {"folder": "nowhere"}, HERE),
    )

    @pytest.mark.parametrize("check", kit.CHECKS)
    def test_orders(check):
        check(POLLING)

One that talks to a server names it: ``at=lambda host, port: kit.opened(COLLECTOR, {"url": …})``.
"""

from sothat.exporters.kit.opening import opened
from sothat.exporters.kit.polling import (
    CHECKS,
    Polling,
    check_all,
    check_dead,
    check_exposition,
    check_families,
    check_hostile,
    check_leaks,
    check_no_time,
    check_opening,
    check_secrets,
)
from sothat.exporters.kit.promtool import promtool_is_silent
from sothat.exporters.kit.servers import HOSTILE, Behaviour, hostile
from sothat.runtime.kit import ContractBroken

__all__ = [
    "CHECKS",
    "HOSTILE",
    "Behaviour",
    "ContractBroken",
    "Polling",
    "check_all",
    "check_dead",
    "check_exposition",
    "check_families",
    "check_hostile",
    "check_leaks",
    "check_no_time",
    "check_opening",
    "check_secrets",
    "hostile",
    "opened",
    "promtool_is_silent",
]
