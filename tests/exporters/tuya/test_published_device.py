"""A device that others have written: the fake one that tinytuya publishes beside its library.

It is not part of the installed package. To run this test, name the folder ``tools`` of a checkout
of tinytuya in ``SOTHAT_TINYTUYA_TOOLS``, and in ``SOTHAT_TINYTUYA_PYTHON`` an interpreter that has
pycryptodomex and colorama, which the published program needs.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sothat.exporters.tuya.failure import Reason

from .peers import device

PYTHON = os.environ.get("SOTHAT_TINYTUYA_PYTHON", sys.executable)
TOOLS = os.environ.get("SOTHAT_TINYTUYA_TOOLS", "")
# As the published program has them.
PORT, KEY, ID = "bind_port = 6668", "thisisarealkey00", "eb0123456789abcdefghij"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not TOOLS, reason="SOTHAT_TINYTUYA_TOOLS names no checkout of tinytuya"),
]


@pytest.fixture
def published(tmp_path, free_port, until):
    """Run the published program; only its port is another."""
    source = Path(TOOLS, "fake-v35-device.py").read_text()
    assert PORT in source
    program = tmp_path / "published.py"
    program.write_text(source.replace(PORT, f"bind_port = {free_port}"))
    env = {**os.environ, "PYTHONPATH": TOOLS, "PYTHONUNBUFFERED": "1"}
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [PYTHON, program], env=env, stdout=stream, stderr=subprocess.STDOUT
        )
    # It prints this before it listens; the engine tries again until it does.
    until(lambda: "broadcast encrypted" in log.read_text() or process.poll() is not None)
    assert process.poll() is None, log.read_text()
    yield free_port, log
    process.terminate()
    process.wait(20)


def test_the_published_device_is_up_and_stays_so(published, fleet, until):
    port, log = published
    one = device("bulb", version="3.5", key=KEY, points={})
    found = fleet([one], port, every=0.3, renewal=2, timeout=3)
    until(lambda: found.look()["bulb"].up)
    until(lambda: found.look()["bulb"].messages >= 5)
    assert found.read_points["bulb"]["21"] == "white"
    assert found.read_points["bulb"]["22"] == 946
    until(lambda: found.look()["bulb"].connects >= 2)
    assert found.look()["bulb"].up
    assert "neg fin. success: True" in log.read_text()


def test_heartbeats_that_it_does_not_know_do_no_harm(published, fleet, until):
    port, log = published
    one = device("bulb", version="3.5", key=KEY, points={})
    found = fleet([one], port, every=600, beat=0.3, timeout=3)
    until(lambda: found.look()["bulb"].up)
    until(lambda: log.read_text().count("unhandled command 9") >= 3)
    assert found.look()["bulb"].up


def test_under_another_key_it_ends_and_is_not_up(published, fleet, until):
    port, _ = published
    one = device("bulb", version="3.5", key="0123456789abcdef", points={})
    found = fleet([one], port, timeout=3)
    until(lambda: found.look()["bulb"].up is False)
    # It cannot read the handshake and ends with an error, as any program that breaks.
    assert found.look()["bulb"].reason in (Reason.PROTOCOL, Reason.WRONG_KEY, Reason.REFUSED)
