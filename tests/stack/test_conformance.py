"""The conformance suite: our own receiver passes, one that falls into the known traps does not."""

import json
import os
import random
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sothat.commands.conformance import command
from sothat.model.problem import Unusable
from sothat.stack.conformance.cases import CASES
from sothat.stack.conformance.receiver import Command, Entry, Unreadable
from sothat.stack.conformance.report import Column, as_data, failures, table
from sothat.stack.conformance.run import Result
from sothat.stack.conformance.suite import Foreign, Plan, chosen, run_column
from sothat.stack.ports import LOOPBACK, SEARCHED, is_free
from sothat.stack.tools import ALERTMANAGER, locate

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "compiled/incidents/policy.json"
# Those of every kind, without the longest: the whole suite is among the slow tests.
QUICK = (
    *("fire-and-resolve", "server-errors", "redirect", "duplicates-at-once", "silence"),
    *("truncation", "odd-labels", "killed-in-mid-flush"),
)


def _alertmanager() -> Path:
    path = locate(ALERTMANAGER, os.environ)
    if path is None:
        pytest.skip("no Alertmanager on PATH")
    return path


def _alertmanagers() -> list[Path]:
    newest = os.environ.get("SOTHAT_CURRENT_TOOLS")
    return [_alertmanager(), *([Path(newest) / "alertmanager"] if newest else [])]


class Naive:
    """A receiver as it is often written: an entry a group key, closed by its resolve."""

    def __init__(self) -> None:
        self._open: dict[str, list[Any]] = {}
        self._closed: list[Any] = []
        self._lock = threading.Lock()
        naive = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                naive._take(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.do_GET()

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 – the base's name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, message: Any) -> None:
        with self._lock:
            if message["status"] == "firing":
                self._open[message["groupKey"]] = message["alerts"]
            else:
                self._closed.append(self._open.pop(message["groupKey"], message["alerts"]))

    def entries(self, case: str) -> Sequence[Entry]:
        with self._lock:
            opened = [Entry(k, True, _firing(a)) for k, a in self._open.items() if _of(a, case)]  # noqa: FBT003
            closed = [Entry("", False, ()) for a in self._closed if _of(a, case)]  # noqa: FBT003
        return [*opened, *closed]


def _of(alerts: list[Any], case: str) -> bool:
    return bool(alerts) and alerts[0]["labels"]["case"] == case


def _firing(alerts: list[Any]) -> tuple[str, ...]:
    return tuple(a["labels"]["instance"] for a in alerts if a["status"] == "firing")


@pytest.fixture
def naive() -> Iterator[Naive]:
    receiver = Naive()
    yield receiver
    receiver.close()


@pytest.fixture
def five_ports() -> int:
    """Return the first of five free ports."""
    starts = random.sample(SEARCHED, 200)
    return next(p for p in starts if all(is_free(LOOPBACK, p + i) for i in range(5)))


def _plan(free_ports: int, *names: str, patience: float) -> Plan:
    return Plan(chosen(names), free_ports, patience, 10, POLICY)


@pytest.mark.real
def test_a_receiver_that_falls_into_the_traps_is_caught(
    naive: Naive, tmp_path: Path, five_ports: int
) -> None:
    names = ("fire-and-resolve", "redirect", "silence", "truncation")
    plan = _plan(five_ports, *names, patience=9.0)
    foreign = Foreign(naive.url, None, naive)
    column = run_column(plan, _alertmanager(), "", 1, tmp_path, foreign, lambda _result: None)
    passed = {result.case.name: not result.failure for result in column.results}
    assert passed == {
        "fire-and-resolve": True,
        # It answers a GET with 200, and Alertmanager believes that.
        "redirect": False,
        "silence": False,
        "truncation": False,
    }
    told = "\n".join(failures([column]))
    assert "a GET was answered with success" in told
    assert "waited 9 s for all to be over" in told


@pytest.mark.real
def test_our_own_receiver_passes(tmp_path: Path, five_ports: int) -> None:
    plan = _plan(five_ports, *QUICK, patience=120.0)
    column = run_column(plan, _alertmanager(), "", 1, tmp_path, None, lambda _result: None)
    assert failures([column]) == []
    assert len(column.results) == len(QUICK)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("peers", [1, 2])
@pytest.mark.parametrize("program", _alertmanagers(), ids=str)
def test_our_own_receiver_passes_every_case(
    program: Path, peers: int, tmp_path: Path, five_ports: int
) -> None:
    plan = _plan(five_ports, patience=120.0)
    column = run_column(plan, program, "", peers, tmp_path, None, lambda _result: None)
    assert failures([column]) == []
    assert len(column.results) == sum(case.peers <= peers for case in CASES)


def test_an_unknown_case_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Unusable) as refusal:
        chosen(["silense"])
    assert "silence" in str(refusal.value.problems[0].hint)


def test_a_receiver_of_others_needs_a_way_to_look_into_it() -> None:
    with pytest.raises(Unusable) as refusal:
        CliRunner().invoke(command, ["--receiver", "http://127.0.0.1:1/"], catch_exceptions=False)
    assert refusal.value.problems[0].code == "no-entries"


def test_the_cases_can_be_listed() -> None:
    listed = CliRunner().invoke(command, ["--list"]).output.splitlines()
    assert [line.split()[0] for line in listed] == [case.name for case in CASES]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("echo '[]'", []),
        (
            """printf '[{"id": 7, "open": true, "firing": ["b", "%s"]}]' "$CASE" """,
            [Entry("7", True, ("a-case", "b"))],  # noqa: FBT003 – a row
        ),
    ],
)
def test_a_command_tells_what_a_receiver_holds(line: str, found: list[Entry]) -> None:
    assert Command(line).entries("a-case") == found


@pytest.mark.parametrize("line", ["exit 3", "echo no", "echo '[{}]'", "echo '{\"a\": 1}'"])
def test_a_command_that_tells_nothing_is_no_pass(line: str) -> None:
    with pytest.raises(Unreadable):
        Command(line).entries("a-case")


def test_the_table_has_a_row_a_case_and_a_column_a_set_up() -> None:
    first, second = CASES[0], CASES[-1]
    alone = Column("0.25.0", 1, (Result(first, "", 3.2),))
    both = Column("0.31.1", 2, (Result(first, "lost", 1.0), Result(second, "", 2.0)))
    lines = table([alone, both]).splitlines()
    assert lines[2] == f"| {first.name} | {first.meaning} | passed, 3 s | **failed** |"
    assert lines[3] == f"| {second.name} | {second.meaning} | – | passed, 2 s |"
    assert failures([alone, both]) == [f"0.31.1 × 2: {first.name}: lost"]
    assert [row["passed"] for row in as_data([alone, both])] == [True, False, True]
