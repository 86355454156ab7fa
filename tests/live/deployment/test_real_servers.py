"""After an apply nothing is left to do: on old and new releases, with all that they fill in."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
import yaml
from sothat.commands._main import run as sothat
from sothat.live.planning.routing import routing_changes
from sothat.live.reading.alertmanager import loaded_routing
from sothat.live.reading.compiled import read_compiled, routing_of
from sothat.live.reading.http import Api

from .servers import ALERTMANAGER, PROMETHEUS, alertmanager, run
from .world import ROUTING_FIRST, World

COMPILED = Path(__file__).parents[3] / "compiled"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (PROMETHEUS and ALERTMANAGER), reason="no servers here"),
]
PAIRS = list(zip_longest(PROMETHEUS, ALERTMANAGER, fillvalue=(ALERTMANAGER or [""])[-1]))
# Every type of channel that the compiler knows, as briefly as it can be written.
RECEIVERS = {
    "webhook_configs": [{"url": "http://127.0.0.1:9/", "send_resolved": True}],
    "email_configs": [
        {"to": "a@example.org", "from": "b@example.org", "smarthost": "localhost:25"}
    ],
    "slack_configs": [{"api_url": "http://127.0.0.1:9/", "channel": "#a"}],
    "telegram_configs": [{"bot_token": "x", "chat_id": 12}],
    "pushover_configs": [{"user_key": "x", "token": "y"}],
    "pagerduty_configs": [{"routing_key": "x"}],
}


@pytest.fixture(params=PAIRS, ids=lambda pair: "+".join(Path(each).parent.name for each in pair))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    world = World(ROUTING_FIRST, tmp_path, *request.param)
    with run(world.alertmanager, world.prometheus):
        yield world


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_nothing_is_left_to_do(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    target = ["--target", str(world.target_file()), "--compiled", str(COMPILED)]
    assert sothat(["plan", *target]) == 1
    assert "more page the night shift" in told(capsys)[0]
    assert sothat(["drift", *target, "--textfile", str(world.folder / "drift.prom")]) == 1
    assert 'part="rules"} 0.0' not in (world.folder / "drift.prom").read_text()
    assert sothat(["apply", *target, "--yes"]) == 0
    assert told(capsys)[-1] == "applied: the new state is live"
    assert sothat(["plan", *target]) == 0
    assert told(capsys) == ["no changes"]
    assert sothat(["drift", *target, "--textfile", str(world.folder / "drift.prom")]) == 0
    assert 'part="rules"} 0.0' in (world.folder / "drift.prom").read_text()
    capsys.readouterr()
    assert sothat(["apply", *target, "--yes"]) == 0
    assert told(capsys) == ["no changes: nothing to do"]


def test_a_configuration_written_otherwise_is_no_change(world: World) -> None:
    data = yaml.safe_load((COMPILED / "alertmanager" / "alertmanager.yml").read_text())
    data["inhibit_rules"].reverse()
    data["route"]["group_wait"] = "60s"
    world.routing_file.write_text(yaml.safe_dump(data, sort_keys=True))
    world.alertmanager.reload()
    loaded = loaded_routing(Api("Alertmanager", world.alertmanager.url))
    texts = {artefact.path: artefact.text for artefact in read_compiled(COMPILED)}
    wanted = routing_of(texts["alertmanager/alertmanager.yml"], "wanted")
    assert loaded.digest is not None
    assert list(routing_changes(loaded, wanted)) == []


@pytest.mark.parametrize("program", ALERTMANAGER)
def test_what_an_alertmanager_fills_in(program: str, tmp_path: Path) -> None:
    text = yaml.safe_dump(
        {"route": {"receiver": "all"}, "receivers": [{"name": "all", **RECEIVERS}]}
    )
    (tmp_path / "alertmanager.yml").write_text(text)
    server = alertmanager(program, tmp_path)
    with run(server):
        loaded = loaded_routing(Api("Alertmanager", server.url))
    assert list(routing_changes(loaded, routing_of(text, "wanted"))) == []
    other = text.replace("#a", "#b").replace("a@example.org", "c@example.org")
    other = other.replace("chat_id: 12", "chat_id: 13").replace(
        "send_resolved: true", "max_alerts: 3"
    )
    details = {change.details for change in routing_changes(loaded, routing_of(other, "wanted"))}
    assert details == {
        ("email to: a@example.org → c@example.org",),
        ("slack channel: #a → #b",),
        ("telegram chat_id: 12 → 13",),
        ("webhook max_alerts: 0 → 3",),
    }
