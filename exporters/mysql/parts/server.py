"""Which product it is, how long it has been running, and who may write."""

from collections.abc import Iterator

from sothat.exporters.mysql.part import figure, figures, sample, shown
from sothat.exporters.mysql.session import Session
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain
from sothat.model.metric import Label


def read(session: Session) -> Iterator[Sample]:
    """Yield version, uptime and whether the server is read-only."""
    flavour = session.flavour
    version = ".".join(map(str, flavour.version))
    yield sample("info", 1, product=flavour.product, version=version, release=flavour.text)
    yield from figures(session.status, [figure("uptime_seconds", "uptime")])
    said = session.settings.get("read_only", "").upper()
    if said:
        yield sample("read_only", said not in {"OFF", "0"})


PART = plain(
    "server",
    (
        shown(
            "info",
            "Always 1; which server it is.",
            Label("product", "What it is", ("mysql", "mariadb")),
            Label("version", "Release by numbers"),
            Label("release", "As the server writes it"),
        ),
        shown("uptime_seconds", "How long the server has been running."),
        shown("read_only", "Whether ordinary users cannot write."),
    ),
    read,
)
