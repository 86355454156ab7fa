"""What the business collector exposes, which follows from the KPI file."""

from collections.abc import Iterable
from importlib.resources import as_file, files

from sothat.exporters.business.kpis import Kpi, load_kpis
from sothat.exporters.declare import gauge
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence

PREFIX = "business_"
LAST_SUCCESS = f"{PREFIX}kpi_last_success_timestamp_seconds"
SAMPLE_DATA = f"{PREFIX}sample_data"


def contract() -> Contract:
    """Return the contract of the shipped KPI file."""
    with as_file(files("sothat.exporters.business") / "packs" / "building.yaml") as path:
        return contract_of(load_kpis(path).kpis)


def contract_of(kpis: Iterable[Kpi]) -> Contract:
    """Return the contract of some KPIs."""
    return Contract("business", (*map(_family, kpis), *_ALWAYS))


def _family(kpi: Kpi) -> MetricFamily:
    return MetricFamily(
        f"{PREFIX}{kpi.name}",
        MetricType.GAUGE,
        kpi.description,
        kpi.unit,
        tuple(Label(name) for name in kpi.labels),
        Presence.EVENT if kpi.event else Presence.ALWAYS,
    )


_ALWAYS = (
    gauge(
        LAST_SUCCESS, "When the query of a KPI last succeeded.", [Label("kpi", "Name of the KPI")]
    ),
    gauge(
        SAMPLE_DATA,
        "1 where the figures are made up for demonstration.",
        [Label("kpi_file", "Name of the file that defines the KPIs")],
    ),
)
