"""Wrong configurations end with exit 2 and one clear problem each, nothing started."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sothat.incidents.channels import notifiers
from sothat.incidents.configuration import load_settings
from sothat.incidents.settings.api import is_loopback
from sothat.model.problem import Unusable
from sothat.runtime.serving import parse_address

from .conftest import CONFIG, POLICY

EXAMPLE = Path(__file__).parents[2] / "examples/demo/incidents.yaml"


def problems(data: Path, listen: str | None = None) -> list[str]:
    with pytest.raises(Unusable) as caught:
        load_settings(data / "incidents.yaml", {}, None, listen)
    return [f"{p.position} {p.code} {p.message}" for p in caught.value.problems]


def test_the_demo_configuration_is_fine(data: Path) -> None:
    policy = data / "compiled/incidents/policy.json"
    policy.write_text((EXAMPLE.parents[2] / "compiled/incidents/policy.json").read_text())
    for name in ("communication", "people", "maintenance"):
        (data / f"{name}.yaml").write_text(EXAMPLE.with_name(f"{name}.yaml").read_text())
    (data / "secrets/conversation-key").write_text("a-key-of-the-demo-for-a-test")
    settings = load_settings(EXAMPLE, {}, data, mail="127.0.0.1:2525")
    assert settings.hold == 1
    assert settings.store_url.reveal() == f"sqlite:///{data}/incidents/incidents.db"
    assert str(settings.listen) == "127.0.0.1:9781"
    mailed = [*settings.channels.opened.values(), *settings.contacts.opened.values()]
    assert {(one.server, one.port) for one in mailed} == {("127.0.0.1", 2525)}  # type: ignore[attr-defined]
    assert settings.letters is not None
    assert (settings.letters.server, settings.letters.port) == ("127.0.0.1", 2525)
    assert settings.letters.sender == "status@demo.example"


def test_a_mail_server_of_the_command_line_gets_no_password(data: Path) -> None:
    config = data / "incidents.yaml"
    mail = "{type: email, server: mail.example, from: a@b.example, to: [c@d.example], username: u}"
    config.write_text(config.read_text().replace("on-call: {type: log}", f"on-call: {mail}"))
    opened = load_settings(config, {}, mail="127.0.0.1:25").channels.opened["on-call"]
    assert (opened.username, opened.password, opened.starttls) == ("", None, None)  # type: ignore[attr-defined]
    with pytest.raises(Unusable, match="is not HOST:PORT"):
        load_settings(config, {}, mail="mail.example")


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("resolve_after", "resolve_afer", "9:1", "unknown key 'resolve_afer'"),
        ("resolve_after: 0s", "resolve_after: soon", "9:16", "not a duration"),
        ("127.0.0.1:0", "nowhere", "3:9", "HOST:PORT"),
        ("store: sqlite:///", "store: mysql://", "4:8", "sqlite:///"),
        ("{type: log}", "{type: pigeon}", "11:19", "must be one of"),
        ("{type: log}", "{type: log, url: x}", "11:24", "unknown key 'url'"),
        ("{type: log}", "{type: webhook}", "11:3", "'url' is missing"),
        ("{type: log}", "{type: webhook, url: ftp://x}", "11:33", "an http or https URL"),
        ("{type: log}", "{type: webhook, url: 'http://x', token: {file: no}}", "11:59", "secret"),
        ("  on-call: {type: log}\n", "", "11:3", "channel 'on-call' is bound to nothing"),
        ("webhook:\n  token: {file: secrets/webhook-token}\n", "", "1:1", "'webhook' is missing"),
        ("secrets/webhook-token", "secrets/none", "8:17", "cannot be read"),
        ("{file: secrets/webhook-token}", "{env: NO_SUCH}", "8:16", "NO_SUCH is not set"),
        ("{file: secrets/webhook-token}", "a-token", "8:10", "must be a mapping"),
        ("127.0.0.1:0", "0.0.0.0:9781", "3:9", "the API has no token"),
        ("127.0.0.1:0", '":9781"', "3:9", "the API has no token"),
        ("policy.json", "none.json", "none.json", "cannot read the policy"),
    ],
)
def test_each_mistake_is_named_with_its_place(
    data: Path, old: str, new: str, where: str, words: str
) -> None:
    (data / "incidents.yaml").write_text(CONFIG.replace(old, new, 1))
    found = problems(data)
    assert len(found) == 1, found
    assert where in found[0]
    assert words in found[0]


def test_a_command_lines_address_must_be_safe_too(data: Path) -> None:
    assert "the API has no token" in problems(data, "0.0.0.0:0")[0]


def test_beyond_loopback_no_token_must_be_said_in_so_many_words(data: Path) -> None:
    text = f"{CONFIG}api: {{anonymous: true}}\n".replace("127.0.0.1:0", "0.0.0.0:0")
    (data / "incidents.yaml").write_text(text)
    assert load_settings(data / "incidents.yaml", {}).api_token is None
    (data / "incidents.yaml").write_text(text.replace("true", "false"))
    assert "'anonymous' must be" in problems(data)[0]


def test_all_mistakes_are_named_at_once(data: Path) -> None:
    text = CONFIG.replace("webhook-token", "none").replace("0s", "soon").replace("policy.json", "x")
    (data / "incidents.yaml").write_text(text)
    assert len(problems(data)) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not of type 'object'"),
        (json.dumps({**POLICY, "grouping": []}), "$.grouping"),
        (json.dumps({**POLICY, "priorities": {}}), "'P1' is a required property"),
        (json.dumps({**POLICY, "teams": {"a": {"channels": {"P9": []}}}}), "P9"),
    ],
)
def test_a_broken_policy_is_named(data: Path, text: str, words: str) -> None:
    (data / "compiled/incidents/policy.json").write_text(text)
    assert any("policy.json" in p and words in p for p in problems(data))


def test_loopback() -> None:
    for text in ("127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "localhost:1"):
        assert is_loopback(parse_address(text))
    for text in ("0.0.0.0:1", ":1", "[::]:1", "10.0.0.1:1", "example.org:1"):
        assert not is_loopback(parse_address(text))


def serve(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-P", "-m", "sothat.commands", "incidents", "serve"),
            *("--config", str(data / "incidents.yaml"), *options),
        ],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env=dict(os.environ),
    )


def test_the_process_ends_with_2_and_starts_nothing(data: Path) -> None:
    (data / "incidents.yaml").write_text(CONFIG.replace("store:", "stor:"))
    done = serve(data)
    assert done.returncode == 2
    assert f"{data}/incidents.yaml:4:1: error: unknown key 'stor'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (data / "incidents").exists()


def test_check_starts_nothing(data: Path) -> None:
    done = serve(data, "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (data / "incidents").exists()


@pytest.mark.parametrize("content", [None, b"not a database, whatever its name may say"])
def test_check_names_a_store_that_cannot_be_used(data: Path, content: bytes | None) -> None:
    store = data / "incidents" / "incidents.db"
    store.parent.mkdir()
    store.write_bytes(content) if content else store.mkdir()
    done = serve(data, "--check")
    assert done.returncode == 2
    assert f"{store}: error: cannot open the incident store: " in done.stderr
    assert "Traceback" not in done.stderr


def test_check_names_a_store_of_a_newer_version_and_changes_nothing(data: Path) -> None:
    store = data / "incidents" / "incidents.db"
    store.parent.mkdir()
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('from-the-future')")
    before = store.read_bytes()
    done = serve(data, "--check")
    assert done.returncode == 2
    assert "a schema that this version does not know" in done.stderr
    assert store.read_bytes() == before


def test_an_address_in_use_is_one_clear_problem(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = serve(data, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 2
    assert "cannot listen on" in done.stderr
    assert not (data / "incidents").exists()


def test_the_built_in_notifiers_are_found() -> None:
    assert {"email", "log", "webhook"} <= set(notifiers())


def test_a_value_that_two_sections_read_is_named_once(data: Path) -> None:
    (data / "incidents.yaml").write_text(CONFIG.replace("127.0.0.1:0", "127.0.0.1:99999"))
    assert len(problems(data)) == 1
