"""MySQL and MariaDB servers that Prometheus' service discovery names."""

from sothat.exporters.mysql.collector import KIND
from sothat.exporters.servers import ServersProber

PROBER = ServersProber(KIND)
