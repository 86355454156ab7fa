"""Each ticket system against its simulation, and against everything that can go wrong."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sothat.incidents import kit
from sothat.incidents.incident import State
from sothat.incidents.kit import tracking
from sothat.incidents.notification import Rejected, Result, Retry, Sent
from sothat.incidents.tickets.marks import Mark, marked
from sothat.incidents.tickets.tracker import Denied, Missing, Standing, Tracker, Trouble, systems
from sothat.runtime.secrets import Secret

from .simulated import github, gitlab, jira, pagerduty, servicenow, zendesk
from .simulated.routed import TOKEN, Simulated

SINCE = 1_767_600_000_000_000_000
KEY = "sothat-18882e06cb0b8000-7"


@dataclass(frozen=True)
class Case:
    """A system: how it is opened, and where its simulation is."""

    kind: str
    simulation: type[Simulated]
    queue: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    agent: str = "agent"
    final: bool = False

    def open(self, url: str) -> Tracker:
        """Return the tracker."""
        system = systems()[self.kind]
        settings = {"url": url, "timeout": 0.5, system.queue: self.queue, **self.settings}
        return system.open(settings, lambda _name: Secret(TOKEN))


_LOGIN = {"username": "robot@example.org", "token": {"env": "T"}}
CASES = {
    "github": Case("github", github.GitHub, "ops/incidents"),
    "gitlab": Case("gitlab", gitlab.GitLab, "ops/incidents"),
    "jira": Case("jira", jira.Jira, "OPS", {**_LOGIN, "resolution": "Done"}),
    "jira-data-center": Case(
        "jira",
        jira.DataCentre,
        "OPS",
        {"token": {"env": "T"}, "edition": "data-center", "resolution": "Done"},
    ),
    "jira-service-management": Case(
        "jira-service-management",
        jira.ServiceManagement,
        "OPS",
        {**_LOGIN, "request_type": "ops/incident", "resolution": "Done"},
    ),
    "servicenow": Case(
        "servicenow", servicenow.ServiceNow, "ops", {"username": "robot", "password": {"env": "T"}}
    ),
    "pagerduty": Case(
        "pagerduty", pagerduty.PagerDuty, "PSERVICE", {"from": "robot@example.org"}, final=True
    ),
    "zendesk": Case("zendesk", zendesk.Zendesk, "9", _LOGIN, agent="2"),
}
every = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
# All ask by the same code: one of them stands for the others where time is short.
one_of_them = pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name, marks=[] if name == "github" else pytest.mark.slow)
        for name, case in CASES.items()
    ],
)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without the pause between two changes that GitHub asks for."""
    monkeypatch.setattr("sothat.incidents.tickets.systems.github._GAP_SECONDS", 0.0)


@contextmanager
def opened(case: Case) -> Iterator[tuple[Tracker, Any]]:
    """Give a tracker and the simulation that it asks."""
    simulation = case.simulation()
    with kit.provider(simulation) as provider:
        yield case.open(provider.url), simulation


def wanted(case: Case, **change: Any) -> Any:
    """Return a ticket that is wanted."""
    priority = next(iter(systems()[case.kind].priorities.values()))
    standing = Standing("", priority)
    return tracking.draft(KEY, queue=case.queue, standing=standing, **change)


@every
def test_a_life_of_a_ticket(case: Case) -> None:
    system = systems()[case.kind]
    with opened(case) as (tracker, simulation):
        ticket = tracking.check_finding(tracker, wanted(case))
        tracking.check_commenting(tracker, ticket, KEY, hidden=system.hidden)
        words = system.statuses
        first, taken, done = words[State.OPEN], words[State.ACKNOWLEDGED], words[State.RESOLVED]
        assert not tracker.look(ticket.reference).over
        if taken != first:
            tracking.check_moving(tracker, ticket, taken, over=False)
        tracking.check_changes(tracker, ticket, SINCE)
        tracking.check_moving(tracker, ticket, done, over=True)
        if not case.final:
            tracking.check_moving(tracker, ticket, first, over=False)
        tracking.check_changes(tracker, ticket, SINCE)
        assert len(simulation.items) == 1


