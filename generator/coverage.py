"""The page that says what serves each requirement: alerts, metrics, boards, or an open issue.

``python -m sothat.generator.coverage`` writes it; a test fails while it is stale.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sothat.generator.checked import CheckedCatalogue, installed_checks
from sothat.generator.compile import compile_catalogue, installed_inputs
from sothat.generator.groups import metrics_of
from sothat.generator.panels import queries, resolved
from sothat.generator.values import Values
from sothat.model.alert import Alert, Recording
from sothat.model.metric import Series
from sothat.runtime.documents import load_document

PAGE = Path("docs/reference/coverage.md")
_UP = "../../"  # from the page to the project's folder
# Series of every target: a board that reads them need not be about the subject.
_EVERYWHERE = frozenset(("ALERTS", "scrape_duration_seconds", "up"))

_HEAD = """# What covers which requirement

Made by `python -m sothat.generator.coverage` from the catalogue (`covers`), the boards and
`generator/requirements.yaml`; a test fails while it is stale. *open* says what is still missing,
and the issue that brings it.

The KPI layer is computed from whichever source is installed: our host exporter or node_exporter,
our database exporter, postgres_exporter or mysqld_exporter, OpenTelemetry's HTTP metrics or
Micrometer's. Where two of them watch one thing, ours counts and the other is left out. Hosts are
told apart by `instance` before its port; databases by the name that our exporter is given, those of
the others by their host's. An alert links to its runbook.

Some alerts know their subject by the name of its scrape job:

| job | what it scrapes |
|---|---|
| `sothat-exporter`, `sothat-incidents` | our own processes |
| `node*` | node_exporter; its host mutes what runs beside it |
| `snmp*` | network devices through snmp_exporter |
| `*ping*`, `*icmp*` | blackbox_exporter: the way to a site |
| `*web*`, `*http*`, `*api*` | blackbox_exporter: services with a promised availability |
| `tuya-cloud` | blackbox_exporter: the Tuya cloud's address |
| `mosquitto*`, `mqtt*` | the message broker's exporter |
| `alertmanager*`, `grafana*` | Alertmanager, Grafana |
"""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of what the pack must cover.

    Attributes:
        also: Pages and commands that serve it, beside what the catalogue tags.
        missing: What is still to come, with the number of the issue that brings it.
    """

    id: str
    about: str
    also: tuple[str, ...] = ()
    missing: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What serves one requirement."""

    requirement: Requirement
    alerts: tuple[Alert, ...]
    recordings: tuple[Recording, ...]
    metrics: tuple[Series, ...]
    boards: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Return whether nothing serves it and no issue will."""
        there = (self.alerts, self.recordings, self.requirement.also, self.requirement.missing)
        return not any(there)


def read_requirements() -> tuple[Requirement, ...]:
    """Return the requirements in the order of their file.

    Raises:
        Unusable: The file cannot be read.
    """
    with as_file(files("sothat.generator").joinpath("requirements.yaml")) as file:
        data: Mapping[str, Any] = load_document(file).data["requirements"]
    return tuple(_requirement(name, entry) for name, entry in data.items())


def _requirement(name: str, data: Mapping[str, Any]) -> Requirement:
    missing = tuple((entry["what"], entry["issue"]) for entry in data.get("open", ()))
    return Requirement(name, data["about"], tuple(data.get("also", ())), missing)


def coverage_of(
    requirements: Iterable[Requirement], checked: CheckedCatalogue
) -> tuple[Coverage, ...]:
    """Return what serves each requirement."""
    shown = _shown(checked)
    return tuple(_coverage(requirement, checked, shown) for requirement in requirements)


def _coverage(
    requirement: Requirement, checked: CheckedCatalogue, shown: Mapping[str, frozenset[str]]
) -> Coverage:
    alerts = tuple(a for a in checked.catalogue.alerts if requirement.id in a.covers)
    recordings = tuple(r for r in checked.catalogue.recordings if requirement.id in r.covers)
    expressions = [*(a.condition.expr for a in alerts), *(r.expr for r in recordings)]
    names = {name for text in expressions for name in metrics_of(text)}
    own = names | {recording.record for recording in recordings}
    boards = tuple(uid for uid, read in shown.items() if read & own - _EVERYWHERE)
    metrics = tuple(checked.series[n] for n in sorted(names) if _is_metric(checked, n))
    return Coverage(requirement, alerts, recordings, metrics, boards)


def _is_metric(checked: CheckedCatalogue, name: str) -> bool:
    return name in checked.series and ":" not in name


def _shown(checked: CheckedCatalogue) -> dict[str, frozenset[str]]:
    """Return the series that each board reads, by its uid."""
    found = {}
    for board in checked.boards:
        content = board.build(checked.catalogue, checked.series)
        texts = (resolved(query.text) for query in queries(content))
        found[board.uid] = frozenset(name for text in texts for name in metrics_of(text))
    return found


def page(coverage: Iterable[Coverage]) -> str:
    """Return the page's Markdown."""
    return "\n".join([_HEAD, *("\n".join(_section(entry)) for entry in coverage)])


def _section(entry: Coverage) -> Iterator[str]:
    yield f"## {entry.requirement.id}\n"
    yield f"{entry.requirement.about}.\n"
    rows = {
        "alerts": [f"[{a.name}]({_UP}compiled/runbooks/{a.name}.md)" for a in entry.alerts],
        "recordings": [f"`{r.record}`" for r in entry.recordings],
        "metrics": list(_by_source(entry.metrics)),
        "boards": [f"`{uid}`" for uid in entry.boards],
        "also": [_link(text) for text in entry.requirement.also],
        "open": [f"{what}: issue {issue}" for what, issue in entry.requirement.missing],
    }
    yield from (f"- *{word}*: {_listed(word, items)}" for word, items in rows.items() if items)
    yield ""


def _listed(word: str, items: list[str]) -> str:
    return ("; " if word in ("metrics", "open") else ", ").join(items)


def _by_source(metrics: Iterable[Series]) -> Iterator[str]:
    """Yield the metrics of each source, families once."""
    sources: dict[str, dict[str, None]] = {}
    for series in metrics:
        sources.setdefault(series.contract.source, {})[series.family.name] = None
    for source, names in sorted(sources.items()):
        yield f"{source}: " + ", ".join(f"`{name}`" for name in names)


def _link(text: str) -> str:
    is_file = text.endswith((".md", ".yaml"))
    return f"[{text}]({_UP}{text})" if is_file else f"`{text}`"


def shipped_page() -> str:
    """Return the page of the catalogue that comes with sothat.

    Raises:
        Unusable: A file cannot be read.
        Refused: The catalogue has problems.
    """
    checked = compile_catalogue(installed_inputs(None, Values()), installed_checks())
    return page(coverage_of(read_requirements(), checked))


def main() -> None:
    """Write the page; run it in the project's folder after the catalogue was changed."""
    PAGE.write_text(shipped_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
