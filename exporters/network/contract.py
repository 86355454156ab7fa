"""What network probes expose beyond blackbox_exporter's families."""

from sothat.exporters.declare import counter, gauge
from sothat.exporters.network.reasons import REASONS
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence

# Seconds: from a switch in the same rack to a satellite.
ROUND_TRIP_BUCKETS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025),
    *(0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)

_STEP = [Label("step", "Name of the step in the configuration")]
_RESOLVER = [Label("resolver", "Address of the resolver, as configured")]
_CERTIFICATE = [
    Label(
        "chain",
        "presented: as the server sends it; used: as it was verified",
        ("presented", "used"),
    ),
    Label("position", "0: the server's own; upwards to the authority"),
    Label("subject", "Whom it names"),
    Label("issuer", "Who signed it"),
    Label("serial", "Serial number, hexadecimal"),
]


def contract() -> Contract:
    """Return the contract of what is ours alone.

    ``module`` and ``target`` come from the collector ``network``; a scrape of /probe adds its own.
    """
    families = (*FAILURE, *ICMP, *TCP, *DNS, *TLS, *JOURNEY)
    return Contract("network", families, ("instance", "job", "module", "target"))


def _histogram(name: str, help_text: str) -> MetricFamily:
    return MetricFamily(
        name,
        MetricType.HISTOGRAM,
        help_text,
        "seconds",
        presence=Presence.FEATURE,
        buckets=ROUND_TRIP_BUCKETS,
    )


FAILURE = (
    gauge(
        "probe_failure_info",
        "Always 1, when a probe has failed; why.",
        [Label("reason", "Why", REASONS)],
        event=True,
    ),
)

ICMP = (
    _histogram("probe_icmp_round_trip_seconds", "Round trips of single packets."),
    _histogram(
        "probe_icmp_jitter_seconds", "Differences between the round trips of packets in a row."
    ),
    counter("probe_icmp_packets_sent_total", "Packets sent.", feature=True),
    counter("probe_icmp_packets_lost_total", "Packets that did not come back.", feature=True),
    gauge("probe_icmp_loss_ratio", "Share of this probe's packets that were lost.", feature=True),
)

TCP = (
    gauge(
        "probe_tcp_duration_seconds",
        "How long each phase of the connection took.",
        [Label("phase", "Part of the work", ("resolve", "connect", "tls"))],
        feature=True,
    ),
)

DNS = (
    gauge(
        "probe_dns_response_info",
        "Always 1; how the query was answered.",
        [Label("rcode", "Response code, such as NOERROR")],
        feature=True,
    ),
    gauge(
        "probe_dns_tcp_fallback",
        "Whether the answer did not fit into a datagram.",
        feature=True,
    ),
    gauge(
        "probe_dns_resolver_query_succeeded",
        "Whether a resolver that is compared has answered.",
        _RESOLVER,
        feature=True,
    ),
    gauge(
        "probe_dns_resolver_duration_seconds",
        "How long a resolver that is compared took to answer.",
        _RESOLVER,
        feature=True,
    ),
    gauge(
        "probe_dns_resolver_agrees",
        "Whether a resolver that is compared has the target's answer, order aside.",
        _RESOLVER,
        feature=True,
    ),
)

TLS = (
    gauge(
        "probe_tls_verified",
        "Whether the chain and the name are those of somebody trusted.",
        feature=True,
    ),
    gauge(
        "probe_tls_certificate_expiry_timestamp_seconds",
        "When a certificate expires.",
        _CERTIFICATE,
        feature=True,
    ),
    gauge(
        "probe_tls_leaf_expiry_timestamp_seconds",
        "When the server's own certificate expires.",
        feature=True,
    ),
    gauge(
        "probe_tls_chain_expiry_timestamp_seconds",
        "When the first certificate of the chain in use expires; absent where none was verified.",
        feature=True,
    ),
)

JOURNEY = (
    gauge(
        "probe_journey_step_success",
        "Whether a step went as it should; absent for steps that were not reached.",
        _STEP,
        feature=True,
    ),
    gauge("probe_journey_step_duration_seconds", "How long a step took.", _STEP, feature=True),
    gauge(
        "probe_journey_step_status_code",
        "HTTP status that a step was answered with.",
        _STEP,
        feature=True,
    ),
    gauge("probe_journey_steps", "Steps that the journey has.", feature=True),
    gauge("probe_journey_steps_succeeded", "Steps that went as they should.", feature=True),
)
