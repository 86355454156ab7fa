"""All cases against one receiver: at once those that can share the Alertmanagers, then the rest."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

import requests
from sothat.stack.conformance.alertmanagers import Alertmanagers
from sothat.stack.conformance.bench import Bench, Failed
from sothat.stack.conformance.cases import Case
from sothat.stack.conformance.receiver import Receiver, Unreadable
from sothat.stack.conformance.relay import Relay


@dataclass(frozen=True, slots=True)
class Result:
    """How a case went; ``failure`` is empty where the receiver passed."""

    case: Case
    failure: str
    seconds: float


def run_cases(
    cases: Sequence[Case],
    alertmanagers: Alertmanagers,
    relay: Relay,
    receiver: Receiver,
    *,
    patience: float,
    jobs: int,
    tell: Callable[[Result], None] = lambda _result: None,
) -> list[Result]:
    """Run cases and return their results in order.

    Args:
        cases: Which; those that need more peers than there are get left out.
        alertmanagers: Running ones, whose webhook is the relay.
        relay: In front of the receiver.
        receiver: How to read what it holds.
        patience: Seconds that each step of a case may take.
        jobs: How many cases at once.
        tell: Is given each result as it comes.
    """

    def one(case: Case) -> Result:
        began = monotonic()
        bench = Bench(case.name, alertmanagers, relay, receiver, patience)
        result = Result(case, _failure(case, bench), monotonic() - began)
        tell(result)
        return result

    wanted = [case for case in cases if case.peers <= alertmanagers.peers]
    with ThreadPoolExecutor(jobs) as pool:
        shared = {c.name: pool.submit(one, c) for c in wanted if not c.alone}
    found = {name: future.result() for name, future in shared.items()}
    found |= {case.name: one(case) for case in wanted if case.alone}
    return [found[case.name] for case in wanted]


def _failure(case: Case, bench: Bench) -> str:
    try:
        case.run(bench)
    except (Failed, Unreadable, TimeoutError) as error:
        return str(error)
    except requests.RequestException as error:
        return f"Alertmanager did not do as it was told: {error}"
    return ""
