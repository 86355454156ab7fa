"""A configuration is refused as a whole, with places, before anything starts."""

import json

import pytest
from jsonschema import Draft202012Validator
from sothat.exporters.service import Options, check, installed_types, schema_text
from sothat.exporters.settings import load_settings
from sothat.model.problem import Unusable, render

HEAD = "apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n"


def problems(tmp_path, text, listen=None, environment=()):
    file = tmp_path / "exporter.yaml"
    file.write_text(text)
    with pytest.raises(Unusable) as caught:
        check(Options(file, None, listen, "1", dict(environment)))
    return [
        (
            p.code,
            str(p.position).replace(f"{tmp_path}/", "") if p.position else "",
            p.message,
            p.hint,
        )
        for p in caught.value.problems
    ]


def test_an_unknown_key_of_a_collector_has_its_place_and_a_guess(tmp_path):
    text = HEAD + "  - type: host\n    intervall: 5s\n"
    assert problems(tmp_path, text) == [
        ("unknown-key", "exporter.yaml:5:5", "unknown key 'intervall'", "did you mean 'interval'?")
    ]


def test_an_unknown_key_at_the_top(tmp_path):
    code, where, _, hint = problems(tmp_path, "lisen: x\n" + HEAD + "  - type: host\n")[0]
    assert (code, where, hint) == ("unknown-key", "exporter.yaml:1:1", "did you mean 'listen'?")


def test_an_unknown_type(tmp_path):
    code, where, message, _ = problems(tmp_path, HEAD + "  - type: hots\n")[0]
    assert (code, where) == ("unknown-value", "exporter.yaml:4:11")
    assert all(name in message for name in ("business", "database", "host", "tuya"))


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("interval: 5 seconds", "bad-format"),
        ("interval: 0s", "out-of-range"),
        ("deadline: 5", "wrong-type"),
        ("max_series: 0", "out-of-range"),
        ("name: Not a name", "bad-format"),
    ],
)
def test_settings_of_every_collector_are_checked(tmp_path, setting, code):
    found = problems(tmp_path, HEAD + f"  - type: host\n    {setting}\n")
    assert [(c, where.split(":")[1]) for c, where, _, _ in found] == [(code, "5")]


def test_two_collectors_of_one_name(tmp_path):
    found = problems(tmp_path, HEAD + "  - type: host\n  - type: host\n")
    assert found[0][:2] == ("name-clash", "exporter.yaml:5:11")
    assert "line 4" in found[0][2]


def test_a_bad_address(tmp_path):
    assert problems(tmp_path, HEAD + "  - type: host\n", listen="9780")[0][0] == "bad-address"
    found = problems(tmp_path, "listen: 127.0.0.1:70000\n" + HEAD + "  - type: host\n")
    assert found[0][:2] == ("bad-address", "exporter.yaml:1:9")


def test_problems_of_several_collectors_are_all_named(tmp_path):
    text = HEAD + (
        "  - type: database\n    name: one\n    url: sqlite:///missing.db\n"
        "  - type: tuya\n    devices: missing.json\n"
        "  - type: business\n    url: sqlite:///missing.db\n    kpis: missing.yaml\n"
    )
    assert [found[:2] for found in problems(tmp_path, text)] == [
        ("unreadable-database", "exporter.yaml:6:10"),
        ("unreadable-file", "exporter.yaml:8:14"),
        ("unreadable-database", "exporter.yaml:10:10"),
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file"), (b"text, and no database", "not an SQLite database")],
)
def test_an_unreadable_database_file(tmp_path, content, why):
    if content:
        (tmp_path / "some.db").write_bytes(content)
    text = HEAD + "  - type: database\n    url: sqlite:///some.db\n"
    code, where, message, _ = problems(tmp_path, text)[0]
    assert (code, where) == ("unreadable-database", "exporter.yaml:5:10")
    assert why in message


def test_a_missing_secret(tmp_path):
    text = HEAD + "  - type: database\n    url: {env: DATABASE_URL}\n"
    assert problems(tmp_path, text)[0][:2] == ("missing-secret", "exporter.yaml:5:16")
    text = HEAD + "  - type: database\n    url: {file: url.txt}\n"
    assert problems(tmp_path, text)[0][:2] == ("missing-secret", "exporter.yaml:5:17")


@pytest.mark.parametrize(
    "url", ["postgresql://me:hunter2@127.0.0.1/x", "postgresql://127.0.0.1/x?password=hunter2"]
)
def test_a_password_in_the_text_is_refused_and_not_repeated(tmp_path, url):
    text = HEAD + f"  - type: database\n    url: {url}\n"
    (tmp_path / "exporter.yaml").write_text(text)
    with pytest.raises(Unusable) as caught:
        check(Options(tmp_path / "exporter.yaml", None, None, "1.0", {}))
    (problem,) = caught.value.problems
    assert (problem.code, problem.position.line) == ("secret-in-text", 5)
    assert "hunter2" not in render(problem)


def test_a_secret_url_with_a_password_is_accepted(tmp_path):
    (tmp_path / "url.txt").write_text("postgresql://me:hunter2@127.0.0.1:1/x\n")
    file = tmp_path / "exporter.yaml"
    file.write_text(HEAD + "  - type: database\n    url: {file: url.txt}\n")
    assert "database" in check(Options(file, None, None, "1", {}))


@pytest.mark.parametrize("url", ["nonsense", "oracle://host/name", "sqlite://"])
def test_urls_that_are_none(tmp_path, url):
    found = problems(tmp_path, HEAD + f"  - type: database\n    url: {url}\n")
    assert found[0][0] in ("bad-url", "unknown-database")
    assert found[0][3]


def test_a_collector_that_is_off_is_not_opened(tmp_path):
    file = tmp_path / "exporter.yaml"
    text = "  - type: host\n  - {type: database, enabled: false, url: 'sqlite:///missing.db'}\n"
    file.write_text(HEAD + text)
    assert check(Options(file, None, None, "1", {})).endswith("fine, collectors: host")


def test_defaults(tmp_path):
    file = tmp_path / "exporter.yaml"
    file.write_text(HEAD + "  - type: host\n")
    settings = load_settings(file, installed_types())
    plan = settings.collectors[0].plan
    assert str(settings.listen) == "127.0.0.1:9780"
    assert (plan.name, plan.interval, plan.deadline, plan.max_series) == ("host", 15, 10, 10_000)


def test_the_schema_for_editors_knows_every_setting(tmp_path):
    whole = json.loads(schema_text())
    validator = Draft202012Validator(whole)
    validator.check_schema(whole)

    def faults(**entry):
        config = {"apiVersion": "sothat/v1", "kind": "Exporter", "collectors": [entry]}
        return [error.message for error in validator.iter_errors(config)]

    assert not faults(type="database", url="sqlite:///a.db", lock_timeout="1s", interval="5s")
    assert "'url' is a required property" in faults(type="database")
    assert faults(type="host", intervall="5s")
    assert faults(type="hots")
