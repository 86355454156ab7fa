"""The unit is one that systemd understands, and grants little."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sothat.commands.export import command

UNIT = Path(__file__).parents[2] / "examples" / "systemd" / "sothat-exporter.service"


@pytest.fixture
def analyze(tmp_path):
    tool = shutil.which("systemd-analyze")
    if not tool:
        pytest.skip("systemd-analyze is not installed")
    installed = Path(sys.executable).with_name("sothat")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/sothat/bin/sothat", str(installed)))

    def run(*arguments):
        return subprocess.run(
            [tool, *arguments, str(unit)], capture_output=True, text=True, check=False
        )

    return run


def test_systemd_finds_nothing_wrong(analyze):
    found = analyze("verify")
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_it_exposes_little(analyze):
    found = analyze("security", "--offline=yes", "--threshold=30")
    assert found.returncode == 0, found.stdout


def test_the_command_has_the_options_that_the_unit_gives():
    (line,) = re.findall(r"^ExecStart=\S+ export (.*)$", UNIT.read_text(), re.MULTILINE)
    shown = CliRunner().invoke(command, ["--help"]).output
    assert all(option in shown for option in re.findall(r"--\S+", line))


def test_it_says_when_it_serves_lives_reloads_and_stops(sothat, tmp_path):
    good = "apiVersion: sothat/v1\nkind: Exporter\ncollectors: [{type: host}]\n"
    file = tmp_path / "x.yaml"
    file.write_text(good)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(60)
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"}
        arguments = ("export", "--config", "x.yaml", "--listen", "127.0.0.1:0")
        process = sothat(*arguments, env={**os.environ, **told})

        def next_but_signs_of_life():
            while (message := sock.recv(4096).decode().split("\n"))[0] == "WATCHDOG=1":
                pass
            return message

        state, status = next_but_signs_of_life()
        assert state == "READY=1"
        assert status == f"STATUS=serving at {process.url.removeprefix('http://')}"
        assert process.get("/-/healthy")[0] == 200
        assert sock.recv(4096) == b"WATCHDOG=1"
        for text, status in ((good, "reloaded"), ("x", "the new configuration is refused")):
            file.write_text(text)
            process.process.send_signal(signal.SIGHUP)
            assert next_but_signs_of_life()[0] == "RELOADING=1"
            assert next_but_signs_of_life() == ["READY=1", f"STATUS={status}"]
        process.process.send_signal(signal.SIGTERM)
        assert next_but_signs_of_life() == ["STOPPING=1"]
        assert process.process.wait(20) == 0
