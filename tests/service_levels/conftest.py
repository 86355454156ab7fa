"""Calendars and hours as the requirements have them."""

from pathlib import Path

import pytest
from sothat.generator.loading.policy import resolve_policy
from sothat.model.policy import Calendar, Hours, Policy
from sothat.runtime.documents import load_document

ROOT = Path(__file__).parents[2]

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.fixture
def business() -> Hours:
    return Hours(WEEK[:5], "08:00", "18:00", holidays=False)


@pytest.fixture
def extended() -> Hours:
    return Hours(WEEK[:6], "07:00", "21:00", holidays=False)


@pytest.fixture
def always() -> Hours:
    return Hours(WEEK, "00:00", "24:00", holidays=True)


@pytest.fixture
def office() -> Calendar:
    return Calendar("office", "DE", "BE", "Europe/Berlin", {})


@pytest.fixture(scope="session")
def shipped() -> Policy:
    """Return the policy that comes with sothat."""
    return resolve_policy(load_document(ROOT / "alert_rules" / "policy.yaml").data)
