"""The contract kit itself: who keeps the contract passes, and each way of breaking it is found."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import requests
from sothat.incidents import kit
from sothat.incidents.notification import Rejected, Result, Retry, Sent
from sothat.incidents.posting import asked, judged

SECRET = "hush-0815"
_LOG = logging.getLogger(__name__)


def right(url: str) -> Result:
    """Do what has to be done."""
    headers = {"Authorization": f"Bearer {SECRET}"}
    response = asked("POST", f"{url}/notices", 0.3, json={"a": 1}, headers=headers)
    return response if isinstance(response, Retry) else judged(response)


def told(url: str) -> Result:
    result = right(url)
    _LOG.debug("sent with %s", SECRET)
    return result


def repeating(url: str) -> Result:
    """Take the provider's words into the reason."""
    headers = {"Authorization": f"Bearer {SECRET}"}
    response = asked("POST", url, 0.3, headers=headers)
    if isinstance(response, Retry):
        return response
    result = judged(response)
    return replace(result, reason=response.text) if isinstance(result, Rejected) else result


def following(url: str) -> Result:
    return judged(requests.post(url, timeout=0.3))


def hopeful(url: str) -> Result:
    right(url)
    return Sent()


def hopeless(url: str) -> Result:
    result = right(url)
    return result if isinstance(result, Sent) else Rejected("no")


def stubborn(url: str) -> Result:
    result = right(url)
    return result if isinstance(result, Sent) else Retry("again")


def sure(url: str) -> Result:
    result = right(url)
    return replace(result, unsure=False) if isinstance(result, Retry) else result


def unsure(url: str) -> Result:
    result = right(url)
    return replace(result, unsure=True) if isinstance(result, Retry) else result


def silent(_url: str) -> Result:
    return Sent()


def contract(attempt: Callable[[str], Result]) -> kit.Contract:
    return kit.Contract(attempt, kit.answering(), (SECRET,))


def test_who_keeps_the_contract_passes() -> None:
    kit.check_all(contract(right))


@pytest.mark.parametrize(
    ("attempt", "check"),
    [
        (hopeless, kit.check_retryable),
        (hopeless, kit.check_late),
        (hopeful, kit.check_permanent),
        (hopeful, kit.check_redirect),
        (stubborn, kit.check_permanent),
        (stubborn, kit.check_throttled),
        (sure, kit.check_late),
        (sure, kit.check_dropped),
        (unsure, kit.check_unreachable),
        (following, kit.check_redirect),
        (repeating, kit.check_secrets),
        (told, kit.check_success),
        (silent, kit.check_success),
    ],
)
def test_each_way_of_breaking_it_is_found(
    attempt: Callable[[str], Result], check: Callable[[kit.Contract], object]
) -> None:
    with pytest.raises(kit.ContractBroken) as broken:
        check(contract(attempt))
    assert SECRET not in str(broken.value)


def test_the_provider_does_as_it_is_told_and_remembers() -> None:
    @dataclass
    class Shop:
        made: int = 0

        def serve(self, request: kit.Asked) -> kit.Reply:
            self.made += request.method == "PUT"
            return kit.late(kit.answering({"made": self.made}))

    shop = Shop()
    with kit.provider(shop.serve) as provider:
        with pytest.raises(requests.ReadTimeout):
            requests.put(f"{provider.url}/x?a=1", json={"b": [2]}, timeout=0.2)
        (request,) = provider.asked
    # What was asked has been done, though the answer came too late.
    assert shop.made == 1
    assert (request.method, request.query(), request.json()) == ("PUT", {"a": "1"}, {"b": [2]})


def test_replies_come_in_turn_and_the_last_for_ever() -> None:
    with kit.provider(kit.failing(), kit.answering({"x": 1})) as provider:
        codes = [requests.get(provider.url, timeout=5).status_code for _ in range(3)]
        assert json.loads(requests.get(provider.url, timeout=5).text) == {"x": 1}
    assert codes == [503, 200, 200]


def test_a_form_is_read() -> None:
    with kit.provider(kit.answering()) as provider:
        requests.post(provider.url, data={"To": "+1 & 2", "Body": ""}, timeout=5)
    assert provider.asked[0].form() == {"To": "+1 & 2", "Body": ""}
