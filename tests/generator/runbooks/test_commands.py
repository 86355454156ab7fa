"""Commands of runbooks: what a shell would run, and whether anybody knows it."""

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.command_tree import installed_commands, tree_of
from sothat.generator.compile import Inputs
from sothat.generator.runbooks.programs import all_commands, program_of, shipped_programs
from sothat.generator.runbooks.shell import LONGEST, Script, read_shell

Refused = Callable[[Inputs], list]


def programs(text: str) -> list[str]:
    wrappers = shipped_programs().wrappers
    outer = read_shell(text).commands
    return [program_of(c.name) for o in outer for c in all_commands(o, wrappers)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("curl -s URL | grep '^a|b' && sort", ["curl", "grep", "sort"]),
        ("A=1 /usr/sbin/ip addr", ["ip"]),
        ("sudo -u postgres psql -c 'select 1; drop it'", ["sudo", "psql"]),
        ("for h in a b; do ssh -p 22 $h 'uptime | wc -l'; done", ["ssh", "uptime", "wc"]),
        ("timeout -k 5 60 nice -n 10 du -xh /", ["timeout", "nice", "du"]),
        ("kubectl exec -n x POD -c db -- psql -l", ["kubectl", "psql"]),
        ("kubectl get pods", ["kubectl"]),
        ("bash -c 'df -h; free'", ["bash", "df", "free"]),
        ("echo $(date +%s) `id` # rm", ["echo", "date", "id"]),
        ("psql <<EOF\nselect reboot;\nEOF", ["psql"]),
        ("while read x; do echo $x; done < file", ["read", "echo"]),
        ("env TZ=UTC date", ["env", "date"]),
        ("", []),
    ],
)
def test_programs_of_a_text(text: str, wanted: list[str]) -> None:
    found = read_shell(text)
    assert found.mistake is None
    assert programs(text) == wanted


@pytest.mark.parametrize(
    ("text", "at"), [("ping 'x", 5), ("ls (", 3), ("ping <host>", 10), ("echo ü 'x", 7)]
)
def test_what_is_no_shell_is_found_at_its_place(text: str, at: int) -> None:
    assert read_shell(text).mistake == at


@given(st.text(alphabet="ab '\"$(){}|&;<>\\`\n#=-", max_size=40))
def test_any_text_is_read(text: str) -> None:
    script = read_shell(text)
    for command in script.commands:
        assert 0 <= command.name.offset < len(text)
    assert script.mistake is None or 0 <= script.mistake <= len(text)
    list(programs(text))


@pytest.mark.parametrize(
    "piece", ["$(", "if a; then ", "a|", "sudo ", "ssh h ", "bash -c ", "'\\''"]
)
def test_endless_text_costs_little(piece: str) -> None:
    for times in (LONGEST // len(piece), LONGEST):
        text = piece * times
        closed = text + ("ls" + ")" * times if piece == "$(" else "fi;" * times)
        for each in (text, closed, closed[: LONGEST - 1]):
            assert len(programs(each)) <= LONGEST


def test_deeply_nested_commands_are_read() -> None:
    deep = LONGEST // 4
    assert programs("$(" * deep + "ls" + ")" * deep)[-1:] == ["ls"]
    assert programs("sudo nice timeout 5 ssh h \"bash -c 'rm x'\"")[-1] == "rm"


def test_what_is_too_long_is_not_read() -> None:
    assert read_shell("ls " * LONGEST) == Script((), LONGEST)
    assert len(read_shell("l" * LONGEST).commands) == 1


def test_the_tree_has_groups_options_and_flags() -> None:
    @click.group()
    def outer() -> None: ...

    @outer.command()
    @click.option("-o", "--output")
    @click.option("--loud/--quiet")
    def inner() -> None: ...

    tree = tree_of(outer)
    assert list(tree.subcommands) == ["inner"]
    options = tree.subcommands["inner"].options
    assert options["-o"]
    assert options["--output"]
    assert not options["--quiet"]
    assert not options["--help"]


def test_the_installed_commands_are_known() -> None:
    assert {"build", "check", "incidents"} <= set(installed_commands().subcommands)
    assert "list" in installed_commands().subcommands["incidents"].subcommands


def found(small: Inputs, bend: Callable[..., Inputs], refused: Refused, command: str) -> list:
    inputs = bend("pumpctl restart PUMP", command)
    return [(p.code, p.position.line, p.position.column, p.hint) for p in refused(inputs)]


def start(catalogue: Path) -> tuple[int, int]:
    """Return where the command of the small catalogue's step begins."""
    lines = (catalogue / "plant.yaml").read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "run: " in line)
    return number, lines[number - 1].index("run: ") + len("run: ") + 1


def own(guess: str, name: str) -> str:
    return f"did you mean '{guess}'? a program of your own goes into the policy: commands: [{name}]"


@pytest.mark.parametrize(
    ("command", "code", "at", "hint"),
    [
        (
            "pumpctrl restart PUMP",
            "unknown-command",
            0,
            own("pumpctl", "pumpctrl"),
        ),
        ("cat x | jqq .", "unknown-command", 8, own("jq", "jqq")),
        ("sothat incidents lst", "unknown-command", 17, "did you mean 'list'?"),
        ("sothat build --outptu x", "unknown-command", 13, "did you mean '--output'?"),
        ("sothat --config x", "unknown-command", 7, "see sothat --help"),
        ("ping -c 3 <gateway>", "command-syntax", 18, None),
    ],
)
def test_what_cannot_be_run_is_refused(
    small: Inputs,
    bend: Callable[..., Inputs],
    refused: Refused,
    command: str,
    code: str,
    at: int,
    hint: str | None,
) -> None:
    problems = found(small, bend, refused, command)
    line, column = start(small.catalogue)
    assert [problem[:3] for problem in problems] == [(code, line, column + at)]
    assert hint is None or problems[0][3] == hint


@pytest.mark.parametrize(
    "command",
    [
        "sothat incidents list --url http://127.0.0.1:1",
        "sothat build -o out --set a=b --check",
        "sothat --version",
        "sothat building -h",
        "pumpctl x",
        "$EDITOR x",
        "sothat build --set=a.b=c",
    ],
)
def test_what_can_be_run_passes(
    small: Inputs, bend: Callable[..., Inputs], refused: Refused, command: str
) -> None:
    assert found(small, bend, refused, command) == []


def test_blocks_of_shell_in_notes_are_looked_at(small: Inputs, refused: Refused) -> None:
    notes = small.catalogue.resolve().parent / "runbooks" / "PlantPumpStopped.md"
    notes.write_text("## Notes\n\n1. Look\n\n    ```sh\n    date\n      dat now\n    ```\n")
    (problem,) = refused(small)
    assert problem.code == "unknown-command"
    assert (problem.position.line, problem.position.column) == (7, 7)
    notes.write_text("```text\ndat now\n```\n")
    assert not refused(small)
