"""Redis for real: busy, loading, stopped, gone; and what only looks like one."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import RedisError
from sothat.exporters import kit
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.redis.collector import COLLECTOR
from sothat.exporters.redis.contract import PARTS, contract
from sothat.exporters.redis.probe import PROBER
from sothat.exporters.redis.session import Session, parse_info
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.exporters.watch import AbsentError
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document

from .certificates import Authority
from .conftest import poll_until
from .mariadb import connections_to, owned_folder, unprivileged
from .promtool import has_nothing_to_say
from .saying import Saying
from .watching import poll_once, see_a_pause, unread

real = pytest.mark.real


class Server:
    """A redis-server on a free port, owned by an unprivileged user."""

    def __init__(self, folder, *options):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self.folder = folder
        self.options = options
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self, *options):
        found = shutil.which("redis-server")
        assert found, "redis-server is missing: apt-get install redis-server"
        command = [
            found,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self.folder),
        ]
        command += ["--dbfilename", f"{self.port}.rdb", "--appenddirname", f"aof-{self.port}"]
        command += [*self.options, *options]
        self.process = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.DEVNULL, **unprivileged()
        )
        poll_until(self._answers)

    def _answers(self):
        assert self.process.poll() is None
        try:
            with closing(self.client()) as client:
                return client.ping()
        except RedisError:
            return False

    def client(self):
        return Redis(port=self.port, socket_timeout=10)

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(20)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def folder():
    path = Path(tempfile.mkdtemp(prefix="sothat-redis-", dir="/tmp"))
    owned_folder(path)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def server(folder):
    made = Server(folder, "--maxmemory", "100mb", "--appendonly", "yes")
    with closing(made.client()) as client:
        # What a user needs, as the reference says.
        rights = ["~nothing", "-@all", "+info", "+ping", "+slowlog|len"]
        client.execute_command("ACL", "SETUSER", "watcher", "on", ">not-to-be-seen", *rights)
        client.execute_command("ACL", "SETUSER", "blind", "on", "nopass", "-@all")
    yield made
    made.stop()


def opened(text, folder=Path(), collector=COLLECTOR):
    settings = Settings(parse_document(text, "x.yaml"), ())
    environment = {"WATCHER": "not-to-be-seen"}
    return collector.open(settings, Context("some", folder, environment, SystemClock()))


def source_of(*servers, more="", user=None):
    addresses = ", ".join(f"'{server.address}'" for server in servers)
    password = ", password: {env: WATCHER}" if user == "watcher" else ""
    signing = f", user: {user}{password}" if user else ""
    return opened(f"{{type: redis, targets: [{addresses}]{signing}{more}}}")


def poll(source, seconds=6.0):
    return poll_once(source, "redis_server", seconds)


@real
def test_the_user_of_the_reference_sees_all(server):
    with closing(server.client()) as client:
        client.set("a", "b")
        client.set("c", "d", ex=1000)
        client.get("a")
        client.get("missing")
    with closing(source_of(server, user="watcher")) as source:
        found = poll(source)
    assert found["up",] == 1
    assert unread(found) == set()
    only_elsewhere = {
        "part_failures_total",
        "replica_online",
        "replica_lag_seconds",
        "replica_lag_bytes",
        "primary_link_up",
        "primary_last_contact_seconds",
        "primary_link_down_seconds",
        "synchronising",
        "snapshot_duration_seconds",  # none has been made
    }
    names = {f.name.removeprefix("redis_server_") for f in contract().families}
    assert names - {key[0] for key in found} == only_elsewhere
    assert found["memory_limit_bytes",] == 100 * 1024 * 1024
    assert found["keys",] == found["database_keys", "0"] == 2
    assert found["database_expiring_keys", "0"] == 1
    assert found["hits_total",] >= 1
    assert found["misses_total",] >= 1
    assert found["command_calls_total", "set"] == 2
    assert found["append_only_write_success",] == 1
    assert found["ping_duration_seconds",] > 0


@real
def test_a_user_without_rights_is_up_and_says_so(server):
    with closing(source_of(server, user="blind")) as source:
        found = poll(source)
    assert found["up",] == 1
    assert unread(found) == {part.name for part in PARTS}
    assert found["part_failures_total", "memory", "denied"] == 1


@real
def test_a_wrong_password_is_down(server):
    with closing(source_of(server, user="nobody, password: {env: WATCHER}")) as source:
        assert poll(source) == {("up",): 0}


@real
def test_commands_keep_their_seats_and_the_rest_is_one(server):
    with closing(source_of(server, more=", top: 1")) as source:
        before = poll(source)
        with closing(server.client()) as client:
            for _ in range(50):
                client.set("a", "b")
        after = poll(source)
    calls = {key for key in after if key[0] == "command_calls_total"}
    assert calls == {key for key in before if key[0] == "command_calls_total"}
    assert len(calls) == 2
    assert sum(after[key] - before[key] for key in calls) >= 50


@real
def test_a_replica_and_its_primary(server, folder, until):
    replica = Server(folder, "--replicaof", "127.0.0.1", str(server.port))
    try:
        with closing(source_of(server)) as primary, closing(source_of(replica)) as follower:
            until(lambda: poll(follower).get(("primary_link_up",)) == 1, every=0.2)
            until(lambda: poll(primary).get(("replica_online", replica.address)) == 1, every=0.2)
            of_primary, of_follower = poll(primary), poll(follower)
    finally:
        replica.stop()
    assert of_primary["is_replica",] == 0
    assert of_primary["replicas",] == 1
    assert of_primary["replica_online", replica.address] == 1
    assert of_follower["is_replica",] == 1
    assert of_follower["synchronising",] == 0


@real
@pytest.mark.usefixtures("same_threads")
def test_a_server_that_is_paused_is_down_in_time_and_comes_back(server, until):
    see_a_pause(source_of(server), server, partial(poll, seconds=2), until)


@real
@pytest.mark.usefixtures("same_threads")
def test_a_restart_is_not_noticed_and_a_hundred_refusals_leave_nothing(server):
    server.start_again = lambda: (server.stop(), server.start())
    with closing(source_of(server)) as source:
        poll(source)
        server.start_again()
        assert poll(source)["up",] == 1
        server.stop()
        watch = next(iter(source._watches.values()))
        for _ in range(100):
            watch._not_before = 0.0  # no pause: each is an attempt
            assert poll(source) == {("up",): 0}
        assert connections_to(server.port) == []
        server.start()
        watch._not_before = 0.0
        assert poll(source)["up",] == 1


@real
def test_a_probe_keeps_its_connection_until_the_module_is_closed(folder):
    server = Server(folder, "--save", "")
    try:
        clock = SystemClock()
        with closing(opened("{type: redis, targets: ['127.*']}", collector=PROBER)) as probe:
            for _ in range(3):
                deadline = Deadline(clock.monotonic() + 8, clock)
                found = list(probe.probe(server.address, deadline, lambda *_, **__: None))
                assert (found[0].name, found[0].value) == ("redis_server_up", 1)
            assert len(connections_to(server.port)) == 1
        assert connections_to(server.port) == []
    finally:
        server.stop()
    deadline = Deadline(clock.monotonic() + 8, clock)
    with closing(opened("{type: redis, targets: ['127.*']}", collector=PROBER)) as probe:
        found = probe.probe(server.address, deadline, lambda *_, **__: None)
        assert next(found).value == 0
        with pytest.raises(PollFailed, match="refused"):
            next(found)


@real
def test_tls_with_a_verified_certificate_and_a_socket_without(folder, tmp_path):
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    for path in (*authority.issue("good"), authority.file):
        shutil.copy(path, folder)
        owned_folder(folder / path.name)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    tls = ["--tls-port", str(port), "--tls-auth-clients", "no"]
    tls += ["--tls-cert-file", "good.crt", "--tls-key-file", "good.key"]
    tls += ["--tls-ca-cert-file", "authority.crt", "--unixsocket", f"{folder}/s"]
    server = Server(folder, *tls, "--save", "")
    try:
        for address, more, up in (
            (f"127.0.0.1:{port}", f"tls: {{ca_file: {authority.file}}}", 1),
            (f"127.0.0.1:{port}", f"tls: {{ca_file: {other.file}}}", 0),
            (f"127.0.0.1:{port}", "tls: {insecure_skip_verify: true}", 1),
            (f"127.0.0.1:{port}", "top: 1", 0),
            (f"{folder}/s", "top: 1", 1),
            (f"{folder}/none", "top: 1", 0),
        ):
            with closing(opened(f"{{type: redis, targets: ['{address}'], {more}}}")) as source:
                assert poll(source)["up",] == up, (address, more)
    finally:
        server.stop()


@real
def test_the_real_output_is_as_promtool_wants_it(folder, exporter):
    server = Server(folder, "--save", "")
    try:
        text = (
            exporter(f"  - {{type: redis, targets: ['{server.address}', '127.0.0.1:1']}}\n")
            .ready()
            .metrics()
        )
    finally:
        server.stop()
    assert f'redis_server_up{{server="{server.address}"}} 1.0' in text
    assert 'redis_server_up{server="127.0.0.1:1"} 0.0' in text
    has_nothing_to_say(text)


@pytest.mark.parametrize(
    ("greeting", "endless"),
    [
        (b"", b""),  # accepts and says nothing
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", b""),
        (b"$999999999999\r\n", b"x" * 65536),
        (b"*999999999\r\n", b"*1\r\n" * 20000),
        (b"*999999999\r\n", b":1\r\n" * 20000),
        (b"+", b"x" * 65536),
        (b"-ERR max number of clients reached\r\n", b""),
        (b"-NOAUTH Authentication required.\r\n", b""),
        (b"-LOADING Redis is loading the dataset in memory\r\n", b""),
        (b":99" + b"9" * 5000 + b"\r\n", b""),
        (b"$\xff\xfe\r\n", b""),
    ],
)
def test_who_is_no_server_is_down_in_time_and_memory(greeting, endless):
    with Saying(greeting, endless) as hostile, closing(source_of(hostile)) as source:
        found = poll(source, seconds=1.5)
    # An error for an answer is an answer; nothing is known then but that.
    assert found == {("up",): 0} or unread(found) == {part.name for part in PARTS}


def test_a_slow_drip_does_not_hold_the_poll_up():
    with Saying(b"$1000\r\n", b"x", every=0.05) as hostile, closing(source_of(hostile)) as source:
        assert poll(source, seconds=1.5) == {("up",): 0}


def test_a_handshake_that_never_comes_back_is_cut_off():
    """OpenSSL skips requests for a hello as long as there are any, and looks at no clock."""
    requests = b"\x16\x03\x03\x40\x00" + b"\0" * 16384
    with Saying(b"", requests * 200) as hostile:
        settings = f"targets: ['{hostile.address}'], tls: {{insecure_skip_verify: true}}"
        with closing(opened(f"{{type: redis, {settings}}}")) as source:
            start = time.monotonic()
            assert poll(source, seconds=1.5) == {("up",): 0}
            assert time.monotonic() - start < 10


@given(st.binary(max_size=300))
def test_whatever_info_says_it_is_read(said):
    session = Session(0, lambda: 0.0, lambda *_: b"role:slave\r\ndb0:keys=1\r\n" + said)
    for part in PARTS:
        read = part.open(3)
        try:
            samples = list(read(session))
        except AbsentError:
            continue
        screened = Screen(contract()).screen(
            [type(s)(s.name, s.value, {"server": "x", **s.labels}) for s in samples]
        )
        assert not screened.complaints


def test_fields_of_info():
    assert parse_info(b"# Server\r\nredis_version:7.0\r\nx\r\nno:a:b\r\n") == {
        "redis_version": "7.0",
        "no": "a:b",
    }


def test_databases_and_replicas_without_number_stay_within_bounds():
    many = "".join(f"db{i}:keys=2,expires=1\r\n" for i in range(5000))
    many += "".join(f"slave{i}:ip=h,port={i},state=online,offset=1,lag=1\r\n" for i in range(5000))
    session = Session(0, lambda: 0.0, lambda *_: f"role:master\r\n{many}".encode())
    parts = {part.name: part.open(3) for part in PARTS}
    keys = list(parts["keys"](session))
    assert len(keys) == 2 * 256 + 1
    assert keys[-1].value == 10000
    assert len(list(parts["replication"](session))) < 200


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{type: redis}", "missing-key"),
        ("{type: redis, targets: ['a b']}", "bad-address"),
        ("{type: redis, targets: [a], password: {env: NONE}}", "missing-secret"),
    ],
)
def test_what_cannot_work_is_refused_before_the_start(text, code):
    with pytest.raises(Unusable) as caught:
        opened(text)
    assert [problem.code for problem in caught.value.problems] == [code]


@real
@pytest.mark.parametrize("check", kit.CHECKS)
def test_the_contract_of_collectors(check, server, tmp_path):
    def at(host, port):
        settings = {"targets": [f"{host}:{port}"], "user": "watcher", "password": {"env": "SECRET"}}
        environment = {"SECRET": "not-to-be-seen"}
        return kit.opened(COLLECTOR, settings, tmp_path, environment=environment)

    secrets = ("not-to-be-seen",)
    polling = kit.Polling(partial(at, "127.0.0.1", server.port), at=at, secrets=secrets)
    check(replace(polling, patience=20.0))
