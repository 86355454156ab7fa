"""What can be said of the PostgreSQL collector without a server."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.postgresql.address import Access, Address, parse_address
from sothat.exporters.postgresql.answer import BrokenError, RefusedError
from sothat.exporters.postgresql.collector import COLLECTOR
from sothat.exporters.postgresql.contract import PARTS, contract
from sothat.exporters.postgresql.part import Session
from sothat.exporters.postgresql.parts.locks import depth
from sothat.exporters.postgresql.probe import PROBER
from sothat.exporters.postgresql.server import Patience, Server
from sothat.exporters.source import Context, Settings
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document
from sothat.runtime.secrets import Secret


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("db1", Address("db1", 5432, "")),
        ("db1:5433/shop", Address("db1", 5433, "shop")),
        ("postgresql://db1/shop", Address("db1", 5432, "shop")),
        ("[::1]:5433", Address("::1", 5433, "")),
        ("%2Fvar%2Frun%2Fpostgresql/shop", Address("/var/run/postgresql", 5432, "shop")),
        ("db1/caf%C3%A9", Address("db1", 5432, "café")),
    ],
)
def test_addresses(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "db1:0",
        "db1:65536",
        "user:secret@db1/shop",
        "db1/shop?sslkey=/etc/shadow",
        "db1 options=-cx",
        "db1,db2",
        "db1/a b",
        "db1/a%00b",
        "host='x'",
    ],
)
def test_what_is_more_than_host_port_and_database_is_no_address(text):
    found = parse_address(text)
    # libpq takes several hosts apart at the comma; none of the rest may come near it.
    assert found is None or (text == "db1,db2" and found.host == text)


@given(st.text(max_size=50))
def test_no_text_leads_to_anything_but_three_fields(text):
    found = parse_address(text)
    if found:
        assert "@" not in text
        assert 0 < found.port < 65536


def test_a_connection_is_harmless_and_its_password_shows_nowhere():
    access = Access("sothat", password=Secret("hunter-2"), statement=1.5, lock=0.2)
    given_ = access.parameters(Address("db1", 5432, ""))
    for limit in ("statement_timeout=1500", "lock_timeout=200", "transaction_read_only=on"):
        assert limit in given_["options"]
    assert "idle_in_transaction_session_timeout=1500" in given_["options"]
    assert given_["application_name"] == "sothat"
    assert given_["password"] == "hunter-2"
    assert "hunter-2" not in repr(access)


@pytest.mark.parametrize(
    ("edges", "steps"),
    [
        ({}, 0),
        ({2: [1]}, 1),
        ({2: [1], 3: [1, 2], 4: [3]}, 3),
        ({1: [2], 2: [1]}, 2),
        ({1: [1]}, 1),
        ({n: [n + 1] for n in range(5000)}, 5000),
    ],
)
def test_the_depth_of_a_queue(edges, steps):
    assert depth(edges) == steps


@given(st.dictionaries(st.integers(0, 8), st.sets(st.integers(0, 8), min_size=1, max_size=4)))
def test_the_depth_of_any_graph_is_found_and_bounded(edges):
    assert bool(edges) <= depth(edges) <= len(edges)


# What a server would answer, by a piece of what it is asked; anything else has no rows.
ANSWERS = (
    ("pg_extension", [[b"public"]]),
    ("WITH found", [[None, *[b"1"] * 7]]),
    ("waitstart", []),
    ("count(*) FROM pg_stat_replication", [[b"1"]]),
    ("l.mode = m.mode", [[b"ShareLock", b"0", b"1"]]),
    ("hashtextextended", [[b"1"] * 6]),
    ("pg_stat_statements_info", [[b"1"] * 6]),
)


def statements(version, *, replica=False):
    """Return all that a server of a version is asked, by part."""
    found = {}
    for part in PARTS:
        asked = found[part.name] = []

        def ask(statement, *parameters, asked=asked):
            asked.append(statement)
            return next((rows for piece, rows in ANSWERS if piece in statement), [])

        session = Session(version, replica, monitor=True, database="postgres", now=0.0, ask=ask)
        list(part.open(5).read(session))
    return {name: "\n".join(asked) for name, asked in found.items()}


# From the release notes and the documentation of the system views.
APPEARED = [
    ("checkpoints", "pg_stat_checkpointer", range(17, 19)),
    ("checkpoints", "buffers_backend_fsync", range(13, 17)),
    ("checkpoints", "checkpoints_req", range(13, 17)),
    ("io", "pg_stat_io", range(16, 19)),
    ("io", "op_bytes", range(16, 18)),
    ("io", "read_bytes", range(18, 19)),
    ("wal", "pg_stat_wal", range(14, 19)),
    ("databases", "sessions_abandoned", range(14, 19)),
    ("locks", "waitstart", range(14, 19)),
    ("statements", "pg_stat_statements_info", range(14, 19)),
    ("statements", "total_exec_time", range(13, 19)),
]


@pytest.mark.parametrize("version", range(13, 19))
def test_each_version_is_asked_what_it_has(version):
    asked = statements(version)
    for part, word, versions in APPEARED:
        assert (word in asked[part]) == (version in versions), (part, word)


def test_only_replicas_are_asked_how_far_behind_they_are():
    assert "pg_stat_wal_receiver" in statements(15, replica=True)["replication"]
    assert "pg_stat_wal_receiver" not in statements(15)["replication"]


def test_no_statement_reads_the_text_of_anybody_s_statement():
    for version in range(13, 19):
        for text in statements(version).values():
            assert "query," not in text
            assert ".query " not in text
            assert "pg_stat_statements(true)" not in text


class Line:
    """A connection that a test scripts."""

    version = 15

    def __init__(self, answer):
        self.answer = answer
        self.closed = False

    def allow(self, seconds):
        assert seconds > 0

    def rows(self, statement, *_):
        if "pg_is_in_recovery()::int, pg_has_role" in statement:
            return [[b"0", b"1", b"postgres"]]
        return self.answer(statement)

    def close(self):
        self.closed = True


def asked(server, clock, seconds=10):
    samples = server.poll(Deadline(clock.monotonic() + seconds, clock))
    return {(s.name.removeprefix("postgresql_"), s.labels.get("part")): s.value for s in samples}


def scripted(connect, part="checkpoints"):
    parts = [one for one in PARTS if one.name in (part, "sizes")]
    return Server("db", Address("db1", 1, ""), Access("x"), parts, 5, Patience(3, 60), connect)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("42501", "permission"),
        ("42P01", "missing"),
        ("42703", "missing"),
        ("55P03", "locked"),
        ("57014", "timeout"),
        ("XX000", "other"),
    ],
)
def test_why_a_part_is_refused(clock, state, reason):
    def refuse(statement):
        raise RefusedError(state, "no")

    server = scripted(lambda *_: Line(refuse))
    for number in (1, 2, 3):
        samples = server.poll(Deadline(clock.monotonic() + 10, clock))
        counted = [s for s in samples if s.name == "postgresql_part_refusals_total"]
        assert {s.labels["reason"] for s in counted} == {reason}
        assert [s.value for s in counted if s.labels["part"] == "checkpoints"] == [number]
        # A slow part that fails is not asked each time either.
        assert [s.value for s in counted if s.labels["part"] == "sizes"] == [1]


def test_slow_parts_are_kept_with_their_age_and_forgotten_when_the_server_is_down(clock):
    sizes = [100]
    alive = [True]

    def answer(statement):
        if not alive[0]:
            raise BrokenError("lost", "gone")
        return [[b"d", str(sizes[0]).encode()]] if "database_size" in statement else []

    def connect(*_):
        if not alive[0]:
            raise BrokenError("refused", "Connection refused")
        return Line(answer)

    server = scripted(connect)
    assert asked(server, clock)["database_size_bytes", None] == 100
    sizes[0] = 200
    clock.now += 30
    found = asked(server, clock)
    assert found["database_size_bytes", None] == 100
    assert found["part_age_seconds", "sizes"] == 30
    clock.now += 31
    assert asked(server, clock)["database_size_bytes", None] == 200
    alive[0] = False
    found = asked(server, clock)
    assert found["up", None] == 0
    assert ("database_size_bytes", None) not in found
    alive[0] = True
    clock.now += 5
    assert asked(server, clock)["part_age_seconds", "sizes"] == 0


def test_a_slow_part_that_takes_too_long_is_left_alone_for_longer_each_time(clock):
    tried, cancelled = [], [True]

    def answer(statement):
        if "pg_tablespace_size" in statement:
            tried.append(clock.now)
            if cancelled[0]:
                raise RefusedError("57014", "canceling statement due to statement timeout")
            return [[b"pg_default", b"7"]]
        return [[b"postgres", b"100"]] if "pg_database_size" in statement else []

    server = scripted(lambda *_: Line(answer))
    found = asked(server, clock)
    assert found["database_size_bytes", None] == 100
    assert found["part_success", "sizes"] == 0
    for _ in range(200):
        clock.now += 60
        assert asked(server, clock)["part_success", "sizes"] == 0
    minutes = [round((later - sooner) / 60) for sooner, later in pairwise(tried)]
    assert minutes == [2, 4, 8, 16, *[32] * 5]
    # What it had brought until it was cut off is not shown for longer than what is whole.
    assert ("database_size_bytes", None) not in asked(server, clock)
    cancelled[0] = False
    clock.now += 32 * 60
    assert asked(server, clock)["tablespace_size_bytes", None] == 7
    clock.now += 61
    assert asked(server, clock)["part_age_seconds", "sizes"] == 0


def test_a_connection_is_closed_by_the_poll_that_uses_it(clock):
    line = Line(lambda _: [])
    server = scripted(lambda *_: line)

    def vanish(_):
        server.retire()  # as another thread would, in the middle of the poll
        assert not line.closed
        return []

    line.answer = vanish
    assert asked(server, clock)["up", None] == 1
    assert line.closed
    idle = Line(lambda _: [])
    server = scripted(lambda *_: idle)
    asked(server, clock)
    assert not idle.closed
    server.retire()
    assert idle.closed


def test_a_server_that_is_down_is_tried_after_1_2_4_and_at_most_30_seconds(clock):
    tried = []

    def connect(*_):
        tried.append(clock.now)
        raise BrokenError("refused", "Connection refused")

    server = scripted(connect)
    for _ in range(200):
        assert asked(server, clock)["up", None] == 0
        clock.now += 1
    pauses = [later - sooner for sooner, later in pairwise(tried)]
    assert pauses[:6] == [1, 2, 4, 8, 16, 30]
    assert set(pauses[6:]) == {30}


def test_when_the_time_is_up_the_rest_is_refused_and_the_server_is_up(clock):
    def slow(statement):
        clock.now += 9.9
        return []

    server = scripted(lambda *_: Line(slow), "transactions")
    found = asked(server, clock)
    assert found["up", None] == 1
    assert found["part_success", "transactions"] == 0
    assert found["part_success", "sizes"] == 0


def unusable(opener, text, tmp_path):
    settings = Settings(parse_document(text, "x.yaml"), ())
    with pytest.raises(Unusable) as caught:
        opener.open(settings, Context("pg", tmp_path, {}, SystemClock()))
    return [problem.code for problem in caught.value.problems]


def test_what_cannot_work_is_refused_at_the_start(tmp_path):
    assert unusable(COLLECTOR, "{targets: ['a:b@c/d']}", tmp_path) == ["bad-address"]
    assert unusable(COLLECTOR, "{targets: [a], sslkey: none}", tmp_path) == ["unreadable-file"]
    text = "{targets: [a], password: {env: NOT_SET}}"
    assert unusable(COLLECTOR, text, tmp_path) == ["missing-secret"]
    (tmp_path / "d.yaml").write_text("[{targets: ['x@y']}]")
    assert unusable(COLLECTOR, "{discover: d.yaml}", tmp_path) == ["bad-address"]


def test_a_module_insists_on_targets():
    assert PROBER.schema()["required"] == ["targets"]


def test_every_part_can_be_left_out_and_has_its_place_in_the_contract():
    names = COLLECTOR.schema()["properties"]["without"]["items"]["enum"]
    assert names == [part.name for part in PARTS]
    families = [family.name for family in contract().families]
    assert len(families) == len(set(families))
    assert all(name.startswith("postgresql_") for name in families)
