"""The compose file, as far as it can be judged without an engine: structure, and no drift."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from sothat.incidents.configuration import load_settings
from sothat.model.problem import Unusable
from sothat.stack.config import DEFAULT_PORTS, load_config
from sothat.stack.grafana import datasources, providers
from sothat.stack.install import ALERTMANAGER_IMAGE, GRAFANA_IMAGE, PROMETHEUS_IMAGE
from sothat.stack.plan import addresses_of
from sothat.stack.prometheus import prometheus_config
from sothat.stack.shipped import shipped

FOLDER = shipped("compose")
WHERE = addresses_of(DEFAULT_PORTS)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    text = (FOLDER / "compose.yaml").read_text()
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


def test_its_configurations_are_those_that_the_stack_writes() -> None:
    demo = load_config(shipped("demo/stack.yaml"))
    rules, boards = Path("/data/compiled/prometheus/rules"), Path("/data/compiled/dashboards")
    assert read("prometheus.yaml") == prometheus_config(demo, WHERE, rules)
    sources = read("grafana/provisioning/datasources/prometheus.yaml")
    assert sources == datasources(WHERE["prometheus"], "1s")
    assert read("grafana/provisioning/dashboards/sothat.yaml") == providers(boards)


def test_the_compiler_is_told_the_intervals_of_the_demo(services: dict[str, Any]) -> None:
    [script] = services["set-up"]["command"]
    assert "--set scrape_interval=1s --set evaluation_interval=1s" in script


def test_images_are_pinned_and_those_that_the_doctor_names(services: dict[str, Any]) -> None:
    images = {name: service["image"] for name, service in services.items()}
    assert images["prometheus"] == PROMETHEUS_IMAGE
    assert images["alertmanager"] == ALERTMANAGER_IMAGE
    assert GRAFANA_IMAGE.startswith(images["grafana"])
    assert all(":" in image and not image.endswith(":latest") for image in images.values())


def test_every_port_is_published_on_loopback_only(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in published)
    ports = {int(port.rsplit(":", 1)[1]) for port in published}
    # The building's control interface can break devices, and its mailbox is for the demo's letters.
    assert ports == set(DEFAULT_PORTS.values()) - {DEFAULT_PORTS[n] for n in ("building", "mail")}


def test_every_dependency_can_come_true(services: dict[str, Any]) -> None:
    for name, service in services.items():
        needs = service.get("depends_on", {})
        for needed in needs:
            assert needed in services, f"{name} needs {needed}"
            wanted = needs[needed]["condition"] if isinstance(needs, dict) else "service_started"
            assert wanted != "service_healthy" or "healthcheck" in services[needed]


def test_every_file_that_it_mounts_is_there(services: dict[str, Any]) -> None:
    mounted = {v for s in services.values() for v in s.get("volumes", ()) if v.startswith(".")}
    assert mounted
    for volume in mounted:
        assert (FOLDER / volume.split(":")[0]).exists(), volume


def test_grafana_is_told_the_same_as_by_the_stack(services: dict[str, Any]) -> None:
    told = services["grafana"]["environment"]
    assert told["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert {v for k, v in told.items() if k.startswith("GF_ANALYTICS")} == {"false"}


def test_its_incident_service_is_the_demos_but_for_who_may_reach_it() -> None:
    ours, demo = read("incidents.yaml"), yaml.safe_load(shipped("demo/incidents.yaml").read_text())
    assert ours.pop("api") == {"anonymous": True}
    assert ours.pop("listen") == "0.0.0.0:9781"
    assert ours.pop("external_url") == f"http://{demo.pop('listen')}"
    assert demo.pop("site") == "site"  # made by `sothat up`; containers show the compiled pages
    (compared,) = ours["reconcile"]
    assert compared["peers"] == ["http://alertmanager:9093"]
    compared["peers"] = demo["reconcile"][0]["peers"]
    assert ours == demo


def test_its_incident_service_takes_its_configuration(tmp_path: Path) -> None:
    """Nothing but what set-up makes is missing: the policy and the secret."""
    with pytest.raises(Unusable) as caught:
        load_settings(FOLDER / "incidents.yaml", {}, tmp_path)
    assert {p.code for p in caught.value.problems} <= {"unreadable-file", "missing-secret"}
