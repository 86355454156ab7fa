"""Each client's service levels as samples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sothat.exporters.business.reading import QueryFailed
from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.service_levels.contract import SEVERAL, contract
from sothat.exporters.service_levels.measured import History, Measured
from sothat.exporters.service_levels.queries import Facts, Queries, Served, of_policy
from sothat.exporters.source import PollFailed, Sample
from sothat.model.metric import Contract
from sothat.model.policy import Policy
from sothat.model.problem import Unusable
from sothat.runtime.prometheus import PrometheusFailed
from sothat.service_levels.attainment import (
    Month as Judged,
)
from sothat.service_levels.attainment import (
    Promises,
    Tally,
    of_month,
    served,
    tallies,
)
from sothat.service_levels.contracts import calendar_named
from sothat.service_levels.intervals import Interval
from sothat.service_levels.lookup import named
from sothat.service_levels.maintenance import planned_time
from sothat.service_levels.months import month
from sothat.service_levels.zones import zone_named

_P = "service_level_"
_REMEMBERED = 50


@dataclass(frozen=True, slots=True)
class Period:
    """A month of one calendar: its label, all of it, and what of it has passed."""

    label: str
    whole: Interval
    passed: Interval


class ServiceLevels:
    """The service levels of one policy's clients."""

    contract: Contract = contract()

    def __init__(
        self, policy: Policy, queries: Queries | None, measured: Measured | None, clock: Clock
    ) -> None:
        self._policy = policy
        self._queries = queries
        self._measured = measured
        self._clock = clock
        self._promises = Promises(policy)
        # What Prometheus said of a period: clients share it, and of the past it stays as it is.
        self._told: dict[Interval, Mapping[str, History]] = {}

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the figures of each client; one that cannot be judged costs itself.

        Raises:
            PollFailed: The database or Prometheus did not answer, or a client is not as agreed.
        """
        now = datetime.fromtimestamp(self._clock.time(), UTC)
        try:
            facts = self._facts(now, deadline)
        except QueryFailed as error:
            raise PollFailed("database", str(error)) from error
        yield from _of_sites(facts.sites)
        failures: dict[str, str] = {}
        for client in facts.served:
            try:
                yield from self._of_client(client, facts, now, deadline)
            except PrometheusFailed as error:
                failures[str(error)] = "prometheus"
            except Unusable as error:
                failures[f"{client.client.name}: {error}"] = "policy"
        if failures:
            raise PollFailed(next(iter(failures.values())), "; ".join(failures))

    def close(self) -> None:
        """Hang up."""
        if self._measured:
            self._measured.close()

    def _facts(self, now: datetime, deadline: Deadline) -> Facts:
        if self._queries is None:
            return Facts(of_policy(self._policy))
        return self._queries.facts(self._policy, now, deadline)

    def _of_client(
        self, one: Served, facts: Facts, now: datetime, deadline: Deadline
    ) -> Iterator[Sample]:
        labels = {"client": one.client.name, "contract": one.client.contract}
        agreed = named(self._policy.contracts, "contracts", one.client.contract)
        yield Sample(f"{_P}availability_objective_ratio", agreed.availability, labels)
        found = [*self._promises.of(one.client, facts.tickets.get(one.client.name, ()), now)]
        for period in self._periods(one, now):
            of_period = {**labels, "period": period.label}
            for tally in tallies(found, period.passed):
                yield from _tallied(tally, of_period)
            judged = self._judged(one, period, facts, deadline)
            if judged is not None:
                yield from _judged(judged, of_period)

    def _periods(self, one: Served, now: datetime) -> Iterator[Period]:
        """Yield the months in which the client was served, on their own calendar."""
        calendar = calendar_named(self._policy, one.client.calendar)
        today = now.astimezone(zone_named(calendar.time_zone)).date()
        before = today.replace(day=1) - timedelta(days=1)
        for label, day in (("month", today), ("last-month", before)):
            whole = served(month(calendar, day.year, day.month), one.since, one.until)
            passed = served(whole, None, now) if whole and whole.start < now else None
            if whole and passed:
                yield Period(label, whole, passed)

    def _judged(
        self, one: Served, period: Period, facts: Facts, deadline: Deadline
    ) -> Judged | None:
        planned = (*planned_time(self._policy, period.whole), *facts.planned)
        if self._measured is not None:
            told = self._histories(self._measured, period, deadline).get(one.client.name)
            if told is None:
                return None
            outages, unknown = told.outages, told.unknown
        elif facts.tracked:
            outages, unknown = facts.outages.get(one.client.name, ()), ()
        else:
            return None
        return of_month(
            self._policy, one.client, period.passed, outages, planned, unknown, whole=period.whole
        )

    def _histories(
        self, measured: Measured, period: Period, deadline: Deadline
    ) -> Mapping[str, History]:
        if period.passed not in self._told:
            found = measured.histories(period.passed, max(0.2, deadline.remaining() / 2))
            self._told = dict([*self._told.items()][-_REMEMBERED:])
            self._told[period.passed] = found
        return self._told[period.passed]


def _of_sites(sites: Mapping[str, frozenset[str]]) -> Iterator[Sample]:
    """Yield one series a site: two would let no query join a site's alerts with its client."""
    for site, clients in sites.items():
        (client,) = clients if len(clients) == 1 else (SEVERAL,)
        yield Sample(f"{_P}site_client_info", 1.0, {"site": site, "client": client})


def _tallied(tally: Tally, labels: Mapping[str, str]) -> Iterator[Sample]:
    of = {**labels, "priority": tally.priority.value, "clock": tally.clock.value}
    if tally.attainment is not None:
        yield Sample(f"{_P}attainment_ratio", tally.attainment, of)
    counts = (("kept", tally.kept), ("missed", tally.missed), ("running", tally.running))
    for outcome, count in counts:
        yield Sample(f"{_P}tickets", count, {**of, "outcome": outcome})


def _judged(judged: Judged, labels: Mapping[str, str]) -> Iterator[Sample]:
    if judged.known > 0:
        yield Sample(f"{_P}availability_ratio", float(judged.availability.share), labels)
        yield Sample(f"{_P}credit_ratio", judged.credit.share, labels)
    yield Sample(f"{_P}known_ratio", judged.known, labels)
    yield Sample(f"{_P}error_budget_seconds", judged.budget.whole, labels)
    yield Sample(f"{_P}error_budget_left_seconds", judged.budget.left, labels)
