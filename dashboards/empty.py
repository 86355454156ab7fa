"""What stands where there is nothing to show: one wording for each cause, on every board.

Each says what is missing, then how to switch it on.
"""

from typing import Final

BLIND: Final = "nobody can tell: rules or targets are down"
NO_BUSINESS: Final = "no data: no KPI file is read; switch on the exporter's collector business"
NO_CONTRACT: Final = "no data: no contract is counted; switch on the collector service_levels"
NO_EXPORTER: Final = "no data: the exporter is not scraped; add its job to Prometheus"
NO_PROBE: Final = "no data: nothing is probed, neither by a network list nor through /probe"
NO_INCIDENTS: Final = "no data: the incident service is not scraped; add its job to Prometheus"
NO_DEVICE: Final = "no data: the exporter's tuya collector knows no device"
NO_GATEWAY: Final = "no data: the exporter's tuya collector knows no gateway"
NO_READING: Final = "no data: none of the chosen devices reports this"
NO_HOST: Final = "no data: switch on the exporter's collector host, or scrape node_exporter"
NO_DATABASE: Final = "no data: no database is watched; add a collector database"
NO_POSTGRESQL: Final = "no data: no PostgreSQL is watched; add a collector postgresql"
NO_MYSQL: Final = "no data: no MySQL or MariaDB is watched; add a collector mysql"
NO_REDIS: Final = "no data: no Redis or Valkey is watched; add a collector redis"
NO_APPLICATION: Final = "no data: no service with OpenTelemetry or Micrometer metrics is scraped"
NO_KUBERNETES: Final = "no data: scrape kube-state-metrics and the kubelets"
NO_STREAM: Final = "no data: no broker is listened to; add a collector mqtt"
NO_CLOUD: Final = "no data: the exporter's collector tuya_cloud does not run"
NO_CAMPAIGN: Final = "no data: no campaign is watched; give the exporter's collector firmware one"
NO_POSTURE: Final = "no data: switch on the exporter's collector posture"
NO_PROMETHEUS: Final = "no data: Prometheus does not scrape itself; add a job for it"
NO_ALERTMANAGER: Final = "no data: Alertmanager is not scraped; add a job for it"
NO_TRACKER: Final = "no data: no ticket system is named in the incident service's configuration"
NO_EVENT_YET: Final = "nothing yet: this appears with the first event of its kind"
NO_CLOCK: Final = "no incident within the last day"
