"""Channels with a type: receivers that real Alertmanagers accept, and what they say."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sothat.generator.checked import installed_checks
from sothat.generator.compile import Inputs, all_problems
from sothat.generator.loading.policy import resolve_policy
from sothat.generator.notifying.channel import installed_channel_types
from sothat.generator.notifying.mutes import MOST, mutings
from sothat.generator.notifying.operator import secret_files
from sothat.generator.schemas import schema_for
from sothat.generator.values import Values, load_values
from sothat.model.policy import Priority
from sothat.model.problem import Severity
from sothat.runtime.documents import parse_document
from sothat.runtime.schema import validate

from .policies import CHANNELS, as_yaml, policies, policy_data
from .test_routes import configuration

TYPES = sorted(CHANNELS)


def release_of(amtool: str, run_tool: Callable) -> tuple[int, ...]:
    """Return the release of a program; one that does not say it is the newest."""
    told = run_tool(amtool, "--version")
    words = (told.stdout + told.stderr).replace(",", " ").split()
    numbers = [w for w in words if w[0].isdigit() and w.count(".") == 2]
    return tuple(map(int, numbers[0].split("-")[0].split("."))) if numbers else (99,)


def with_channel(kind: str, **more: Any) -> dict[str, Any]:
    """Return a policy whose team has one channel of a type for everything."""
    channel = {"description": "d", "type": kind, **CHANNELS[kind], **more}
    team = {
        "description": "d",
        "channels": {p.value: ["it"] for p in Priority},
        "escalation": ["Head"],
    }
    return policy_data(teams={"plant": team}, channels={"it": channel})


def problems(data: dict[str, Any]) -> list[str]:
    document = parse_document(as_yaml(data), "policy.yaml")
    return [f"{p.code}: {p.message}" for p in validate(document, schema_for("Policy"))]


def test_every_type_is_tried() -> None:
    assert sorted(installed_channel_types()) == TYPES


@pytest.mark.parametrize("kind", TYPES)
def test_its_settings_are_of_the_schema(kind: str) -> None:
    assert problems(with_channel(kind)) == []
    assert problems(with_channel(kind, colour="red")) == ["unknown-key: unknown key 'colour'"]
    for key in installed_channel_types()[kind].required:
        data = with_channel(kind)
        del data["channels"]["it"][key]
        assert problems(data) == [f"missing-key: the key '{key}' is missing"]


def test_a_type_that_there_is_not() -> None:
    data = policy_data(channels={"it": {"description": "d", "type": "slakc"}})
    (problem,) = problems(data)
    assert problem.startswith("unknown-value")


def test_a_channel_without_a_type_has_no_settings() -> None:
    data = policy_data(channels={"it": {"description": "d", "to": "#x"}})
    assert problems(data) == ["unknown-key: unknown key 'to'"]


def test_hours_need_a_place_and_a_password_its_user() -> None:
    assert problems(with_channel("slack", hours="business"))
    assert problems(with_channel("slack", calendar="berlin"))
    assert problems(with_channel("email", username="u"))
    assert problems(with_channel("webhook", url_file="/s/url"))


@pytest.mark.parametrize("kind", TYPES)
def test_secrets_are_files_only(kind: str) -> None:
    (receiver,) = (
        each
        for each in configuration(resolve_policy(with_channel(kind)))["receivers"]
        if each["name"] == "channel/it"
    )
    named = {v for key, v in CHANNELS[kind].items() if key.endswith("_file")}
    assert set(secret_files(receiver)) == named


@pytest.mark.parametrize("kind", TYPES)
def test_a_release_accepts_what_it_is_said_to_know(
    kind: str, amtool: str, tmp_path: Path, run_tool: Callable
) -> None:
    policy = resolve_policy(with_channel(kind))
    since = installed_channel_types()[kind].since(policy.channels["it"])
    known = tuple(map(int, since.split("."))) <= release_of(amtool, run_tool)
    path = tmp_path / "alertmanager.yml"
    path.write_text(as_yaml(configuration(policy)), encoding="utf-8")
    found = run_tool(amtool, "check-config", path)
    assert (found.returncode == 0) is known, found.stdout + found.stderr


# The fixture is a plain function and keeps nothing.
@settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=policies(), site=st.sampled_from(['"', "\\", "a|b", "ü漢", "{x}", "a,b=~", "'"]))
def test_random_policies_are_accepted(
    amtool: str,
    tmp_path_factory: pytest.TempPathFactory,
    run_tool: Callable,
    data: dict[str, Any],
    site: str,
) -> None:
    new = release_of(amtool, run_tool) >= (0, 28)
    channels = data["channels"]
    for name, each in channels.items():
        if not new and each.get("type") in ("teams", "telegram", "pushover"):
            channels[name] = {"description": "d"}
    for window in data["maintenance"].values():
        window["mutes"].append({"site": [site, "other"]})
    policy = resolve_policy(data)
    if len(mutings(policy)) > MOST:
        return
    path = tmp_path_factory.mktemp("am") / "alertmanager.yml"
    path.write_text(as_yaml(configuration(policy)), encoding="utf-8")
    strict = ("--enable-feature=utf8-strict-mode",) if new else ()
    for flags in {(), strict}:
        found = run_tool(amtool, *flags, "check-config", path)
        assert found.returncode == 0, found.stdout + found.stderr


def test_the_shipped_configuration_is_accepted(
    amtool: str, tmp_path: Path, run_tool: Callable
) -> None:
    text = Path(__file__).parents[3].joinpath("compiled/alertmanager/alertmanager.yml").read_text()
    path = tmp_path / "alertmanager.yml"
    path.write_text(text, encoding="utf-8")
    new = release_of(amtool, run_tool) >= (0, 27)
    strict = ("--enable-feature=utf8-strict-mode",) if new else ()
    for flags in {(), strict}:
        found = run_tool(amtool, *flags, "check-config", path)
        assert found.returncode == 0, found.stdout + found.stderr


def test_a_release_that_does_not_know_a_channel(small: Inputs, refused: Callable) -> None:
    (small.catalogue / "policy.yaml").write_text(as_yaml(with_channel("teams")), encoding="utf-8")
    (problem,) = [p for p in refused(small) if p.code == "channel-needs-release"]
    assert "needs Alertmanager 0.28, the values say 0.25" in problem.message
    assert problem.source.strip() == "type: teams"


def test_a_release_that_knows_it(small: Inputs, refused: Callable) -> None:
    (small.catalogue / "policy.yaml").write_text(as_yaml(with_channel("teams")), encoding="utf-8")
    values = load_values(None, ["alertmanager.release=0.28.1"])
    found = refused(replace(small, values=values))
    assert [p.code for p in found if p.code == "channel-needs-release"] == []


@pytest.mark.parametrize(
    ("type_", "path", "found"),
    [
        ("slack", "slack-url", True),
        ("slack", "/etc/secrets/slack-url", False),
        ("pagerduty", "secrets/key", True),
        ("webhook", "token", False),
    ],
)
def test_a_secret_that_is_found_from_one_folder_only(
    small: Inputs, type_: str, path: str, *, found: bool
) -> None:
    data = with_channel(type_, secret_file=path)
    (small.catalogue / "policy.yaml").write_text(as_yaml(data), encoding="utf-8")
    told = [p for p in all_problems(small, installed_checks()) if p.code == "relative-secret"]
    assert [p.severity for p in told] == [Severity.WARNING] * found
    assert all(path in p.message and p.position for p in told)


def test_secrets_of_one_name(small: Inputs, refused: Callable) -> None:
    data = with_channel("slack", secret_file="/elsewhere/webhook-token")
    (small.catalogue / "policy.yaml").write_text(as_yaml(data), encoding="utf-8")
    (problem,) = [p for p in refused(small) if p.code == "secret-clash"]
    assert "/elsewhere/webhook-token" in problem.message
    assert Values().settings["webhook.token_file"] in problem.message
