"""Where a device may be: by the device list, and by what was heard of it since."""

from typing import NamedTuple


class Whereabouts(NamedTuple):
    """An address, empty where it is not known, and the protocol's version that is spoken there."""

    address: str
    version: str


class Addresses:
    """Where one device may be.

    Args:
        listed: What the device list says.
    """

    def __init__(self, listed: Whereabouts) -> None:
        self._listed = listed
        self._current = listed
        self._heard = listed

    def choose(self, *, failing: int) -> Whereabouts:
        """Return where to try, given the failures in a row.

        What was heard is anybody's word: it is tried in turn with what is known, and kept only if
        the device proves to be there.
        """
        known = dict.fromkeys((self._current, self._heard, self._listed))
        options = [one for one in known if one.address] or [self._listed]
        return options[failing % len(options)]

    def hear(self, address: str, version: str) -> bool:
        """Take note of where it says to be; return whether that is news."""
        said = Whereabouts(address, version or self._current.version)
        news = said not in (self._current, self._heard)
        self._heard = said
        return news

    def works(self, where: Whereabouts) -> None:
        """Take note of where it is."""
        self._current = where
