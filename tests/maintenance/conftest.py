"""A plan as teams write it, and the policy that it is held against."""

from dataclasses import replace
from pathlib import Path

import pytest
from sothat.generator.loading.policy import resolve_policy
from sothat.maintenance.plan import Plan
from sothat.maintenance.reading import load_plan
from sothat.model.policy import Calendar, Client, Policy
from sothat.runtime.documents import load_document

ROOT = Path(__file__).parents[2]
PLAN = Path(__file__).parent / "data" / "maintenance.yaml"


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Return the shipped policy with two clients."""
    shipped = resolve_policy(load_document(ROOT / "alert_rules" / "policy.yaml").data)
    office = Calendar("office", "DE", "BE", "Europe/Berlin", {})
    island = Calendar("island", "AU", "NSW", "Australia/Lord_Howe", {})
    clients = {
        "harbour": Client("harbour", "standard", "office"),
        "island": Client("island", "premium", "island"),
    }
    calendars = {**shipped.calendars, "office": office, "island": island}
    return replace(shipped, clients=clients, calendars=calendars)


@pytest.fixture
def plan() -> Plan:
    return load_plan(PLAN)
