"""Runbook pages: one an alert, woven from IF, DO, SO THAT and the hand-written notes."""

from collections.abc import Iterator, Mapping, Sequence

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.conventions import BOARD_PATH
from sothat.generator.emitter import Emitter
from sothat.model.alert import Alert, Catalogue, Condition, Step
from sothat.model.artefact import Artefact
from sothat.model.duration import format_duration

_NOTE = "<!-- Compiled by sothat from the catalogue and runbooks/: edit those, and build again. -->"


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield a page for each alert, and the index."""
    muted = _muted(checked.catalogue)
    for alert in checked.catalogue.alerts:
        page = _page(alert, checked, muted.get(alert.name, ()))
        yield Artefact(f"runbooks/{alert.name}.md", _text(page))
    yield Artefact("runbooks/index.md", _text(_index(checked.catalogue)))


def _muted(catalogue: Catalogue) -> Mapping[str, Sequence[str]]:
    """Return by alert the names of those that it mutes."""
    muted: dict[str, list[str]] = {}
    for alert in catalogue.alerts:
        for name in dict.fromkeys(inhibition.by for inhibition in alert.inhibitions):
            muted.setdefault(name, []).append(alert.name)
    return muted


def _text(blocks: Iterator[str]) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"


def _page(alert: Alert, checked: CheckedCatalogue, muted: Sequence[str]) -> Iterator[str]:
    yield _NOTE
    yield f"# {alert.name}"
    yield f"**{alert.summary}**"
    yield _terms(alert, checked.catalogue)
    yield f"**IF** {alert.condition.words}"
    yield f"**DO** {alert.action.text}"
    yield f"**SO THAT** {alert.outcome.who} {alert.outcome.text}"
    if alert.action.steps:
        yield "## Steps"
        yield "\n".join(_step(number, step) for number, step in enumerate(alert.action.steps, 1))
    if alert.name in checked.notes:
        yield "## Notes"
        yield checked.notes[alert.name].text.strip()
    yield from _query(alert, checked)
    yield from _related(alert, muted)
    yield from _escalation(alert, checked.catalogue)


def _terms(alert: Alert, catalogue: Catalogue) -> str:
    terms = catalogue.policy.priorities[alert.action.priority]
    rows = (
        ("Priority", f"{terms.priority} – {terms.meaning}"),
        ("Acknowledge within", format_duration(terms.acknowledge)),
        ("Resolve within", format_duration(terms.resolve)),
        ("Owner", alert.owner),
        ("Protects", alert.outcome.kpi),
    )
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def _step(number: int, step: Step) -> str:
    lines = [f"{number}. {step.do}"]
    if step.run:
        lines += ["", *_indented(["```sh", *step.run.strip().splitlines(), "```"]), ""]
    if step.expect:
        lines.append(f"   Expect: {step.expect}")
    return "\n".join(lines)


def _indented(lines: list[str]) -> list[str]:
    return [f"   {line}" for line in lines]


def _query(alert: Alert, checked: CheckedCatalogue) -> Iterator[str]:
    yield "## The condition"
    yield f"```promql\n{alert.condition.expr}\n```"
    yield _timing(alert.condition)
    if alert.board:
        url = f"{checked.values.url('grafana')}{BOARD_PATH}{alert.board}"
        yield f"Board: <{url}>"


def _timing(condition: Condition) -> str:
    parts = []
    if condition.threshold:
        parts.append(f"The threshold is `{condition.threshold.text}`.")
    if condition.for_seconds:
        parts.append(f"It fires after {format_duration(condition.for_seconds)}.")
    if condition.keep_firing_seconds:
        kept = format_duration(condition.keep_firing_seconds)
        parts.append(f"It keeps firing for {kept} after the condition ended.")
    return " ".join(parts)


def _related(alert: Alert, muted: Sequence[str]) -> Iterator[str]:
    lines = [f"- Muted while [{i.by}]({i.by}.md) fires." for i in alert.inhibitions]
    lines += [f"- Mutes [{name}]({name}.md) while it fires." for name in muted]
    if lines:
        yield "## Related alerts"
        yield "\n".join(lines)


def _escalation(alert: Alert, catalogue: Catalogue) -> Iterator[str]:
    roles = alert.action.escalation or catalogue.policy.teams[alert.owner].escalation
    yield "## Escalation"
    yield "\n".join(f"{number}. {role}" for number, role in enumerate(roles, 1))


def _index(catalogue: Catalogue) -> Iterator[str]:
    yield _NOTE
    yield "# Runbooks"
    for domain in sorted({alert.domain for alert in catalogue.alerts}):
        alerts = [alert for alert in catalogue.alerts if alert.domain == domain]
        yield f"## {domain}"
        yield "\n".join(
            f"- [{alert.name}]({alert.name}.md) ({alert.action.priority}) – {alert.summary}"
            for alert in sorted(alerts, key=lambda alert: (alert.action.priority, alert.name))
        )


EMITTER: Emitter = emit
