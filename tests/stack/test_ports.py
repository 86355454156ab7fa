"""Ports: taken ones are named, free ones are found."""

import os
import socket
from collections.abc import Iterator

import pytest
from sothat.model.problem import Unusable
from sothat.stack.ports import (
    LOOPBACK,
    SEARCHED,
    free_ports,
    free_subnet,
    holder,
    is_free,
    loopback_usable,
    subnet_is_free,
    taken,
)


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])
def listener(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.create_server((request.param, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_somebody_listens_on_is_not_free(listener: int) -> None:
    assert not is_free(LOOPBACK, listener)


def test_a_port_given_back_is_free_at_once(listener: int) -> None:
    with socket.create_connection((LOOPBACK, listener)):
        pass
    port = free_ports(["x"])["x"]
    assert is_free(LOOPBACK, port)


def test_the_holder_of_a_port_is_named(listener: int) -> None:
    assert holder(listener).endswith(f"process {os.getpid()}")


def test_a_taken_port_is_told_with_part_and_holder(listener: int) -> None:
    [problem] = taken({"prometheus": listener, "grafana": free_ports(["x"])["x"]})
    assert problem.code == "port-in-use"
    assert f"port {listener}, wanted for prometheus, is in use (by " in problem.message
    assert "--ports auto" in problem.hint


def test_an_unreadable_holder_is_left_out() -> None:
    [problem] = taken({"exporter": 1}, free=lambda _h, _p: False, who=lambda _p: "")
    assert problem.message == "port 1, wanted for exporter, is in use"


def test_free_ports_are_all_different_and_outside_of_the_ephemeral_range() -> None:
    found = free_ports([str(n) for n in range(20)])
    assert len(set(found.values())) == 20
    assert all(port in SEARCHED for port in found.values())


def test_too_few_free_ports_are_a_problem() -> None:
    with pytest.raises(Unusable, match="found only 0 free ports of 1"):
        free_ports(["x"], free=lambda _h, _p: False)


def test_a_subnet_with_one_address_in_use_is_not_free() -> None:
    assert subnet_is_free("127.9.9", free=lambda _h, _p: True)
    assert not subnet_is_free("127.9.9", free=lambda host, _p: host != "127.9.9.24")


def test_a_free_subnet_is_on_loopback_and_not_the_configured_one() -> None:
    first, a, b = free_subnet().split(".")
    assert first == "127"
    assert 64 <= int(a) < 250
    assert 1 <= int(b) < 255


def test_no_free_subnet_is_a_problem() -> None:
    with pytest.raises(Unusable, match="no free loopback addresses"):
        free_subnet(free=lambda _h, _p: False)


def test_an_address_that_is_not_ours_makes_loopback_unusable() -> None:
    assert loopback_usable()
    assert not loopback_usable(["192.0.2.1"])
