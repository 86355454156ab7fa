"""What the business collector exposes, which follows from the KPI files."""

from collections.abc import Iterable

from sothat.exporters.business.kpis import Kpi
from sothat.exporters.business.shipped import STANDARD, load_pack, shipped
from sothat.exporters.declare import gauge
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence

PREFIX = "business_"
VALUE = f"{PREFIX}kpi_value"
TARGET = f"{PREFIX}kpi_target"
TOLERANCE = f"{PREFIX}kpi_tolerance"
INFO = f"{PREFIX}kpi_info"
LAST_SUCCESS = f"{PREFIX}kpi_last_success_timestamp_seconds"
DATA_TIME = f"{PREFIX}kpi_data_timestamp_seconds"
SAMPLE_DATA = f"{PREFIX}sample_data"


def contract() -> Contract:
    """Return the contract of all shipped KPI files; those beyond the standard ones are features."""
    families = {family.name: family for family in _families(STANDARD, Presence.ALWAYS)}
    for family in _families(shipped(), Presence.FEATURE):
        families.setdefault(family.name, family)
    return Contract("business", (*families.values(), *_CARDS))


def contract_of(kpis: Iterable[Kpi]) -> Contract:
    """Return the contract of some KPIs."""
    families = tuple(_family(kpi, Presence.ALWAYS) for kpi in kpis)
    return Contract("business", (*families, *_CARDS))


def _families(packs: Iterable[str], presence: Presence) -> Iterable[MetricFamily]:
    return (_family(kpi, presence) for name in packs for kpi in load_pack(name).kpis)


def _family(kpi: Kpi, presence: Presence) -> MetricFamily:
    return MetricFamily(
        f"{PREFIX}{kpi.name}",
        MetricType.GAUGE,
        kpi.description,
        kpi.unit,
        tuple(Label(name) for name in kpi.labels),
        Presence.EVENT if kpi.event else presence,
    )


_KPI = Label("kpi", "Name of the KPI")
_CARDS = (
    MetricFamily(
        VALUE,
        MetricType.GAUGE,
        "Each KPI as one figure a site, in its own unit; what control charts are made of.",
        None,
        (_KPI, Label("site", "Name of the site; empty where the KPI has none")),
        Presence.EVENT,
    ),
    MetricFamily(
        TARGET,
        MetricType.GAUGE,
        "What a KPI should reach.",
        None,
        (_KPI,),
        Presence.FEATURE,
    ),
    MetricFamily(
        TOLERANCE,
        MetricType.GAUGE,
        "Edges of what is accepted of a KPI.",
        None,
        (_KPI, Label("bound", "Which edge", ("lower", "upper"))),
        Presence.FEATURE,
    ),
    gauge(
        INFO,
        "Always 1; what is said of a KPI.",
        [
            _KPI,
            Label("unit", "Base unit; empty for counts"),
            Label("direction", "What is better", ("higher", "lower", "none")),
            Label("owner", "Who answers for it"),
            Label("outcome", "What customers have of it"),
            Label("chart", "Whether its days are comparable", ("individuals", "none")),
        ],
    ),
    gauge(LAST_SUCCESS, "When a KPI, and all data that it needs, was last read.", [_KPI]),
    gauge(DATA_TIME, "How new the newest datum of a KPI is.", [_KPI], feature=True),
    gauge(
        SAMPLE_DATA,
        "1 where the figures are made up for demonstration.",
        [Label("kpi_file", "Name of the file that defines the KPIs")],
    ),
)
