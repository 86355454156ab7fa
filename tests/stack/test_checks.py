"""Commands that look at their input before anything starts."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from threading import Event

import psutil
import pytest
from sothat.stack.checks import Declined, Interrupted, check_all

from .conftest import is_gone, until

SLEEPS = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]


def script(text: str) -> list[str]:
    return [sys.executable, "-S", "-c", text]


def test_what_the_failing_ones_said_is_told_together(stop: Event) -> None:
    commands = {
        "one": script("import sys; sys.exit('one: no')"),
        "two": script("print('fine')"),
        "three": script("import sys; sys.exit('three: no')"),
    }
    with pytest.raises(Declined) as caught:
        check_all(commands, stop)
    assert caught.value.text.split() == ["one:", "no", "three:", "no"]


def test_one_that_fails_without_a_word_is_named(stop: Event) -> None:
    with pytest.raises(
        Declined, match="promtool ended with exit code 3 and said nothing"
    ) as caught:
        check_all({"promtool": script("raise SystemExit(3)")}, stop)
    assert caught.value.code == 2


@pytest.mark.parametrize("content", ["no program", "#!/no/such/interpreter\n"])
def test_a_file_that_is_no_program_is_one_clear_line(
    tmp_path: Path, stop: Event, content: str
) -> None:
    junk = tmp_path / "promtool"
    junk.write_text(content)
    junk.chmod(0o755)
    with pytest.raises(Declined) as caught:
        check_all({"promtool": [str(junk), "check"]}, stop)
    assert caught.value.code == 2
    assert caught.value.text.startswith(f"{junk}: error: cannot run: ")
    assert caught.value.text.count("\n") == 1


def test_an_order_to_stop_ends_checks_under_way(stop: Event) -> None:
    threading.Timer(0.5, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Interrupted):
        check_all({"slow": SLEEPS, "slower": SLEEPS}, stop)
    assert time.monotonic() - begun < 10
    assert not [p for p in psutil.Process().children(recursive=True) if SLEEPS[-1] in p.cmdline()]


def test_no_check_outlives_a_killed_parent(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    check = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = textwrap.dedent(f"""
        import sys
        from threading import Event
        from sothat.stack.checks import check_all
        check_all({{"slow": [sys.executable, "-S", "-c", {check!r}]}}, Event())
    """)
    process = subprocess.Popen([sys.executable, "-c", parent])
    until(lambda: told.exists() and bool(told.read_text()), "the check to run")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until(lambda: is_gone(int(told.read_text())), "the check to end", 5)
