"""How many clients there are, of how many there may be."""

from sothat.exporters.redis.part import Figure, counted, from_info, shown

PART = from_info(
    "clients",
    (
        shown("clients", "Connected clients, ours included, replicas left out."),
        shown("clients_limit", "Most clients that the server accepts.", feature=True),
        shown("blocked_clients", "Clients that wait in a blocking command."),
        counted("connections_total", "Connections that were accepted."),
        counted("rejected_connections_total", "Connections refused because there were too many."),
        counted("received_bytes_total", "Bytes received."),
        counted("sent_bytes_total", "Bytes sent."),
    ),
    (
        Figure("clients", "connected_clients"),
        Figure("clients_limit", "maxclients"),
        Figure("blocked_clients", "blocked_clients"),
        Figure("connections_total", "total_connections_received"),
        Figure("rejected_connections_total", "rejected_connections"),
        Figure("received_bytes_total", "total_net_input_bytes"),
        Figure("sent_bytes_total", "total_net_output_bytes"),
    ),
)
