"""What tests of watched servers share: one poll, and what of it is missing."""

from contextlib import closing

from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.snapshot import Screen

from .mariadb import connections_to


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


def see_a_pause(source, server, poll, until):
    """Stop a server's processes and let them go on: it is down in time, then up, on one connection.

    Args:
        source: Is closed in the end.
        poll: Polls it within two seconds.
    """
    with closing(source):
        assert poll(source)["up",] == 1
        server.pause()
        try:
            assert poll(source) == {("up",): 0}
            assert poll(source) == {("up",): 0}
        finally:
            server.resume()
        until(lambda: poll(source)["up",] == 1, every=0.3)
        until(lambda: len(connections_to(server.port)) == 1)
    until(lambda: connections_to(server.port) == [])


def _without_server(labels):
    return (value for name, value in labels.items() if name != "server")
