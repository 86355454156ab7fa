"""The section ``trackers``: what is read, and what is refused with its place."""

from pathlib import Path

import pytest
from sothat.incidents.configuration import Settings, load_settings
from sothat.incidents.incident import State
from sothat.incidents.times import SECOND
from sothat.model.policy import Priority
from sothat.model.problem import Unusable

GOOD = """\
trackers:
  jira:
    type: jira
    url: https://jira.example
    username: robot@example.org
    token: {env: JIRA}
    project: OPS
    queues: {platform: PLAT}
    owner: platform
    every: 2m
    at_most_per_minute: 12
    status: {acknowledged: Working on it}
    priority: {P1: Blocker}
    fields: {customfield_1: "{site} {labels.rack}", components: [{name: sothat}]}
    when: {priorities: [P1], teams: [platform], labels: {env: production}, after: 5m}
"""


def load(data: Path, text: str) -> Settings:
    """Read the configuration of these tests with a section."""
    config = data / "incidents.yaml"
    config.write_text(config.read_text() + text)
    return load_settings(config, {"JIRA": "hush"}, data)


def test_everything_is_read(data: Path) -> None:
    (bound,) = load(data, GOOD).trackers
    terms = bound.terms
    assert (terms.name, terms.owner, terms.queue) == ("jira", "platform", "OPS")
    assert terms.queues == {"platform": "PLAT"}
    assert terms.statuses[State.ACKNOWLEDGED] == "Working on it"
    assert terms.statuses[State.RESOLVED] == "Done"
    assert terms.priorities[Priority.P1] == "Blocker"
    assert (terms.every, terms.at_most) == (120 * SECOND, 12)
    assert terms.wanted.after == 300 * SECOND
    assert bound.tracker.provider == "jira jira.example"


def test_without_the_section_there_is_none(data: Path) -> None:
    assert load(data, "").trackers == ()


@pytest.mark.parametrize(
    ("change", "code", "line", "words"),
    [
        (("type: jira", "type: jirra"), "unknown-value", "type: jirra", "must be one of"),
        (("project: OPS", "projekt: OPS"), "unknown-key", "projekt: OPS", "projekt"),
        (("{env: JIRA}", "{env: NOPE}"), "missing-secret", "token:", "NOPE"),
        (("{env: JIRA}", "hush"), "secret-in-text", "", "must be a mapping"),
        (("owner: platform", "owner: platfrom"), "unknown-team", "owner:", "platfrom"),
        (("{platform: PLAT}", "{plattform: PLAT}"), "unknown-team", "queues:", "plattform"),
        (("every: 2m", "every: soon"), "bad-duration", "every:", "soon"),
        (("every: 2m", "every: 0s"), "bad-duration", "every:", "must be from 1 s"),
        (("{site}", "{syte}"), "unknown-placeholder", "fields:", "no incident has 'syte'"),
        (("P1: Blocker", "P5: Blocker"), "unknown-key", "priority:", "P5"),
        (("acknowledged:", "akn:"), "unknown-key", "status:", "akn"),
        (("  jira:\n", "  Ji ra:\n"), "bad-format", "", "Ji ra"),
        (("https://jira", "https://me:pw@jira"), "bad-format", "url:", "without a password"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    data: Path, change: tuple[str, str], code: str, line: str, words: str
) -> None:
    with pytest.raises(Unusable) as caught:
        load(data, GOOD.replace(*change))
    found = {problem.code: problem for problem in caught.value.problems}
    assert code in found, caught.value.problems
    problem = found[code]
    assert words in f"{problem.message} {problem.hint}"
    assert problem.position is not None
    assert line in problem.source
    assert "hush" not in f"{problem.message}{problem.source}"


def test_a_tracker_without_credentials_is_refused(data: Path) -> None:
    text = """\
trackers:
  now: {type: servicenow, url: https://now.example, username: robot}
"""
    with pytest.raises(Unusable) as caught:
        load(data, text)
    (problem,) = caught.value.problems
    assert problem.code == "missing-key"
    assert problem.position is not None
