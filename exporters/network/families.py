"""What network probes expose under blackbox_exporter's names, because it means the same.

The compiler knows these families from the contract of that exporter; a test holds the two together.
"""

from sothat.exporters.declare import gauge
from sothat.model.metric import Label, MetricFamily

_PHASE = [Label("phase", "Part of the work")]

CONNECTION = (
    gauge("probe_dns_lookup_time_seconds", "How long the lookup of the target's name took."),
    gauge("probe_ip_protocol", "Protocol of the connection: 4 or 6."),
    gauge("probe_ip_addr_hash", "Hash of the target's address, to see it change."),
)

ICMP = (
    gauge(
        "probe_icmp_duration_seconds",
        "How long each phase of the ping took; rtt: mean of the packets that came back.",
        _PHASE,
    ),
    gauge("probe_icmp_reply_hop_limit", "Hop limit of the last reply."),
)

DNS = (
    gauge("probe_dns_duration_seconds", "How long each phase of the DNS request took.", _PHASE),
    gauge("probe_dns_answer_rrs", "Records in the answer section."),
    gauge("probe_dns_authority_rrs", "Records in the authority section."),
    gauge("probe_dns_additional_rrs", "Records in the additional section."),
    gauge("probe_dns_query_succeeded", "Whether the DNS request was answered."),
    gauge("probe_dns_serial", "Serial number of the zone."),
)

CONTENT = (
    gauge("probe_failed_due_to_regex", "Whether an expression on the content failed the probe."),
)

HTTP = (
    gauge(
        "probe_http_duration_seconds",
        "How long each phase of the request took, summed over redirects.",
        _PHASE,
    ),
    gauge("probe_http_status_code", "Status of the answer; 0 without one."),
    gauge("probe_http_content_length", "Length of the answer as its header states; -1: unknown."),
    gauge("probe_http_uncompressed_body_length", "Length of the answer's body, uncompressed."),
    gauge("probe_http_redirects", "Redirects followed."),
    gauge("probe_http_ssl", "Whether the last request used TLS."),
    gauge("probe_http_version", "Version of HTTP in use."),
    gauge(
        "probe_http_last_modified_timestamp_seconds",
        "When the page was last changed, as its header states.",
    ),
)

TLS = (
    gauge(
        "probe_ssl_earliest_cert_expiry",
        "When the first of the presented certificates expires, needed or not.",
    ),
    gauge(
        "probe_ssl_last_chain_expiry_timestamp_seconds",
        "When the chain that was verified expires; absent where none could be.",
    ),
    gauge(
        "probe_ssl_last_chain_info",
        "Always 1; the server's own certificate.",
        [
            Label("fingerprint_sha256"),
            Label("subject"),
            Label("issuer"),
            Label("subjectalternative"),
            Label("serialnumber"),
        ],
    ),
    gauge("probe_tls_version_info", "Always 1; version of TLS in use.", [Label("version")]),
    gauge("probe_tls_cipher_info", "Always 1; cipher in use.", [Label("cipher")]),
)

BORROWED: tuple[MetricFamily, ...] = (*CONNECTION, *ICMP, *DNS, *CONTENT, *HTTP, *TLS)

# What the runtime measures of each probe from outside; a collector shows it as well.
MEASURED = (
    gauge("probe_success", "Displays whether or not the probe was a success"),
    gauge("probe_duration_seconds", "Returns how long the probe took to complete in seconds"),
)
