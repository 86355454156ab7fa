"""Noise figures of a constructed history, whose answers are counted by hand."""

import json
from pathlib import Path

import pytest
import responses
from sothat.commands import _main
from sothat.live.backtest.lifecycle import Episode
from sothat.live.backtest.subject import Grid
from sothat.live.happened import Happened
from sothat.live.noise.overlaps import overlaps
from sothat.live.noise.proposals import proposals
from sothat.live.noise.reading import Kept, Known
from sothat.live.noise.scoring import noise

from .history import Made, prometheus, write

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
# A Thursday, midnight in UTC.
START = 1_767_225_600_000
GRID = Grid(START - MINUTE, MINUTE, 7 * 1440 + 2, 1)


def labels(name, site="north"):
    return tuple(sorted({"alertname": name, "site": site, "team": "facility"}.items()))


def lives(name, *spans, site="north"):
    """Return firings from minute to minute of the week."""
    return [
        (labels(name, site), Episode(s, s, e))
        for s, e in ((START + a * MINUTE, START + b * MINUTE) for a, b in spans)
    ]


def incident(number, alerts, minutes, *, acted=True, acknowledged=True, outcome="comfort"):
    opened, ended = (START + m * MINUTE for m in minutes)
    return Happened(
        number=number,
        title="",
        priority="P2",
        team="facility",
        outcome=outcome,
        labels={"site": "north"},
        alerts=frozenset(alerts),
        opened=opened,
        acknowledged=opened + MINUTE if acknowledged else None,
        ended=ended,
        acted=acted,
        by_itself=not acted,
    )


def known(*names):
    return [Known(name, "facility", "comfort", "P2") for name in names]


def test_each_figure_of_a_week_is_the_one_counted_by_hand():
    fired = lives("Warm", (60, 65), (70, 90), (600, 610), (1440, 1500))  # 1:00, 1:10, 10:00, 0:00
    fired += lives("Warm", (-30, 10), site="south")  # since before
    incidents = [
        incident(1, ["Warm"], (61, 100)),
        incident(2, ["Warm"], (601, 620), acted=False),
        incident(3, ["Warm"], (1441, 1500), acted=False, acknowledged=False),
        incident(4, ["Other"], (3000, 3060)),
        incident(5, ["Else"], (3000, 3060), outcome="safety"),
    ]
    found = noise(Kept(GRID, {"Warm": fired}), known("Warm", "Never"), incidents)
    never, warm = found.alerts
    assert (never.known.name, never.figures.fired, never.precision) == ("Never", 0, None)
    figures = warm.figures
    assert (figures.fired, figures.before, figures.firing) == (4, 1, 0)
    assert (figures.flaps, figures.short, figures.night, figures.days) == (1, 2, 3, 2)
    assert figures.total == (5 + 20 + 10 + 60 + 10) * MINUTE
    assert (figures.longest, figures.median) == (60 * MINUTE, 10 * MINUTE)
    assert [h for h, count in enumerate(figures.hours) for _ in range(count)] == [0, 1, 1, 10]
    answered = warm.answered
    assert (answered.acknowledged, answered.acted) == (3, 2)
    assert (answered.by_itself, answered.unknown) == (2, 1)
    assert warm.precision == pytest.approx(2 / 5)
    score = warm.score
    # The two firings of incident 1; incident 4 is of the outcome, and nothing fired for it.
    assert (score.hits, score.false_alarms, score.found, score.missed) == (2, 3, 1, (4,))
    (team,) = found.teams
    assert (team.fired, team.night, team.worst_day, team.incidents, team.acted) == (4, 3, 3, 5, 2)
    (comfort,) = found.outcomes
    assert (comfort.fired, comfort.acted, comfort.real, comfort.found) == (4, 2, 2, 1)


def verbs(fired, incidents=None, names=()):
    found = noise(Kept(GRID, fired), known(*fired, *names), incidents)
    return {(p.alert, p.verb) for p in proposals(found)}


