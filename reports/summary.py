"""The page that is read when only one is: in sentences, the worst first."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sothat.reports import words
from sothat.reports.report import Figure, Report, Verdict

_MOST = 6


@dataclass(frozen=True, slots=True)
class Summary:
    """What a month was, in plain words.

    Attributes:
        headline: One sentence.
        missed: A sentence for each promise that was not kept.
        good: Sentences on what went well or has become better.
        incidents: A sentence on the month's incidents; empty: none were asked for.
        gaps: A sentence on what is not known; empty: all is.
        next: What to do now.
    """

    headline: str
    missed: tuple[str, ...]
    good: tuple[str, ...]
    incidents: str
    gaps: str
    next: tuple[str, ...]


def summarised(report: Report) -> Summary:
    """Return a report's summary."""
    missed = [one for one in report.figures if one.verdict is Verdict.MISSED]
    return Summary(
        headline=_headline(report),
        missed=(*map(_missed, missed), *_missed_rows(report)),
        good=tuple(_good(report))[:_MOST],
        incidents=_incidents(report),
        gaps=_gaps(report),
        next=tuple(dict.fromkeys(one.asked.advice for one in missed if one.asked.advice)),
    )


def _headline(report: Report) -> str:
    rows = [row.verdict for part in report.parts for table in part.tables for row in table.rows]
    counts = Counter([*(one.verdict for one in report.figures), *rows])
    judged = counts[Verdict.KEPT] + counts[Verdict.MISSED]
    where = f" at {report.scope.site}" if report.scope.site else ""
    so_far = " so far" if report.scope.running else ""
    name = words.month(report.scope)
    if not judged:
        return f"For {name}{where} there are no figures on what was promised."
    kept = counts[Verdict.KEPT]
    share = f"all {judged}" if kept == judged else f"{kept} of {judged}"
    return f"In {name}{where}{so_far}, {share} promises that were measured were kept."


def _missed(one: Figure) -> str:
    came = words.value(one.value, one.asked.unit)
    change = words.change(one)
    since = f" ({change})" if change else ""
    return f"{one.asked.name}: {came}; promised is {words.target(one.asked)}{since}."


def _missed_rows(report: Report) -> Iterator[str]:
    for part in report.parts:
        for table in part.tables:
            asked = table.asked
            for row in table.rows:
                if row.verdict is Verdict.MISSED:
                    came = words.value(row.value, asked.unit)
                    promised = words.target(asked, row.target)
                    yield f"{asked.name}: {', '.join(row.cells)}: {came}; promised is {promised}."


def _good(report: Report) -> Iterator[str]:
    for one in report.figures:
        change = words.change(one)
        if one.verdict is not Verdict.MISSED and change.endswith("better"):
            yield f"{one.asked.name}: {words.value(one.value, one.asked.unit)} ({change})."


def _incidents(report: Report) -> str:
    if not any(part.incidents is not None for part in report.parts):
        return ""
    found = report.incidents
    if not found:
        return "There was no incident."
    by_priority = Counter(one.priority for one in found)
    listed = ", ".join(f"{count} {name}" for name, count in sorted(by_priority.items()))
    spans = [one.resolved - one.opened for one in found if one.resolved is not None]
    longest = f" The longest took {words.slowest(max(spans))}." if spans else ""
    left = len(found) - len(spans)
    open_ = f" {left} {'is' if left == 1 else 'are'} not resolved." if left else ""
    return f"Incidents: {len(found)} ({listed}).{longest}{open_}"


def _gaps(report: Report) -> str:
    parts = []
    if report.sample:
        parts.append("Sample data: figures in this report are made up for demonstration.")
    if report.gaps:
        parts.append(
            f"Nothing was recorded for {(1 - report.recorded) * 100:.1f} % of the time; "
            "figures speak of the rest."
        )
    if unknown := without_data(report):
        figures = len(report.figures)
        parts.append(f"There is no data on {len(unknown)} of {figures} figures; see the end.")
    if report.failed:
        parts.append(f"{len(report.failed)} questions could not be answered; see the end.")
    return " ".join(parts)


def without_data(report: Report) -> tuple[str, ...]:
    """Return the names of the figures that nothing is known of."""
    return tuple(one.asked.name for one in report.figures if one.value is None)
