"""Comfort at the terminal, held for every command: examples, JSON, guesses, silence, an end."""

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from sothat.commands._main import cli, run

from .tree import context, leaves, options

ROOT = Path(__file__).parents[2]
LEAVES = dict(leaves())
# Commands whose output is something else, and why.
WITHOUT_JSON = {
    "building serve": "runs until it is stopped, and writes a log (--log-format json)",
    "completion": "prints a shell's script",
    "export": "runs until it is stopped, and writes a log (--log-format json)",
    "import rules": "prints YAML, to be completed",
    "incidents rota export": "prints an iCalendar",
    "incidents rota overrides": "prints YAML, to be put into the policy",
    "incidents serve": "runs until it is stopped, and writes a log (--log-format json)",
    "maintenance calendar": "prints an iCalendar",
    "maintenance drafts": "prints YAML, to be put into the plan",
    "maintenance text": "prints a text for a client, to be sent as it is",
    "schema": "prints a JSON Schema, whatever is said",
    "tuya cloud": "runs until it is stopped, and writes a log (--log-format json)",
    "up": "runs until it is stopped, and shows a table",
}
EXAMPLE = re.compile(r"^ +(sothat .*|eval .*)$", re.MULTILINE)


def shown(words: tuple[str, ...]) -> list[str]:
    """The examples in a command's help, each as it would be typed."""
    text = LEAVES[words].get_help(context(words, LEAVES[words])).replace("\\\n", "")
    _, found, examples = text.partition("Examples:")
    return EXAMPLE.findall(examples) if found else []


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_the_help_has_examples_that_could_be_typed(words: tuple[str, ...]) -> None:
    lines = shown(words)
    assert lines, "no examples in its help"
    for line in lines:
        typed = shlex.split(line, comments=True)
        if typed[0] != "sothat":
            continue
        assert tuple(typed[1 : 1 + len(words)]) == words, line
        named = {word.partition("=")[0] for word in typed if word.startswith("-") and word != "-"}
        assert named <= options(LEAVES[words]) | {"--help"}, line


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_whatever_prints_a_result_prints_it_as_json(words: tuple[str, ...]) -> None:
    as_json = "--json" in options(LEAVES[words])
    assert as_json is not (" ".join(words) in WITHOUT_JSON)


def test_every_exception_is_a_command() -> None:
    assert set(WITHOUT_JSON) <= {" ".join(words) for words in LEAVES}


def test_the_reference_names_every_exception() -> None:
    page = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    for command, reason in WITHOUT_JSON.items():
        assert f"| `sothat {command}` | {reason} |" in page


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_option_says_what_it_is_for(words: tuple[str, ...]) -> None:
    silent = [
        each.name
        for each in LEAVES[words].params
        if isinstance(each, click.Option) and not (each.help or each.metavar or each.show_default)
    ]
    plain = {"log_format", "log_level"}
    assert set(silent) <= plain


def test_what_was_mistyped_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    for typed, meant in (
        (["biuld"], "'build'"),
        (["incidents", "lst"], "'list'"),
        (["build", "--catalog", "x"], "'--catalogue'"),
        (["incidents", "list", "--josn"], "'--json'"),
    ):
        assert run(typed) == 2
        assert meant in capsys.readouterr().err, typed


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "--catalogue", "no-such-folder", "--json"], "no-catalogue"),
        (["build", "--catalogue", "no-such-folder", "--json"], "no-catalogue"),
        (["incidents", "list", "--url", "http://127.0.0.1:9", "--json"], "no-answer"),
        (["drift", "--target", "no-such.yaml", "--format", "json"], "unreadable-file"),
        (["incidents", "lst", "--json"], "bad-usage"),
        (["maintenance", "check", "--plan", "no-such.yaml", "--json"], "unreadable-file"),
    ],
)
def test_errors_are_json_where_it_is_asked_for(
    arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    told = capsys.readouterr()
    assert told.err == ""
    (problem, *_) = json.loads(told.out)["problems"]
    assert problem["code"] == code
    assert set(problem) == {
        "code", "severity", "message", "file", "line", "column", "rule", "expression", "hint",
    }  # fmt: skip


def test_what_comes_after_two_dashes_asks_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--", "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "--json" in told.err


def test_an_interrupt_ends_with_130_and_without_a_traceback(tmp_path: Path) -> None:
    """A command that waits: a pipe for a mail that never comes."""
    command = [sys.executable, "-P", "-X", "faulthandler", "-m", "sothat.commands", "incidents"]
    with subprocess.Popen(
        [*command, "mail-in"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin"},
        # What is started in the background of a shell ignores it, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as waiting:
        assert waiting.stdin is not None
        # Once it has read a part it is in the midst of its work.
        waiting.stdin.write(b"x" * (1 << 20))
        waiting.stdin.flush()
        waiting.send_signal(signal.SIGINT)
        _, told = waiting.communicate(timeout=60)
    assert waiting.returncode == 130
    assert b"Traceback" not in told


def test_a_click_group_alone_shows_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["contract"]) == 2
    assert "capture" in capsys.readouterr().err


def test_the_root_is_what_was_walked() -> None:
    assert len(LEAVES) > len(cli.list_commands(click.Context(cli)))
