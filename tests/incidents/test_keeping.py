"""Backup, restore, erase and retention, on both databases and from one to the other."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import pytest
import requests
from click.testing import CliRunner
from hypothesis import assume, given
from hypothesis import strategies as st
from sothat.commands.incidents import command
from sothat.incidents.configuration import load_settings
from sothat.incidents.store.engines import reader_engine, writer_engine
from sothat.incidents.store.retention import Retention, let_go
from sothat.incidents.store.swapping import Swap
from sothat.incidents.store.tables import METADATA
from sothat.incidents.transaction import Transaction
from sothat.model.problem import Unusable
from sqlalchemy import text

from .conftest import CONFIG, SQLITE, Running, alert, eventually, fresh_database, message, resolved
from .databases import database  # noqa: F401 – all tests of this module run on both

PERSON = "Example Person"


def sothat(*arguments: object) -> str:
    result = CliRunner().invoke(command, [str(a) for a in arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.output


def filled(data: Path) -> None:
    """Leave a store behind in which a person has done something, and a strange label."""
    running = Running(data)
    running.start()
    running.post(message(alert(labels={"nul": "a\0b \ud800 ö", "contact": PERSON})))
    running.command(1, "acknowledge", by=PERSON, note=f"asked {PERSON}, not {PERSON}son")
    running.post(message(resolved(alert("Other"))))
    eventually(lambda: running.metrics()["incidents_outbox_pending"] == 0)
    assert running.stop() == 0


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    tables = ("message", "incident", "alert", "timeline", "outbox", "tally", "supply", "audit")
    engine = reader_engine(url)
    with engine.connect() as connection:
        # Which table it is comes from the line above.
        found = {t: connection.execute(text(f"SELECT * FROM {t} ORDER BY 1, 2")) for t in tables}  # noqa: S608
        read = {t: [tuple(map(_same, row)) for row in result] for t, result in found.items()}
    engine.dispose()
    return read


def _same(value: Any) -> Any:
    """Return a value as all databases have it."""
    return int(value) if isinstance(value, bool) else value


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_backup_restores_everything_into_either_database(
    data: Path, tmp_path: Path, target: str, request: pytest.FixtureRequest
) -> None:
    filled(data)
    file, config = tmp_path / "backup", data / "incidents.yaml"
    assert "1 in incident" in sothat("backup", "--config", config, file)
    before = rows(load_settings(config, {}).store_url.reveal())
    fresh = "sqlite:///fresh.db"
    if target == "postgresql":
        fresh = fresh_database(request.getfixturevalue("postgresql"))
    other = data / "other.yaml"
    other.write_text(CONFIG.replace(SQLITE, fresh))
    sothat("restore", "--config", other, file)
    assert rows(load_settings(other, {}).store_url.reveal()) == before
    with pytest.raises(Unusable, match="holds something already"):
        sothat("restore", "--config", other, file)
    other.replace(config)
    running = Running(data)
    running.start()
    assert running.post(message(alert("New"))).status_code == 200
    assert [one["id"] for one in running.incidents()][-1] == 2
    assert running.stop() == 0


@pytest.mark.parametrize("cut", [0, 1, 3])
def test_half_a_backup_is_refused_and_nothing_is_restored(
    data: Path, tmp_path: Path, cut: int
) -> None:
    filled(data)
    file, config = tmp_path / "backup", data / "incidents.yaml"
    sothat("backup", "--config", config, file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * cut // 4])
    other = data / "other.yaml"
    other.write_text(CONFIG.replace(SQLITE, "sqlite:///fresh.db"))
    with pytest.raises(Unusable) as caught:
        sothat("restore", "--config", other, file)
    assert caught.value.problems[0].code == "broken-backup"
    file.write_bytes(whole)
    sothat("restore", "--config", other, file)


def test_a_person_is_erased_everywhere_and_the_log_says_so(data: Path) -> None:
    filled(data)
    config = data / "incidents.yaml"
    said = sothat("erase", "--config", config, "--person", PERSON, "--by", "data protection")
    assert "timeline" in said
    assert "message" in said
    found = rows(load_settings(config, {}).store_url.reveal())
    everything = json.dumps(found, default=lambda raw: bytes(raw).decode("utf-8", "replace"))
    assert PERSON not in everything.replace(f"{PERSON}son", "")
    assert "erased person" in everything
    last = found["audit"][-1]
    assert "erase" in last
    running = Running(data)
    running.start()
    whole = running.incident(1)
    assert whole["acknowledged_by"] == "erased person"
    assert any(f"not {PERSON}son" in note["text"] for note in whole["timeline"])
    assert running.stop() == 0


MAIL, PHONE = "person@example.org", "+49 30 5550 100"
# As a caller, a token, a note, a label, and in all the ways in which a text may hold it.
PUBLIC = [
    PERSON,
    f"called\n{PERSON}\tat {PHONE}",
    "Example   Person",
    f"https://example.org/?to={quote_plus(PERSON)}&mail={quote(MAIL, safe='')}",
    f"<{MAIL.upper()}>",
]


def busy(data: Path) -> None:
    """Leave a store behind in which a person has left traces in every table that can hold them."""
    config = data / "incidents.yaml"
    (data / "secrets/api-token").write_text("configured")
    config.write_text(config.read_text() + "api: {token: {file: secrets/api-token}}\n")
    running = Running(data)
    running.start()
    admin = {"Authorization": "Bearer configured"}
    tokens = [
        requests.post(
            f"{running.url}/api/v1/tokens",
            json={"name": name, "role": "admin"},
            headers=admin,
            timeout=30,
        ).json()["token"]
        for name in (MAIL, MAIL.upper())
    ]
    labels = {f"label{n}": text for n, text in enumerate(PUBLIC)}
    raw = json.dumps(message(alert(labels=labels), alert("Second", site=PERSON)))
    # The same name, written with escapes that no form foresees.
    assert running.post(raw.replace("Example", "\\u0045xample").encode()).status_code == 200
    assert running.post(message(alert(site=PERSON.upper()))).status_code == 200
    for number, token in enumerate(tokens, 1):
        for body in (
            {"by": PERSON, "note": PUBLIC[1]},
            {"by": PERSON, "note": PUBLIC[3], "key": "once"},
        ):
            requests.post(
                f"{running.url}/api/v1/incidents/{number}/note",
                json=body,
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"k-{MAIL}"},
                timeout=30,
            )
        requests.post(
            f"{running.url}/api/v1/incidents/{number}/acknowledge",
            json={"by": PERSON, "note": f"{MAIL} {PHONE}"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
    assert running.stop() == 0


def held(url: str) -> str:
    """Return all that all tables hold, as one text."""
    engine = reader_engine(url)
    with engine.connect() as connection:
        found = [
            str(_shown(value))
            for table in METADATA.sorted_tables
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"'))  # noqa: S608
            for value in row
        ]
    engine.dispose()
    return "\n".join(found)


def _shown(value: Any) -> Any:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else value


def traces(content: str) -> list[str]:
    """Return what of the person is in a text, however it is written there."""
    plain = content.replace("\\n", " ").replace("\\t", " ").replace("\\u0045", "E").casefold()
    words = " ".join(f"{plain} {unquote(plain)} {unquote_plus(plain)}".split())
    return [one for one in (PERSON, MAIL, PHONE) if one.casefold() in words]


def test_nothing_of_a_person_is_left_in_any_table_nor_in_the_file(data: Path) -> None:
    busy(data)
    config = data / "incidents.yaml"
    url = load_settings(config, {}).store_url.reveal()
    assert traces(held(url)) == [PERSON, MAIL, PHONE]
    texts = [word for one in (PERSON, MAIL, PHONE) for word in ("--person", one)]
    said = sothat("erase", "--config", config, *texts, "--by", "data protection")
    for table in ("alert", "audit", "incident", "message", "tally", "timeline", "token"):
        assert f"in {table}" in said
    assert traces(held(url)) == []
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        files = [file, *file.parent.glob(f"{file.name}-*")]
        assert traces("".join(f.read_bytes().decode("latin-1") for f in files)) == []
    again = sothat("erase", "--config", config, *texts, "--by", "data protection")
    assert again == "erased; rows: none\n"
    running = Running(data)
    running.start()
    assert len(running.sql("SELECT id FROM incident")) == 3
    assert running.post(message(alert("New"))).status_code == 200
    assert running.stop() == 0


@pytest.mark.parametrize("name", ["", " ", ",", "a", "--"])
def test_what_would_hit_everything_is_refused(data: Path, name: str) -> None:
    with pytest.raises(Unusable, match="two letters or digits"):
        sothat("erase", "--config", data / "incidents.yaml", "--person", name, "--by", "me")


@given(before=st.text(max_size=3), after=st.text(max_size=3), name=st.text(min_size=2))
def test_a_name_is_swapped_as_a_word_in_a_text_and_in_documents(
    before: str, after: str, name: str
) -> None:
    name = name.strip()
    assume(name.isalnum() and name not in ("b", "erased", "null", "true", "false"))
    swap = Swap([name], "erased")
    assert swap.of(name) == "erased"
    value = {name: [f" {name} "], "b": before + after}
    document = json.dumps(value)
    assert json.loads(swap.of(document)).get("erased") == [" erased "]
    assert json.loads(swap.of(document.encode())) == json.loads(swap.of(document))


def test_what_is_old_is_let_go_and_numbers_are_given_once(data: Path) -> None:
    filled(data)
    running = Running(data)
    running.start()
    running.post(message(resolved(alert(labels={"nul": "a\0b \ud800 ö", "contact": PERSON}))))
    eventually(lambda: running.metrics()["incidents_outbox_pending"] == 0)
    assert running.incident(1)["state"] == "resolved"
    assert running.stop() == 0
    url = load_settings(data / "incidents.yaml", {}).store_url.reveal()
    engine = writer_engine(url)
    with engine.begin() as connection:
        transaction = Transaction(connection, 2**62, rules=None)  # type: ignore[arg-type]
        assert not let_go(transaction, Retention(messages=0, incidents=0, audit=0))
    engine.dispose()
    left = rows(url)
    assert {table: len(left[table]) for table in ("message", "incident", "timeline", "outbox")} == {
        "message": 0,
        "incident": 0,
        "timeline": 0,
        "outbox": 0,
    }
    running.start()
    assert running.post(message(alert())).json()["message"] > 1
    assert [one["id"] for one in running.incidents()] == [2]
    assert running.stop() == 0


def test_retention_is_read(data: Path) -> None:
    config = data / "incidents.yaml"
    config.write_text(config.read_text() + "retention: {messages: 30d, incidents: 400d}\n")
    keep = load_settings(config, {}).retention
    assert keep == Retention(30 * 86_400 * 10**9, 400 * 86_400 * 10**9)
