"""Redis servers that Prometheus' service discovery names."""

from sothat.exporters.redis.collector import KIND
from sothat.exporters.servers import ServersProber

PROBER = ServersProber(KIND)
