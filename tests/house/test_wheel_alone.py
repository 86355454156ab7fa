"""The wheel and the source archive alone, elsewhere, as somebody who is not root."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHONS = ("/usr/local/bin/python3", "/usr/bin/python3")
CATALOGUE = ("--catalogue", "alert_rules", "--values", "values.yaml")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]


def nobody() -> dict[str, object]:
    """Return the arguments with which a process is started as somebody who is not root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@dataclass(frozen=True)
class Elsewhere:
    """A folder of somebody who has sothat installed, and nothing of its repository."""

    home: Path

    @property
    def bin(self) -> Path:
        return self.home / "environment" / "bin"

    @property
    def environment(self) -> Mapping[str, str]:
        """Return what a log-in would give: no path of Python's, no settings of ours."""
        return {
            "HOME": str(self.home),
            "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            **{k: v for k, v in os.environ.items() if k.startswith("PIP_") or "proxy" in k.lower()},
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            # pip takes a space in it for the end of a name.
            "PIP_CONSTRAINT": str(self.home.parent / "constraints.txt"),
        }

    def run(self, *words: str | Path, folder: str = "", timeout: float = 600) -> str:
        """Run a command to its end; return all that it says."""
        done = subprocess.run(
            list(map(str, words)),
            cwd=self.home / folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
            **nobody(),  # type: ignore[call-overload]
        )
        assert done.returncode == 0, f"{words}: {done.stdout}"
        return str(done.stdout)

    def install(self, archive: Path) -> None:
        """Make an empty environment, and install one archive of ours into it."""
        self.run(self.python(), "-m", "venv", "environment")
        self.run(self.bin / "python", "-m", "pip", "install", "-q", archive, timeout=1500)

    def python(self) -> str:
        """Return a Python that whoever this is may run: that of the tests may be root's own."""
        needs = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
        for found in (getattr(sys, "_base_executable", sys.executable), *PYTHONS):
            asked = [found, "-c", needs]
            with suppress(OSError):
                if not subprocess.run(asked, check=False, **nobody()).returncode:  # type: ignore[call-overload]
                    return found
        pytest.skip("no Python 3.11 with venv that somebody else than root may run")

    def sothat(self, *words: str, folder: str = "") -> str:
        return self.run(self.bin / "sothat", *words, folder=folder)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Return the wheel and the source archive of what is committed."""
    target = tmp_path_factory.mktemp("archives")
    source = target / "source"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)
    build = [sys.executable, "-P", "-m", "build", "--no-isolation", "-o", str(target)]
    done = subprocess.run(
        [*build, "--wheel", "--sdist"], cwd=source, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


@pytest.fixture(params=["wheel", "sdist"], scope="module")
def elsewhere(request: pytest.FixtureRequest, archives: Mapping[str, Path]) -> Iterator[Elsewhere]:
    """Give a folder with a space in its name where one of the archives is installed."""
    # Not below pytest's own folder: that is closed to other users.
    with tempfile.TemporaryDirectory(prefix="sothat-elsewhere-", dir="/tmp") as folder:
        home = Path(folder) / "somebody's own home"
        home.mkdir()
        archive = shutil.copy(archives[request.param], home)
        shutil.copy(ROOT / "constraints.txt", folder)
        if os.geteuid() == 0:
            for path in (Path(folder), home):
                shutil.chown(path, "nobody")
        made = Elsewhere(home)
        made.install(Path(archive))
        yield made


def test_nothing_comes_from_the_repository(elsewhere: Elsewhere) -> None:
    program = "import sothat, sothat.commands, sothat.examples; print(*sothat.__path__, sep='\\n')"
    found = elsewhere.run(elsewhere.bin / "python", "-c", program).splitlines()
    assert found
    assert all(Path(path).is_relative_to(elsewhere.bin.parent) for path in found)


def test_a_pack_is_begun_checked_built_and_proven(elsewhere: Elsewhere) -> None:
    assert "the pack our-alerts" in elsewhere.sothat("init", "our-alerts")
    pip = [elsewhere.bin / "python", "-m", "pip", "install", "-q", "-e", ".[test]"]
    elsewhere.run(*pip, folder="our-alerts", timeout=1500)
    elsewhere.sothat("check", *CATALOGUE, folder="our-alerts")
    said = elsewhere.sothat("build", *CATALOGUE, "-o", "compiled", folder="our-alerts")
    assert re.search(r"[0-9]+ files in compiled", said)
    assert " 0 failed" in elsewhere.sothat("prove", *CATALOGUE, folder="our-alerts")
    elsewhere.run(elsewhere.bin / "python", "-m", "pytest", "-q", folder="our-alerts")
    elsewhere.sothat("export", "--config", "exporter.yaml", "--check", folder="our-alerts")


def test_the_shipped_catalogue_is_checked_and_built(elsewhere: Elsewhere) -> None:
    elsewhere.sothat("check")
    elsewhere.sothat("build", "-o", "compiled")
    elsewhere.sothat("contract", "list")
    elsewhere.sothat("schema", "Alerts")


def test_the_loop_runs_until_it_is_told_to_stop(elsewhere: Elsewhere) -> None:
    up = [elsewhere.bin / "sothat", "up", "--ports", "auto", "--data", "loop", "--no-grafana"]
    process = subprocess.Popen(
        up,
        cwd=elsewhere.home,
        env=elsewhere.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **nobody(),  # type: ignore[call-overload]
    )
    giving_up = threading.Timer(600, os.killpg, (process.pid, signal.SIGKILL))
    giving_up.start()
    try:
        assert process.stdout is not None
        said = list(until_all_are_up(process.stdout))
        assert "all parts are up" in "".join(said), "".join(said)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate()
        assert process.returncode == 0, rest
        assert "all stopped" in rest
    finally:
        giving_up.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until_all_are_up(lines: Iterator[str]) -> Iterator[str]:
    """Yield what the loop says until it is ready, or has ended."""
    for line in lines:
        yield line
        if "all parts are up" in line:
            return
