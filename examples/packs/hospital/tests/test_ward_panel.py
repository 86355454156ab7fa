"""The notifier keeps the contract of notifiers: whatever the panels do, no notice is lost."""

from collections.abc import Callable

import pytest
from hospital_building.ward_panel import NOTIFIER
from sothat.incidents import kit
from sothat.incidents.notification import Result
from sothat.runtime.secrets import Secret

KEY = "a-sample-key"


def attempt(url: str) -> Result:
    settings = {"url": url, "key": {"env": "KEY"}, "timeout": 0.5}
    return NOTIFIER.open(settings, lambda _name: Secret(KEY)).send(kit.NOTICE)


@pytest.mark.parametrize("check", kit.CHECKS)
def test_the_contract_of_notifiers(check: Callable[[kit.Contract], object]) -> None:
    check(kit.Contract(attempt, good=kit.answering({"shown": True}), secrets=(KEY,)))
