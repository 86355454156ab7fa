"""The reference has all settings of the probes; their families are those that rules know."""

import re

import pytest
import yaml
from sothat.exporters.network import contract, families
from sothat.exporters.network.forms import EXPECT_SCHEMA
from sothat.exporters.network.probes.journey import STEP_SCHEMA
from sothat.exporters.network.reasons import REASONS
from sothat.exporters.network.tls import TLS_SCHEMA
from sothat.exporters.service import installed_types
from sothat.generator.declared import shipped_contracts

from .test_documentation import check_settings, section

TYPES = ("dns", "http", "icmp", "journey", "tcp", "tls")


def part(heading):
    return section("## `type: network`").split(f"\n### {heading}\n")[1].split("\n### ")[0]


@pytest.mark.parametrize("name", TYPES)
def test_every_setting_of_a_probe(name):
    probers = installed_types().probers
    check_settings(part(f"Probes of `type: {name}`"), probers[name].schema()["properties"])


def test_every_setting_within():
    check_settings(part("TLS of probes"), TLS_SCHEMA["properties"])
    check_settings(part("Answers of pages"), EXPECT_SCHEMA["properties"])
    check_settings(part("Probes of `type: journey`"), STEP_SCHEMA["properties"])


def test_every_reason():
    text = section("## `type: network`")
    assert not [reason for reason in REASONS if f"`{reason}`" not in text]


def test_borrowed_families_are_blackbox_exporters():
    theirs = next(c for c in shipped_contracts() if c.source == "blackbox_exporter")
    for family in (*families.BORROWED, *families.MEASURED):
        known = theirs.family(family.name)
        assert (known.type, set(known.label_names)) == (family.type, set(family.label_names))


def relabelled(labels):
    """Do what the reference tells Prometheus to do with each series of the list."""
    text = section("## `type: network`").split("metric_relabel_configs:\n")[1].split("```")[0]
    for rule in yaml.safe_load(text):
        joined = ";".join(labels.get(name, "") for name in rule["source_labels"])
        found = re.fullmatch(rule["regex"], joined)
        if found:
            labels = {**labels, rule["target_label"]: found[1]}
    return labels


def test_relabelling_makes_the_list_look_like_scrapes_of_probe():
    scraped = {"job": "sothat-exporter", "instance": "127.0.0.1:9780"}
    listed = {**scraped, "module": "web", "target": "https://a.example/?b;c"}
    new = {"job": "web", "instance": "https://a.example/?b;c"}
    assert relabelled(listed) == {**listed, **new}
    for others in (scraped, {**scraped, "module": "web"}, {**scraped, "target": "x"}):
        assert relabelled(others) == others


def test_our_own_are_not():
    theirs = next(c for c in shipped_contracts() if c.source == "blackbox_exporter")
    ours = {family.name for family in contract.contract().families}
    assert not ours & {family.name for family in theirs.families}
    assert {"module", "target"} <= set(theirs.target_labels)
