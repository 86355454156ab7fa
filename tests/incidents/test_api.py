"""The JSON API: what its document says, what it does, and that both are the same."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis import openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth
from sothat.incidents.configuration import load_settings
from sothat.incidents.store.cursors import BadCursor, opened, sealed
from sothat.incidents.store.engines import is_shared, writer_engine
from sothat.incidents.store.tables import METADATA
from sothat.incidents.web.operations import OPERATIONS
from sqlalchemy import Connection, text

from .conftest import Running, alert, both, eventually, message, resolved


def problem(answer: requests.Response) -> str:
    """Return the detail of a problem document."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    data = answer.json()
    assert set(data) == {"type", "title", "status", "detail"}
    assert data["status"] == answer.status_code
    return str(data["detail"])


def command(service: Running, number: int, action: str, **how: Any) -> requests.Response:
    how.setdefault("json", {"by": "somebody"})
    url = f"{service.url}/api/v1/incidents/{number}/{action}"
    return requests.post(url, timeout=10, **how)


def test_the_document_is_openapi_and_names_every_operation(service: Running) -> None:
    found = service.get("/api/v1/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    named = {op["operationId"] for path in found["paths"].values() for op in path.values()}
    assert named >= {operation.name for operation in OPERATIONS}
    for schema in found["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


# 422 says that a request is well-formed and yet makes no sense, such as an end before its start;
# 412 that an If-Match is not the incident's.
_ACCEPTED = {"expected-statuses": ["2xx", "404", "409", "412", "422"]}


class _Fuzz:
    """Every operation of the document, tried with what fits and what does not."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        config = SchemathesisConfig.from_dict(
            {"checks": {"positive_data_acceptance": _ACCEPTED}, "headers": headers}
        )
        self.schema = openapi.from_url(f"{url}/api/v1/openapi.json", config=config)
        self._headers = headers
        # Who may do what is tried in test_access: here each try would count as a wrong token.
        self._left_out = [ignored_auth]

    def run(self, examples: int) -> None:
        operations = [result.ok() for result in self.schema.get_all_operations()]
        assert len(operations) >= len(OPERATIONS)
        for operation in operations:
            self._try(operation, examples)

    def _try(self, operation: Any, examples: int) -> None:
        modes = list(schemathesis.GenerationMode)
        strategy = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))

        @given(case=strategy)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        def tried(case: Any) -> None:
            case.call_and_validate(
                headers=self._headers, timeout=20, excluded_checks=self._left_out
            )

        tried()


@pytest.fixture
def busy(data: Path) -> Iterator[Running]:
    """Return a service with incidents in several states, so that a fuzz finds something."""
    (data / "secrets/api-token").write_text("configured")
    config = data / "incidents.yaml"
    config.write_text(config.read_text() + "api: {token: {file: secrets/api-token}}\n")
    service = Running(data)
    service.start()
    one = alert("First", device="1")
    service.post(message(one, alert("First", device="2"), alert("Second", priority="P1")))
    service.post(message(resolved(one)))
    yield service
    assert service.stop() == 0


def _token(service: Running) -> str:
    """Return a token that no number of wrong ones shuts out."""
    answer = requests.post(
        f"{service.url}/api/v1/tokens",
        json={"name": "fuzz", "role": "admin"},
        headers={"Authorization": "Bearer configured"},
        timeout=5,
    )
    return str(answer.json()["token"])


def test_schemathesis_finds_nothing(busy: Running) -> None:
    _Fuzz(busy.url, _token(busy)).run(15)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_schemathesis_finds_nothing_for_long(busy: Running) -> None:
    _Fuzz(busy.url, _token(busy)).run(400)


def test_lists_go_on_where_they_ended(service: Running) -> None:
    alerts = [alert(f"Rule{n}", priority=f"P{n * 7 % 3 + 1}") for n in range(25)]
    for one in alerts:
        service.post(message(one))
    for one in alerts[:10]:
        service.post(message(resolved(one)))
    whole = [i["id"] for i in service.get("/api/v1/incidents?limit=1000").json()["incidents"]]
    assert len(whole) == 25
    pages = list(_pages(service, "/api/v1/incidents?limit=4", "incidents"))
    assert [i["id"] for i in pages] == whole
    states = [i["resolved_at"] is None for i in pages]
    assert states == sorted(states, reverse=True), "unresolved first"
    entries = list(_pages(service, "/api/v1/incidents/1/timeline?limit=2", "timeline"))
    assert entries[::-1] == service.incident(1)["timeline"]
    found = list(_pages(service, "/api/v1/alerts?limit=7", "alerts"))
    assert len({a["fingerprint"] for a in found}) == 25
    assert len(list(_pages(service, "/api/v1/alerts?status=firing&limit=7", "alerts"))) == 15


def _pages(service: Running, path: str, key: str) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        data = service.get(f"{path}&cursor={after}").json()
        yield from data[key]
        after = data["next"]
        if not after:
            return


def test_each_filter_narrows(service: Running) -> None:
    service.post(message(alert("A", site="north", device="1", priority="P1")))
    service.post(message(alert("B", site="south", device='say "hi", ok', team="platform")))
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for query, expected in [
        ({"site": "north"}, [1]),
        ({"team": "platform"}, [2]),
        ({"team": ["platform", "building-operations"]}, [1, 2]),
        ({"priority": "P1"}, [1]),
        ({"label": 'device=say "hi", ok'}, [2]),
        ({"label": "device=say "}, []),
        ({"label": ["device=1", "site=north"]}, [1]),
        ({"label": ["device=1", "site=south"]}, []),
        ({"label": "evice=1"}, []),
        ({"until": soon}, [1, 2]),
        ({"since": soon}, []),
        ({"state": ["open", "closed"]}, [1, 2]),
        ({"state": "mitigated"}, []),
    ]:
        answer = requests.get(f"{service.url}/api/v1/incidents", params=query, timeout=5)
        assert [i["id"] for i in answer.json()["incidents"]] == expected, query


def test_a_command_with_a_key_is_carried_out_once(service: Running) -> None:
    service.post(message(alert()))
    key = {"Idempotency-Key": "from-the-lift"}
    for _ in range(3):
        answer = command(service, 1, "note", json={"by": "x", "note": "no network"}, headers=key)
        assert answer.status_code == 200
    kinds = [note["text"] for note in service.incident(1)["timeline"]]
    assert kinds.count("no network") == 1
    other = command(service, 1, "resolve", headers=key)
    assert other.status_code == 422
    assert "another request" in problem(other)
    # What was refused has not been done: the same key may try again.
    again = {"Idempotency-Key": "later"}
    assert command(service, 1, "release", headers=again).status_code == 409
    command(service, 1, "acknowledge")
    assert command(service, 1, "release", headers=again).status_code == 200


def test_a_command_on_an_old_version_changes_nothing(service: Running) -> None:
    service.post(message(alert()))
    tag = service.get("/api/v1/incidents/1").headers["ETag"]
    assert command(service, 1, "acknowledge", headers={"If-Match": tag}).status_code == 200
    late = command(service, 1, "resolve", headers={"If-Match": tag})
    assert late.status_code == 412
    assert "has changed" in problem(late)
    assert service.incident(1)["state"] == "acknowledged"
    assert command(service, 1, "resolve", headers={"If-Match": "*"}).status_code == 200


def test_what_has_not_changed_is_not_sent_again(service: Running) -> None:
    service.post(message(alert()))
    eventually(lambda: "notified" in [note["kind"] for note in service.incident(1)["timeline"]])
    tag = service.get("/api/v1/incidents/1").headers["ETag"]
    again = service.get("/api/v1/incidents/1", headers={"If-None-Match": f'"x", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    command(service, 1, "note", json={"by": "x", "note": "new"})
    changed = service.get("/api/v1/incidents/1", headers={"If-None-Match": tag})
    assert changed.status_code == 200


def test_every_command_goes_through_a_whole_life(service: Running) -> None:
    service.post(
        message(alert("One", device="1"), alert("One", device="2"), groupLabels={"a": "1"})
    )
    service.post(message(alert("Two", site="b"), groupLabels={"a": "2"}))
    prints = [a["fingerprint"] for a in service.incident(1)["alerts"]]
    steps: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("acknowledge", {}, {"state": "acknowledged", "acknowledged_by": "me"}),
        ("assign", {"to": "you"}, {"acknowledged_by": "you"}),
        ("release", {}, {"state": "open"}),
        ("priority", {"priority": "P1"}, {"priority": "P1"}),
        ("pause", {}, {"waiting": True}),
        ("resume", {}, {"waiting": False}),
        ("update", {"note": "we look"}, {"state": "open"}),
        ("split", {"fingerprints": prints[:1]}, {"firing": 1}),
        ("mitigate", {}, {"state": "mitigated"}),
        ("resolve", {}, {"state": "resolved", "resolved_by": "me"}),
        ("verify", {}, {"state": "verified"}),
        ("close", {}, {"state": "closed"}),
    ]
    for action, body, wanted in steps:
        answer = command(service, 1, action, json={"by": "me", **body})
        assert answer.status_code == 200, (action, answer.text)
        assert {name: answer.json()[name] for name in wanted} == wanted, action
    into = command(service, 3, "merge", json={"by": "me", "into": 2})
    assert into.json()["merged_into"] == 2, into.text
    for action, body in [
        ("note", {}),
        ("note", {"note": " "}),
        ("assign", {"to": ""}),
        ("priority", {"priority": "P9"}),
        ("merge", {"into": "x"}),
        ("split", {"fingerprints": []}),
        ("acknowledge", {"what": 1}),
    ]:
        assert problem(command(service, 2, action, json={"by": "me", **body}))


def test_a_deadline_says_why(service: Running) -> None:
    service.post(message(alert()))
    command(service, 1, "acknowledge")
    command(service, 1, "pause")
    found = {one["clock"]: one for one in service.incident(1)["deadlines"]}
    assert set(found) == {"acknowledge", "update", "resolve"}
    assert found["acknowledge"]["met_at"]
    assert found["resolve"]["paused"]
    assert found["resolve"]["why"][0]["kind"] == "due"
    assert 7190 < found["update"]["remaining_seconds"] <= 7200


def test_nobody_has_to_read_what_is_too_much(service: Running) -> None:
    service.post(message(*(alert(device=str(n)) for n in range(150))))
    (listed,) = service.get("/api/v1/incidents").json()["incidents"]
    assert (listed["firing"], len(listed["alerts"])) == (150, 10)
    assert len(service.incident(1)["alerts"]) == 100
    assert len(service.get("/api/v1/alerts?incident=1&limit=1000").json()["alerts"]) == 150


def test_bodies_have_a_limit_and_a_type(service: Running) -> None:
    service.post(message(alert()))
    large = command(service, 1, "note", json={"by": "x", "note": "x" * 300_000})
    assert large.status_code == 413
    assert problem(large)
    long = command(service, 1, "note", json={"by": "x", "note": "x" * 10_001})
    assert long.status_code == 400
    for body, kind, status in [
        (b"{}", "text/plain", 415),
        (b"by=x", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
    ]:
        answer = command(
            service, 1, "resolve", json=None, data=body, headers={"Content-Type": kind}
        )
        assert answer.status_code == status, body[:10]
        assert problem(answer)


@pytest.mark.parametrize("text", ["", " \n", "\x1f", "\x85", "\ufeff"])
def test_what_shows_nothing_says_nothing(service: Running, text: str) -> None:
    service.post(message(alert()))
    assert command(service, 1, "note", json={"note": text}).status_code == 400
    assert command(service, 1, "assign", json={"to": text}).status_code == 400


def test_a_name_of_a_token_is_one_line(service: Running) -> None:
    url = f"{service.url}/api/v1/tokens"
    for name in ("phone\n", "\nphone", "pho\nne", "phone\r", ""):
        answer = requests.post(url, json={"name": name, "role": "viewer"}, timeout=10)
        assert answer.status_code == 400


def test_who_is_on_call_is_told_even_without_a_rota(service: Running) -> None:
    assert service.get("/api/v1/on-call").json()["teams"] == []
    (one,) = service.get("/api/v1/on-call?team=platform").json()["teams"]
    assert one["now"] is None
    assert one["problem"]


@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1) | st.text(max_size=20), max_size=4))
def test_a_cursor_comes_back_as_it_went_out(parts: list[int | str]) -> None:
    text = sealed(parts)
    if len(text) <= 200:
        assert opened(text, [type(part) for part in parts]) == tuple(parts)


@given(st.text(max_size=300))
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        opened(text, (int, str, int, int))


@pytest.fixture
def crowded(data: Path) -> Iterator[Running]:
    """Return a service with 100,000 open incidents and 1,000,000 timeline rows."""
    running = Running(data)
    running.start()
    running.post(message(alert(), groupLabels={"n": "0"}))
    assert running.stop() == 0
    url = load_settings(data / "incidents.yaml", {}).store_url.reveal()
    engine = writer_engine(url)
    with engine.begin() as connection:
        _multiply(
            connection,
            "incident",
            100_000,
            key="'k' || n",
            priority="'P' || (n % 4 + 1)",
            opened_at="t.opened_at - n",
        )
        _multiply(connection, "alert", 100_000, fingerprint="'f' || n", incident_id="n")
        _multiply(connection, "timeline", 1_000_000, incident_id="n % 100000 + 1")
        connection.execute(text("UPDATE supply SET next = 2000000"))
    engine.dispose()
    if is_shared(url):
        # What PostgreSQL does by itself after a while.
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("VACUUM ANALYZE")
    running.start()
    yield running
    assert running.stop() == 0


def _multiply(connection: Connection, table: str, count: int, **change: str) -> None:
    """Make many rows of a table's first one."""
    columns = METADATA.tables[table].columns.keys()
    names = [f'"{name}"' for name in columns]
    values = [change.get(name, "n" if name == "id" else f't."{name}"') for name in columns]
    numbers = "WITH RECURSIVE c(n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM c WHERE n < :last)"
    into = f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)}"
    first = f"(SELECT * FROM {table} ORDER BY id LIMIT 1) AS t"  # noqa: S608 – our own names
    connection.execute(text(f"{numbers} {into} FROM c, {first}"), {"last": count + 999})


@pytest.mark.slow
@both
def test_pages_are_quick_however_much_there_is(crowded: Running) -> None:
    paths = [
        *("/", "/?priority=P3", "/incidents/5000", "/api/v1/incidents", "/api/v1/incidents/5000"),
        *("/api/v1/incidents/5000/timeline", "/api/v1/alerts", "/api/v1/alerts?status=firing"),
    ]
    for path in paths:
        took = []
        for _ in range(9):
            answer = crowded.get(path)
            assert answer.status_code == 200, path
            took.append(answer.elapsed.total_seconds())
        median = sorted(took)[4]
        print(f"{path:36} {median * 1000:6.1f} ms")
        assert median < 0.2, path
