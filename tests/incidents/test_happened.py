"""What backtest and noise read of a running service: who did something, and who only looked."""

import time

from sothat.incidents.client import Client
from sothat.live.happened import happened

from .conftest import alert, message

DAY = 86_400_000


def test_what_people_did_is_told_from_what_went_by_itself(service) -> None:
    acted, seen = alert(site="a", outcome="comfort"), alert("DeviceSlow", site="b")
    for one in (acted, seen):
        service.post(message(one, groupKey=one["labels"]["site"]))
    numbers = {one["site"]: one["id"] for one in service.incidents()}
    assert service.command(numbers["a"], "acknowledge", by="duty").ok
    assert service.command(numbers["a"], "note", by="duty", note="opened the valve").ok
    assert service.command(numbers["b"], "acknowledge", by="duty").ok
    now = int(time.time() * 1000)
    found = {one.number: one for one in happened(Client(service.url), now - DAY, now + DAY)}
    first, second = found[numbers["a"]], found[numbers["b"]]
    assert (first.acted, second.acted) == (True, False)
    assert first.acknowledged is not None
    assert second.acknowledged is not None
    assert first.alerts == {"DeviceOffline"}
    assert (first.outcome, first.team) == ("comfort", "building-operations")
    assert first.ended is None
    assert now - DAY < first.opened < now + DAY
    assert happened(Client(service.url), now - 2 * DAY, now - DAY) == ()
