"""What tests of watched servers share: one poll, and what of it is missing."""

from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.snapshot import Screen


def poll_once(source, prefix, seconds):
    """Return each value by its name without prefix and its labels without the server."""
    clock = SystemClock()
    begun = clock.monotonic()
    samples = tuple(source.collect(Deadline(begun + seconds, clock)))
    assert clock.monotonic() - begun < seconds + 5  # a loaded machine; what hangs is longer
    screened = Screen(source.contract).screen(samples)
    assert not screened.complaints
    assert not screened.doubled
    return {
        (s.name.removeprefix(f"{prefix}_"), *_without_server(s.labels)): float(s.value)
        for s in samples
    }


def unread(found):
    """Return the parts that could not be read."""
    return {key[1] for key, value in found.items() if key[0] == "part_success" and value == 0}


def _without_server(labels):
    return (value for name, value in labels.items() if name != "server")