@every
def test_what_people_write_is_theirs(case: Case) -> None:
    with opened(case) as (tracker, simulation):
        ticket = tracker.create(wanted(case))
        ours = marked("we say", Mark(KEY, 3), hidden=systems()[case.kind].hidden)
        tracker.comment(ticket.reference, ours)
        simulation.remark(simulation.items[0], case.agent, f"> {ours}\n\nthey answer")
        simulation.give(simulation.items[0], simulation.items[0].status, case.agent)
        remark = tracker.look(ticket.reference).remarks[-1]
        assert remark.by == "agent"
        assert remark.text.endswith("they answer")


@every
def test_a_priority_is_given_and_changed(case: Case) -> None:
    first, second, *_ = dict.fromkeys(systems()[case.kind].priorities.values())
    with opened(case) as (tracker, simulation):
        ticket = tracker.create(wanted(case))
        before = tracker.look(ticket.reference).status
        tracker.move(ticket.reference, Standing("", second), Standing("", first))
        (item,) = simulation.items
        shown = f"{item.fields} {item.labels}"
        assert all(part in shown for part in second.split(","))
        assert tracker.look(ticket.reference).status == before


def _result(act: Callable[[], object]) -> Result:
    """Return what came of something, as the kit wants it."""
    try:
        act()
    except Trouble as trouble:
        what = trouble.what
        return Rejected(what.reason) if isinstance(what, Denied | Missing) else what
    return Sent()


def contract(case: Case, act: Callable[[Tracker], object], good: kit.Serve) -> kit.Contract:
    """Return what a tracker has to do with every answer."""
    return kit.Contract(
        lambda url: _result(lambda: act(case.open(url))), good=good, secrets=(TOKEN,)
    )


@every
@pytest.mark.parametrize("check", kit.CHECKS, ids=lambda check: check.__name__)
def test_making_a_ticket_keeps_the_contract(case: Case, check: Callable[..., object]) -> None:
    check(contract(case, lambda tracker: tracker.create(wanted(case)), case.simulation()))


def _with_a_ticket(case: Case) -> Simulated:
    """Return a simulation with a ticket in it."""
    with opened(case) as (tracker, simulation):
        tracker.create(wanted(case))
    found: Simulated = simulation
    return found


def _reference(case: Case) -> str:
    references = {"github": "ops/incidents#1", "gitlab": "ops/incidents#1", "pagerduty": "P1"}
    return references.get(case.kind, "1")


@one_of_them
@pytest.mark.parametrize("check", kit.CHECKS, ids=lambda check: check.__name__)
def test_a_comment_keeps_the_contract(case: Case, check: Callable[..., object]) -> None:
    reference = _reference(case)
    check(contract(case, lambda t: t.comment(reference, "words"), _with_a_ticket(case)))


# A question changes nothing: that its answer came late or not at all says nothing of that.
ASKING = [one for one in kit.CHECKS if one not in (kit.check_late, kit.check_dropped)]


@one_of_them
@pytest.mark.parametrize("check", ASKING, ids=lambda check: check.__name__)
def test_a_look_keeps_the_contract(case: Case, check: Callable[..., object]) -> None:
    check(contract(case, lambda t: t.look(_reference(case)), _with_a_ticket(case)))


@one_of_them
@pytest.mark.parametrize("check", ASKING, ids=lambda check: check.__name__)
def test_asking_for_changes_keeps_the_contract(case: Case, check: Callable[..., object]) -> None:
    check(contract(case, lambda t: t.changes(SINCE), _with_a_ticket(case)))


@one_of_them
@pytest.mark.parametrize("check", ASKING, ids=lambda check: check.__name__)
def test_finding_keeps_the_contract(case: Case, check: Callable[..., object]) -> None:
    check(contract(case, lambda t: t.find(KEY, SINCE), _with_a_ticket(case)))


