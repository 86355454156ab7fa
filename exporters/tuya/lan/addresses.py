"""Where a device may be: by the device list, and by what was heard of it since."""


class Addresses:
    """The addresses of one device.

    Args:
        address: The device list's; empty where it has none.
    """

    def __init__(self, address: str) -> None:
        self._listed = address
        self._current = address
        self._heard = ""
        self.version = ""

    def choose(self, *, failing: int) -> str:
        """Return the address to try, given the failures in a row; empty where there is none.

        What was heard is anybody's word: it is tried in turn with what is known, and kept only if
        the device proves to be there.
        """
        known = [self._current, self._heard, self._listed]
        options = [*dict.fromkeys(filter(None, known))]
        return options[failing % len(options)] if options else ""

    def hear(self, address: str, version: str) -> bool:
        """Take note of where it says to be; return whether that is news."""
        news = address not in (self._current, self._heard) or version != self.version
        self._heard, self.version = address, version
        return news

    def works(self, address: str) -> None:
        """Take note of where it is."""
        self._current = address
