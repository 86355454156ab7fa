"""A whole run: each Alertmanager, alone and as a cluster, before one receiver."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sothat.model.problem import Unusable, unusable
from sothat.stack.conformance.alertmanagers import Alertmanagers
from sothat.stack.conformance.cases import CASES, Case
from sothat.stack.conformance.own import own_receiver
from sothat.stack.conformance.receiver import Receiver, Sothat
from sothat.stack.conformance.relay import Relay
from sothat.stack.conformance.report import Column
from sothat.stack.conformance.run import Result, run_cases
from sothat.stack.ports import taken


@dataclass(frozen=True, slots=True)
class Foreign:
    """A receiver that runs already.

    Attributes:
        webhook: Where Alertmanager posts.
        token_file: File with the bearer token that the webhook wants, if any.
    """

    webhook: str
    token_file: Path | None
    reader: Receiver


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Attributes:
        port: First of the ports: web of both peers, then their mesh, then the relay.
        policy: Compiled policy for our own receiver.
        store: Our own receiver's store, SQLAlchemy URL; empty: SQLite.
    """

    cases: tuple[Case, ...]
    port: int
    patience: float
    jobs: int
    policy: Path
    store: str = ""


def chosen(names: Sequence[str]) -> tuple[Case, ...]:
    """Return the cases of some names, all without any.

    Raises:
        Unusable: There is no such case.
    """
    known = {case.name: case for case in CASES}
    for name in names:
        if name not in known:
            hint = f"the cases: {', '.join(known)}"
            raise unusable("unknown-case", f"there is no case {name!r}", hint=hint)
    return tuple(known[name] for name in names) if names else CASES


def run_column(
    plan: Plan,
    program: Path,
    version: str,
    peers: int,
    folder: Path,
    foreign: Foreign | None,
    tell: Callable[[Result], None],
) -> Column:
    """Run the cases with one release, alone or as a cluster.

    Raises:
        Unusable: A port is in use.
    """
    ports = [(plan.port + i, plan.port + 2 + i) for i in range(peers)]
    wanted = {f"Alertmanager at {port}": port for pair in ports for port in pair}
    wanted["the relay"] = plan.port + 4
    if problems := taken(wanted):
        raise Unusable(problems)
    urls = [f"http://127.0.0.1:{web}" for web, _ in ports]
    with _receiver(plan, urls, folder, foreign) as known:
        relay = Relay(known.webhook, plan.port + 4)
        try:
            with Alertmanagers(program, folder, ports, relay.url, known.token_file) as running:
                results = run_cases(
                    plan.cases,
                    running,
                    relay,
                    known.reader,
                    patience=plan.patience,
                    jobs=plan.jobs,
                    tell=tell,
                )
        finally:
            relay.close()
    return Column(version, peers, tuple(results))


@contextmanager
def _receiver(
    plan: Plan, peers: Sequence[str], folder: Path, foreign: Foreign | None
) -> Iterator[Foreign]:
    if foreign is not None:
        yield foreign
        return
    with own_receiver(folder / "receiver", plan.policy, peers, plan.store) as (url, token):
        webhook = f"{url}/api/v1/webhooks/alertmanager"
        yield Foreign(webhook, token, Sothat(url, lambda: ""))
