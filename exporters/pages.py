"""What people see in a browser."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from sothat.exporters.exposition import encode
from sothat.exporters.negotiation import TEXT
from sothat.exporters.poller import View
from sothat.exporters.probing import Module, Probed

_STYLE = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;\
border-bottom:1px solid #8884}:root{color-scheme:light dark}"


def landing_page(views: Sequence[View], modules: Sequence[Module]) -> str:
    """Return the page with each collector's last poll, and a form to try a probe."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>sothat exporter</title>'
        f"<style>{_STYLE}</style><h1>sothat exporter</h1>"
        '<p><a href="/metrics">Metrics</a> · <a href="/-/healthy">healthy</a> · '
        '<a href="/-/ready">ready</a></p>'
        f"{_collectors(views)}{_probe_form(modules)}</html>"
    )


def probe_report(module: Module, target: str, result: Probed) -> str:
    """Return what one probe did and found, as text."""
    return "\n".join([*_report(module, target, result), ""])


def _report(module: Module, target: str, result: Probed) -> Iterator[str]:
    yield f"module {module.name} (type {module.type}), target {target}"
    yield f"deadline {module.deadline:g} s, at most {module.max_series} series"
    yield ""
    yield from result.notes or ("the probe has noted nothing",)
    yield ""
    why = f": {result.reason}: {result.message}" if result.reason else ""
    yield f"{result.outcome} after {result.duration:.3f} s{why}"
    yield ""
    yield encode(result.groups, TEXT, unique=False).decode("utf-8")


def _collectors(views: Iterable[View]) -> str:
    rows = "".join(_row(view) for view in views)
    if not rows:
        return ""
    head = "<tr><th>Collector</th><th>Last poll</th><th>Series</th><th>Took</th></tr>"
    return f"<table>{head}{rows}</table>"


def _row(view: View) -> str:
    snapshot = view.snapshot
    if snapshot is None:
        cells = ["not yet polled", "0", "–"]
    else:
        outcome = "complete" if snapshot.success else f"failed: {snapshot.reason}"
        series = sum(len(block.series) for block in snapshot.blocks)
        cells = [outcome, str(series), f"{snapshot.duration:.3f} s"]
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in (view.plan.name, *cells))
    return f"<tr>{shown}</tr>"


def _probe_form(modules: Sequence[Module]) -> str:
    if not modules:
        return ""
    options = "".join(f"<option>{escape(module.name)}</option>" for module in modules)
    return (
        '<h2>Probe</h2><form action="/debug/probe">'
        f'<label>Module <select name="module">{options}</select></label> '
        '<label>Target <input name="target" size="40" required></label> '
        "<button>Probe</button></form>"
    )
