"""Two processes on one PostgreSQL, and a button that both of them hear of at once."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time_ns

import pytest
import requests

from ..conftest import Running, alert, eventually, message  # noqa: TID252 – tests of one tree
from ..notifiers.test_hearing import slack_body, slack_sign  # noqa: TID252
from .test_service import place

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
INCIDENTS = 10


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_button_that_two_replicas_hear_of_at_once_is_one_action_and_one_record(
    data: Path,
) -> None:
    with place(data) as there:
        folder = data.with_name("second")
        shutil.copytree(data, folder)
        other = Running(folder)
        other.start()
        try:
            for number in range(INCIDENTS):
                there.running.post(message(alert(site=f"s{number}")))
            eventually(lambda: len(there.said("chat.postMessage")) == INCIDENTS)
            for number in range(1, INCIDENTS + 1):
                _press_on(number, there.running.url, other.url)
            audit = there.running.get("/api/v1/audit?limit=100").json()["entries"]
            told = sorted((e["incident"], e["action"], e["outcome"]) for e in audit)
            assert told == [(n, "acknowledge", "done") for n in range(1, INCIDENTS + 1)]
            # Each message changes, whichever of the two does it; to change it twice is no harm.
            eventually(lambda: len(there.said("chat.update")) >= INCIDENTS)
        finally:
            assert other.stop() == 0


def _press_on(number: int, *urls: str) -> None:
    """Press a button once for each replica, at the same moment."""

    def press(url: str, trigger: int) -> int:
        body = slack_body(("sothat:acknowledge", str(number)), trigger_id=f"{number}.{trigger}")
        headers = dict(slack_sign(body, time_ns()).headers)
        place = f"{url}/callbacks/on-call"
        return requests.post(place, data=body, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(len(urls)) as pool:
        assert set(pool.map(press, urls, range(len(urls)))) == {200}
