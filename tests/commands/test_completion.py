"""Completion in a real bash: what stands behind the cursor after the key was pressed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sothat.commands._main import run

BIN = Path(sys.executable).parent

# What readline does on Tab: it sets the words and calls what was registered for the command.
PRESS = """
set -eu
eval "$(sothat completion bash)"
handler=$(complete -p sothat | sed -E 's/.*-F ([^ ]+).*/\\1/')
COMP_WORDS=({words})
COMP_CWORD={number}
COMP_LINE="{words}"
$handler sothat
printf '%s\\n' "${{COMPREPLY[@]:-}}"
"""


def pressed(*words: str) -> list[str]:
    script = PRESS.format(words=" ".join(w or "''" for w in words), number=len(words) - 1)
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={"PATH": path, "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.split()


def test_a_command_is_completed() -> None:
    assert pressed("sothat", "bu") == ["build", "building"]


def test_a_command_of_a_group_and_its_options_are_completed() -> None:
    assert pressed("sothat", "incidents", "acknow") == []
    assert "--token-file" in pressed("sothat", "incidents", "ack", "--to")


def test_the_values_of_an_option_are_completed() -> None:
    assert pressed("sothat", "check", "--format", "s") == ["sarif"]


@pytest.mark.parametrize(
    ("shell", "sign"),
    [("bash", "complete -o"), ("zsh", "#compdef sothat"), ("fish", "complete --no-files")],
)
def test_each_shell_has_its_script(
    shell: str, sign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert sign in script
    assert "_SOTHAT_COMPLETE" in script


def test_another_shell_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err
