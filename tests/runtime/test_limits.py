"""The limit of open files: raised as far as the system lets us; where too little, it is said."""

import logging

import pytest
from sothat.runtime import limits

resource = pytest.importorskip("resource")


@pytest.fixture
def system(monkeypatch):
    """Stand in for the system's limits; return what was set."""
    set_to = []

    def start(soft, hard):
        monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
        monkeypatch.setattr(resource, "setrlimit", lambda _, both: set_to.append(both))
        return set_to

    return start


def test_enough_is_left_alone(system):
    changed = system(4096, 8192)
    assert limits.allow_open_files(2000)
    assert changed == []


def test_too_little_is_raised_to_what_is_wanted(system):
    changed = system(1024, 8192)
    assert limits.allow_open_files(2000)
    ((soft, hard),) = changed
    assert 2000 < soft < 8192
    assert hard == 8192


def test_no_more_than_the_hard_limit_and_the_log_says_so(system, caplog):
    caplog.set_level(logging.WARNING)
    changed = system(1024, 1500)
    assert not limits.allow_open_files(2000)
    assert changed == [(1500, 1500)]
    (line,) = [vars(record) for record in caplog.records]
    assert line["allowed"] == 1500
    assert line["wanted"] > 2000


def test_limits_that_there_are_not(system):
    changed = system(resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    assert limits.allow_open_files(10**6)
    assert changed == []
    changed = system(1024, resource.RLIM_INFINITY)
    assert limits.allow_open_files(10**6)
    assert changed[0][0] > 10**6
