"""Wrong tokens: how many an address may try, so that no token can be guessed."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address

_BURST = 10
_INTERVAL = 6.0
_KEPT = 10_000
# A customer has at least so many leading bits of IPv6 for itself.
_NETWORK = 64


class Tries:
    """Counts what was wrong by address: ten at once, then one in six seconds.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._free_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, address: str) -> float:
        """Return the seconds until an address may try again; 0: at once."""
        full = self._free_at.get(_network(address), 0.0)
        return max(0.0, full - self._clock() - _INTERVAL * (_BURST - 1))

    def count(self, address: str) -> None:
        """Count a wrong token."""
        network = _network(address)
        full = max(self._free_at.pop(network, 0.0), self._clock())
        self._free_at[network] = full + _INTERVAL
        if len(self._free_at) > _KEPT:
            self._free_at.popitem(last=False)


def _network(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 – the other one is 6
        return str(found)
    return str(int(found) >> (128 - _NETWORK))