def test_proposals_say_what_the_history_says():
    rows = [(n * 120, n * 120 + 5) for n in range(6)]
    assert verbs({"A": lives("A", *rows)}) == {("A", "longer-for")}
    assert verbs({"A": lives("A", *rows)}, []) == {("A", "delete")}
    flaps = [(n * 10, n * 10 + 5) for n in range(6)]
    assert verbs({"A": lives("A", *flaps)}) == {("A", "keep-firing")}
    long = [(n * 120, n * 120 + 60) for n in range(6)]
    assert verbs({"A": lives("A", *long)}) == set()
    seen = [incident(n, ["A"], row, acted=n == 0) for n, row in enumerate(long)]
    assert verbs({"A": lives("A", *long)}, seen) == {("A", "raise")}
    seen = [incident(n, ["A"], row) for n, row in enumerate(long)]
    assert verbs({"A": lives("A", *long)}, seen) == set()
    assert verbs({}, [incident(1, ["B"], (5, 9))], ["A"]) == {("A", "test")}


def test_what_follows_from_another_alert_is_seen():
    causes = [(n * 300, n * 300 + 100) for n in range(6)]
    follows = [(a + 10, a + 50) for a, _ in causes[:5]]
    kept = Kept(GRID, {"Cause": lives("Cause", *causes), "Effect": lives("Effect", *follows)})
    (pair,) = overlaps(kept)
    assert (pair.alert, pair.cause, pair.share, pair.mutual) == ("Effect", "Cause", 1.0, False)
    assert pair.equal == ("site",)
    elsewhere = Kept(
        GRID,
        {"Cause": lives("Cause", *causes, site="south"), "Effect": lives("Effect", *follows)},
    )
    assert list(overlaps(elsewhere)) == []
    together = [(a, b + 1) for a, b in causes]
    both = Kept(GRID, {"A": lives("A", *causes), "B": lives("B", *together)})
    assert [(p.alert, p.cause, p.mutual) for p in overlaps(both)] == [("A", "B", True)]


def test_what_always_fires_is_no_cause():
    follows = [(n * 300, n * 300 + 100) for n in range(6)]
    always = [(n * 1000, n * 1000 + 990) for n in range(10)]
    kept = Kept(GRID, {"Watchdog": lives("Watchdog", *always), "A": lives("A", *follows)})
    assert list(overlaps(kept)) == []


ANSWER = {
    "id": 7,
    "title": "Warm",
    "priority": "P2",
    "state": "resolved",
    "team": "facility",
    "outcome": "comfort",
    "labels": {"alertname": "Warm", "site": "north"},
    "opened_at": "2026-01-01T01:01:00Z",
    "acknowledged_at": "2026-01-01T01:05:00Z",
    "resolved_at": "2026-01-01T01:40:00.5Z",
    "resolved_by": "alertmanager",
    "merged_into": None,
    "alerts": [],
}
TIMELINE = [
    {"at": "2026-01-01T01:06:00Z", "kind": "note", "actor": "duty", "text": "opened the window"},
    {"at": "2026-01-01T01:01:00Z", "kind": "opened", "actor": "sothat", "text": ""},
]


@pytest.mark.real
def test_the_command_on_a_real_prometheus(tmp_path: Path, capsys):
    points = [(START + n * MINUTE, 1.0) for n in (*range(60, 65), *range(200, 230))]
    points += [(START + 65 * MINUTE, None), (START + 230 * MINUTE, None)]
    name = {"__name__": "ALERTS", "alertstate": "firing", **dict(labels("Warm"))}
    with prometheus(tmp_path) as url, responses.RequestsMock() as service:
        service.add_passthru(url)
        write(url, [Made(name, sorted(points))])
        page = {"incidents": [ANSWER], "next": ""}
        service.get("http://incidents.example/api/v1/incidents", json=page)
        detail = {**ANSWER, "timeline": TIMELINE}
        service.get("http://incidents.example/api/v1/incidents/7", json=detail)
        options = ["--since", "2026-01-01T00:00Z", "--until", "2026-01-02T00:00Z"]
        options += ["--incidents", "http://incidents.example", "--prometheus", url]
        code = _main.run(["noise", *options, "--json"])
        data = json.loads(capsys.readouterr().out)
        assert code == _main.run(["noise", *options]) == 0
        text = capsys.readouterr().out
    (warm,) = data["alerts"]
    assert (warm["fired"], warm["short"], warm["total_seconds"]) == (2, 1, 35 * 60)
    assert warm["answered"] == {"acknowledged": 1, "acted": 1, "by_itself": 0, "unknown": 1}
    assert warm["precision"] == 0.5
    assert "Warm   facility      2" in text


def test_no_server(capsys):
    assert _main.run(["noise", "--prometheus", "http://127.0.0.1:1"]) == 2
    assert "[prometheus-unreachable]" in capsys.readouterr().err
