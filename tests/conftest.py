"""What holds for all tests."""

from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# A machine with other work takes a while now and then: that is no finding.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a report hold half a character: it travels between processes as UTF-8."""
    report = yield
    report.sections = [(_sendable(title), _sendable(text)) for title, text in report.sections]
    return report


def _sendable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
