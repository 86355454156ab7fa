"""Calendars and hours as the requirements have them."""

import pytest
from sothat.model.policy import Calendar, Hours

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
def berlin() -> Calendar:
    return Calendar("berlin", "DE", "BE", "Europe/Berlin", {})
