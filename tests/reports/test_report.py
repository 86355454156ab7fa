"""A month whose figures are computed by hand, from a server that answers what the test says."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.model.problem import Problem, Unusable
from sothat.reports import words
from sothat.reports.as_data import data
from sothat.reports.asking import Asking, written
from sothat.reports.gaps import gaps, share
from sothat.reports.outline import Asked, Better, Outline, Section, Unit
from sothat.reports.page import html
from sothat.reports.plot import description, svg
from sothat.reports.report import Incident, Report, Trend, Verdict
from sothat.reports.scope import scope_of
from sothat.reports.summary import summarised
from sothat.runtime.prometheus import PrometheusFailed, Sample, Series
from sothat.service_levels.intervals import Interval

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OCTOBER = scope_of("2026-10", "Europe/Berlin", "", NOW)
UP = Asked("Availability", "up_share", Unit.RATIO, target=0.99, advice="Look at the gateways.")
WAIT = Asked("Wait", "wait", Unit.SECONDS, Better.LOWER, target=2.0)
CLIENTS = Asked("By client", "client_up", Unit.RATIO, labels=("client",), against="client_goal")
TREND = Asked("Devices", "devices", Unit.RATIO, labels=("site",))


class Server:
    """Answers by the query; all else is empty."""

    def __init__(self, **answers: object) -> None:
        self.answers = answers
        self.asked: list[tuple[str, datetime]] = []

    def instant(self, query: str, at: datetime | None = None) -> tuple[Sample, ...]:
        assert at is not None
        self.asked.append((query, at))
        found = self.answers.get(query, ())
        if isinstance(found, PrometheusFailed):
            raise found
        if callable(found):
            found = found(at)
        return tuple(found)  # type: ignore[call-overload]

    def range(self, query: str, start: datetime, end: datetime, step: float) -> tuple[Series, ...]:
        moments = [
            start.timestamp() + n * step
            for n in range(int((end - start).total_seconds() // step) + 1)
        ]
        assert query in {"count(up)", "devices", "up_share"}
        hole = self.answers.get("hole", (0.0, 0.0))
        points = [(at, 0.97) for at in moments if not hole[0] < at < hole[1]]  # type: ignore[index]
        return (Series({"site": "a"}, points),)


def one(value: float, **labels: str) -> list[Sample]:
    return [Sample(labels, value, 0.0)]


def outline(*sections: Section) -> Outline:
    return Outline("Report", sections, "count(up)")


HEALTH = Section("health", "Health", "?", figures=(UP, WAIT), tables=(CLIENTS,), trends=(TREND,))


def made(server: Server, incidents: Sequence[Incident] | None = None) -> Report:
    happened = Section("failures", "Failures", "?", incidents=True)
    kept = None if incidents is None else tuple(incidents)
    return Asking(outline(HEALTH, happened), OCTOBER, server, kept).report()


def test_a_month_is_as_long_as_it_is_where_the_clocks_change() -> None:
    # October 2026 in Berlin: 31 days and the hour that comes twice, 745 hours.
    assert OCTOBER.interval.seconds == 745 * 3600
    assert OCTOBER.interval.start == datetime(2026, 9, 30, 22, 0, tzinfo=UTC)
    assert OCTOBER.interval.end == datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
    assert OCTOBER.before.seconds == 30 * 24 * 3600
    assert scope_of("", "UTC", "", NOW).month == "2026-10", "the last that is over"
    running = scope_of("2026-11", "UTC", "", NOW)
    assert running.running
    assert running.until == NOW
    for wrong in ("2026-13", "2026-1", "october", "2027-01"):
        with pytest.raises(Unusable):
            scope_of(wrong, "UTC", "", NOW)


def test_figures_are_asked_at_the_end_of_the_month_and_of_the_month_before() -> None:
    server = Server(
        up_share=lambda at: one(0.98 if at >= OCTOBER.interval.start else 0.97),
        wait=one(1.5),
        client_up=[Sample({"client": "a"}, 0.9996, 0.0), Sample({"client": "b"}, 0.9989, 0.0)],
        client_goal=[Sample({"client": "a"}, 0.999, 0.0), Sample({"client": "b"}, 0.999, 0.0)],
    )
    report = made(server)
    end = OCTOBER.interval.end - timedelta(seconds=1)
    assert ("up_share", end) in server.asked
    assert ("up_share", OCTOBER.interval.start - timedelta(seconds=1)) in server.asked
    availability, wait = report.figures
    assert (availability.value, availability.before) == (0.98, 0.97)
    assert (availability.verdict, wait.verdict) == (Verdict.MISSED, Verdict.KEPT)
    (table,) = report.parts[0].tables
    assert [row.verdict for row in table.rows] == [Verdict.KEPT, Verdict.MISSED]
    summary = summarised(report)
    assert summary.headline == ("In October 2026, 2 of 4 promises that were measured were kept.")
    assert summary.missed == (
        "Availability: 98 %; promised is at least 99 % (▲ from 97 %, better).",
        "By client: b: 99.89 %; promised is at least 99.9 %.",
    )
    assert summary.next == ("Look at the gateways.",)
    assert summary.incidents == "", "no incident service was asked"


def test_what_is_missing_is_said() -> None:
    # The questions are 5 min apart. Between two samples that are twelve hours apart the last one
    # stands for the 5 min before it: 12 h less 5 min of 745 h are missing.
    start = OCTOBER.interval.start.timestamp() + 100 * 3600
    failed = PrometheusFailed(Problem("no-answer", "too slow"))
    report = made(Server(hole=(start, start + 12 * 3600), wait=failed, up_share=one(math.nan)))
    assert report.recorded == pytest.approx(1 - (12 * 3600 - 300) / (745 * 3600))
    (gap,) = report.gaps
    assert gap.seconds == 12 * 3600 - 300
    assert report.failed == (("Wait", "too slow"),)
    summary = summarised(report)
    assert summary.headline == "For October 2026 there are no figures on what was promised."
    assert summary.gaps == (
        "Nothing was recorded for 1.6 % of the time; figures speak of the rest. "
        "There is no data on 2 of 2 figures; see the end. "
        "1 questions could not be answered; see the end."
    )


def test_made_up_figures_are_marked() -> None:
    marked = Outline("Report", (HEALTH,), "count(up)", sample="made_up")
    report = Asking(marked, OCTOBER, Server(made_up=one(1)), None).report()
    assert summarised(report).gaps.startswith("Sample data: ")
    assert data(report)["sample_data"]
    assert "Sample data: " in html(report)
    assert not Asking(marked, OCTOBER, Server(), None).report().sample


def test_several_values_are_no_figure() -> None:
    report = made(Server(up_share=[*one(1, site="a"), *one(0.5, site="b")]))
    assert report.figures[0].verdict is Verdict.UNKNOWN
    assert report.failed == (("Availability", "has 2 values; a figure is one"),)


def test_incidents_in_a_sentence() -> None:
    hour = 3600.0
    start = OCTOBER.interval.start.timestamp()
    found = [
        Incident(1, "Gateway <silent>", "P2", "sees", start, start + 60, start + 2 * hour),
        Incident(2, "Slow", "P3", "waits", start + hour, None, None),
    ]
    report = made(Server(), found)
    assert summarised(report).incidents == (
        "Incidents: 2 (1 P2, 1 P3). The longest took 2 h. 1 is not resolved."
    )
    page = html(report)
    assert "Gateway &lt;silent&gt;" in page
    assert "<silent>" not in page
    assert "01 Oct 00:00" in page, "by Berlin's wall clock"
    assert data(report)["sections"][1]["incidents"] == [1, 2]


@pytest.mark.parametrize(
    ("amount", "unit", "shown"),
    [
        (0.99996, Unit.RATIO, "99.996 %"),
        (0.999999, Unit.RATIO, "99.999 %"),
        (0.9989, Unit.RATIO, "99.89 %"),
        (1.0, Unit.RATIO, "100 %"),
        (0.125, Unit.RATIO, "12.5 %"),
        (3725.0, Unit.SECONDS, "1 h 2 min"),
        (0.25, Unit.SECONDS, "250 ms"),
        (0.0, Unit.SECONDS, "0 s"),
        (-803.0, Unit.SECONDS, "-13 min 23 s"),
        (7.2e9, Unit.JOULES, "2.0 MWh"),
        (3.6e7, Unit.JOULES, "10.0 kWh"),
        (1234.5, Unit.MONEY, "1,234.50"),
        (1234.0, Unit.COUNT, "1,234"),
        (1.25, Unit.COUNT, "1.2"),
        (0.9997, Unit.COUNT, "1"),
        (math.nan, Unit.COUNT, "no data"),
        (math.inf, Unit.SECONDS, "without end"),
    ],
)
def test_values_in_words(amount: float, unit: Unit, shown: str) -> None:
    assert words.value(amount, unit) == shown


@given(amount=st.floats(0, 1, exclude_max=True))
def test_no_share_below_the_whole_is_shown_as_the_whole(amount: float) -> None:
    assert amount < 0.99 or words.value(amount, Unit.RATIO) != "100 %"


@given(present=st.lists(st.booleans(), min_size=1, max_size=60))
def test_gaps_and_samples_make_up_the_time(present: list[bool]) -> None:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    bounds = Interval(start, start + timedelta(minutes=5 * (len(present) - 1) or 5))
    moments = [start.timestamp() + 300 * n for n, there in enumerate(present) if there]
    found = gaps(moments, 300, bounds)
    for gap in found:
        assert not any(gap.start.timestamp() < at < gap.end.timestamp() for at in moments)
    assert 0 <= share(found, bounds) <= 1
    if all(present):
        assert found == ()


def test_a_plot_has_a_hole_where_data_is_missing_and_says_what_it_shows() -> None:
    start = OCTOBER.interval.start.timestamp()
    points = [(start + n * 3600, 0.9 + n / 1000) for n in (0, 1, 2, 10, 11)]
    trend = Trend(TREND, {"a": points}, 3600)
    drawn = svg(trend, OCTOBER, 0)
    (line,) = [part for part in drawn.split("<path ") if 'stroke="#0b5cad"' in part]
    assert line.count("M") == 2
    assert description(trend) == (
        "Devices over the month. a: between 90 % and 91.1 %, at the end 91.1 %."
    )


@given(text=st.text(max_size=60))
def test_no_name_breaks_a_page_out(text: str) -> None:
    hostile = f"{text}</style><script>alert(1)</script>"
    asked = Asked(hostile, "up_share", Unit.RATIO, target=1, advice=hostile, labels=("site",))
    section = Section("s", hostile, hostile, figures=(asked,), trends=(asked,), tables=(asked,))
    server = Server(up_share=one(0.5, site=hostile))
    page = html(Asking(outline(section), OCTOBER, server, None).report())
    assert "<script" not in page
    assert page.count("</style>") == 1


def test_a_site_is_a_matcher_and_nothing_else() -> None:
    month = OCTOBER.interval
    assert written("m{$where}[$month]", "", month) == "m{}[2682000s]"
    assert written("m{$where}", 'a"b\\c\nd', month) == r'm{site="a\"b\\c\nd"}'