@one_of_them
@pytest.mark.parametrize("check", ASKING, ids=lambda check: check.__name__)
def test_a_move_keeps_the_contract(case: Case, check: Callable[..., object]) -> None:
    done = systems()[case.kind].statuses[State.RESOLVED]
    move = lambda t: t.move(_reference(case), Standing(done), Standing())  # noqa: E731
    check(contract(case, move, _with_a_ticket(case)))


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        (kit.Reply(403, {"message": "You have exceeded a secondary rate limit."}), 60, 60),
        (kit.Reply(403, {"message": "slow"}, {"Retry-After": "17"}), 17, 17),
        (
            kit.Reply(
                403,
                {"message": "API rate limit exceeded"},
                {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4000000000"},
            ),
            1000,
            4_000_000_000,
        ),
        (kit.Reply(429, {}), 60, 60),
    ],
)
def test_github_says_forbidden_for_too_much(reply: kit.Reply, least: float, most: float) -> None:
    with kit.provider(reply) as provider:
        tracker = CASES["github"].open(provider.url)
        result = _result(lambda: tracker.changes(SINCE))
    assert isinstance(result, Retry)
    assert least <= (result.after or 0) <= most


@every
def test_refused_credentials_are_known_as_such(case: Case) -> None:
    for status in (401, 403):
        with kit.provider(kit.refusing(status, {"message": "no"})) as provider:
            tracker = case.open(provider.url)
            with pytest.raises(Trouble) as caught:
                tracker.changes(SINCE)
        assert isinstance(caught.value.what, Denied)


@every
def test_what_the_system_says_of_a_refusal_is_handed_on(case: Case) -> None:
    basic = b64encode(f"robot@example.org:{TOKEN}".encode()).decode()
    body = {"errors": {"priority": f"not known, {TOKEN} {basic} \x1b[31m"}}
    with kit.provider(kit.refusing(400, body)) as provider:
        tracker = case.open(provider.url)
        with pytest.raises(Trouble) as caught:
            tracker.create(wanted(case))
    reason = caught.value.what.reason
    assert "priority: not known" in reason
    assert TOKEN not in reason
    assert basic not in reason or case.settings != CASES["jira"].settings
    assert "\x1b" not in reason


def test_jira_names_the_transitions_that_there_are() -> None:
    case = CASES["jira"]
    with opened(case) as (tracker, _simulation):
        ticket = tracker.create(wanted(case))
        with pytest.raises(Trouble) as caught:
            tracker.move(ticket.reference, Standing("Shipped"), Standing())
    assert caught.value.what.reason == (
        "no transition leads to Shipped from here, only to To Do, In Progress, Done"
    )


def test_a_service_project_shows_customers_no_comment_of_ours() -> None:
    case = CASES["jira-service-management"]
    with opened(case) as (tracker, simulation):
        ticket = tracker.create(wanted(case))
        tracker.comment(ticket.reference, "internal")
        fields = simulation.items[0].fields
    assert fields["customfield_10010"] == "ops/incident"
    assert fields["properties"] == [[{"key": "sd.public.comment", "value": {"internal": True}}]]


def test_pagerduty_opens_nothing_again_and_says_so() -> None:
    case = CASES["pagerduty"]
    with opened(case) as (tracker, _simulation):
        ticket = tracker.create(wanted(case))
        result = _result(lambda: tracker.move(ticket.reference, Standing("triggered"), Standing()))
    assert result == Rejected("what was acknowledged or resolved in PagerDuty stays so")


@every
def test_fields_of_the_configuration_are_set(case: Case) -> None:
    with opened(case) as (tracker, simulation):
        tracker.create(wanted(case, fields={"custom": "x"}))
        (item,) = simulation.items
    if case.kind not in ("github", "gitlab"):
        assert item.fields["custom"] == "x"
