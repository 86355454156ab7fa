"""What stands where there is nothing to show: one wording for each cause, on every board."""

from typing import Final

BLIND: Final = "nobody can tell: rules or targets are down"
NO_BUSINESS: Final = "no data: no KPI file is read; see the exporter's collectors"
NO_EXPORTER: Final = "no data: the exporter is not scraped"
NO_PROBE: Final = "no data: nothing is probed, neither by a network list nor through /probe"
NO_INCIDENTS: Final = "no data: the incident service is not scraped"
NO_DEVICE: Final = "no data: the exporter's tuya collector knows no device"
NO_GATEWAY: Final = "no data: the exporter's tuya collector knows no gateway"
