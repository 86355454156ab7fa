"""The shipped contracts: sound, without clashes, quick to load, their JSON copy never stale."""

import json
import time
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from sothat.generator.contracting.document import contract_of, data_of, read_contract
from sothat.generator.contracting.shipped import (
    COMPILED,
    compile_contracts,
    load_folder,
    shipped_contracts,
)
from sothat.generator.declared import find_contract, installed_contracts, series_of
from sothat.model.metric import Contract, MetricFamily, MetricType
from sothat.model.problem import Unusable

with as_file(files("sothat.generator").joinpath("contracts")) as _folder:
    FOLDER = Path(_folder)
SHIPPED = sorted(FOLDER.glob("*.yaml"))
BY_NAME = {contract.source: contract for contract in shipped_contracts()}

# What public rules and boards rely on most, with the labels that they select by.
RELIED_ON = {
    "node_cpu_seconds_total": {"cpu", "mode"},
    "node_filesystem_avail_bytes": {"device", "fstype", "mountpoint"},
    "node_systemd_unit_state": {"name", "state", "type"},
    "container_cpu_usage_seconds_total": {"namespace", "pod", "container", "image"},
    "kubelet_volume_stats_used_bytes": {"namespace", "persistentvolumeclaim"},
    "kube_pod_status_phase": {"namespace", "pod", "phase"},
    "kube_pod_container_resource_limits": {"namespace", "pod", "container", "resource", "unit"},
    "pg_stat_database_xact_commit": {"datid", "datname"},
    "pg_replication_slot_slot_is_active": {"slot_name", "slot_type"},
    "mysql_global_status_commands_total": {"command"},
    "mysql_slave_status_seconds_behind_master": {"master_host", "channel_name"},
    "probe_http_duration_seconds": {"phase"},
    "ifHCInOctets": {"ifIndex", "ifName", "ifAlias", "ifDescr"},
    "prometheus_rule_evaluation_failures_total": {"rule_group"},
    "alertmanager_notifications_failed_total": {"integration", "reason"},
    "grafana_http_request_duration_seconds_bucket": {"le", "handler", "method"},
    "jvm_memory_used_bytes": {"area", "id"},
    "apiserver_request_total": {"code", "verb", "resource"},
    "scrape_samples_scraped": set(),
}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_each_is_of_the_schema_and_named_after_its_file(file: Path) -> None:
    contract = read_contract(file)
    assert contract.source == file.stem


def test_no_two_declare_the_same_series() -> None:
    series = series_of(installed_contracts())
    assert len(series) > 4000


@pytest.mark.parametrize("name", sorted(RELIED_ON))
def test_what_public_rules_rely_on_is_declared(name: str) -> None:
    series = series_of(BY_NAME.values())
    assert series[name].label_names >= RELIED_ON[name]


def test_the_json_copy_is_fresh() -> None:
    text = (FOLDER / COMPILED).read_text("utf-8")
    hint = "run: python -m sothat.generator.contracting.shipped"
    assert text == compile_contracts(FOLDER), hint


def test_the_json_copy_says_the_same_as_the_yaml() -> None:
    assert load_folder(FOLDER) == tuple(read_contract(file) for file in SHIPPED)


def test_loading_all_leaves_the_editor_s_loop_its_time() -> None:
    times = []
    for _ in range(3):
        start = time.process_time()
        shipped_contracts()
        times.append(time.process_time() - start)
    assert min(times) < 0.3


def test_data_and_contract_are_two_forms_of_one_thing() -> None:
    for contract in BY_NAME.values():
        assert contract_of(data_of(contract)) == contract


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    document = {
        "apiVersion": "sothat/v1",
        "kind": "Contract",
        "source": "plant",
        "families": [{"name": "plant_up", "type": "gauge", "unit": "unknown"}],
    }
    (tmp_path / "plant.yaml").write_text(json.dumps(document))
    (tmp_path / COMPILED).write_text(compile_contracts(tmp_path))
    return tmp_path


PLANT = Contract("plant", (MetricFamily("plant_up", MetricType.GAUGE, "", unit=None),))


def test_the_copy_is_read_while_it_is_fresh(folder: Path) -> None:
    copy = (folder / COMPILED).read_text()
    (folder / COMPILED).write_text(copy.replace("plant_up", "from_the_copy"))
    assert [f.name for f in load_folder(folder)[0].families] == ["from_the_copy"]


@pytest.mark.parametrize("copy", ["", "no JSON", "{}"])
def test_without_a_usable_copy_the_yaml_is_read(folder: Path, copy: str) -> None:
    (folder / COMPILED).write_text(copy)
    assert load_folder(folder) == (PLANT,)


def test_an_edited_yaml_wins_over_its_old_copy(folder: Path) -> None:
    file = folder / "plant.yaml"
    file.write_text(file.read_text().replace("plant_up", "plant_down"))
    assert [f.name for f in load_folder(folder)[0].families] == ["plant_down"]


def test_a_contract_is_found_by_name_and_by_file(folder: Path) -> None:
    assert find_contract("node_exporter") == BY_NAME["node_exporter"]
    assert find_contract(str(folder / "plant.yaml")) == PLANT


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Unusable) as caught:
        find_contract("node-exporter")
    assert caught.value.problems[0].code == "unknown-contract"
    assert "node_exporter" in caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"gauge"', '"gage"'),
        ('"plant_up"', '"plant up"'),
        ('"unit": "unknown"', '"until": "next year"'),
        ('"unit": "unknown"', '"labels": [{"name": "0"}]'),
        ('"unit": "unknown"', '"presence": "often"'),
    ],
)
def test_a_document_of_another_form_is_refused_at_its_place(
    folder: Path, old: str, new: str
) -> None:
    file = folder / "plant.yaml"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(Unusable) as caught:
        read_contract(file)
    position = caught.value.problems[0].position
    assert position
    assert position.line == 1
    assert position.column > 1
