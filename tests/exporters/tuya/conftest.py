"""Peers and engines that end with the test."""

import pytest

from .peers import Fleet, Peer


@pytest.fixture
def peer():
    peers = []

    def start(serve, *where):
        peers.append(Peer(serve, *where))
        return peers[-1]

    yield start
    for one in peers:
        one.close()


@pytest.fixture
def fleet():
    fleets = []

    def start(*args, **kwargs):
        fleets.append(Fleet(*args, **kwargs))
        return fleets[-1]

    yield start
    for one in fleets:
        one.close()
