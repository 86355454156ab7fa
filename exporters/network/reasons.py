"""Why probes fail: few words, the same for all types."""

import socket
import ssl

from sothat.exporters.source import PollFailed

REASONS = (
    "target",  # the text is no target for this type of probe
    "resolve",  # its name has no address
    "refused",
    "unreachable",  # no route, or a firewall that says so
    "timeout",
    "reset",  # the connection ended in the middle
    "permission",  # this process may not send such packets
    "loss",  # packets did not come back
    "protocol",  # the answer is no proper answer
    "tls",  # no TLS connection
    "certificate",  # not trusted, expired, for another name
    "status",  # the answer's status is not an expected one
    "content",  # the answer's content is not as expected
    "redirects",
    "size",  # longer than it may be
    "resolvers",  # resolvers disagree
    "step",  # a step needs what an earlier one did not bring
)


def translated(error: OSError) -> PollFailed:
    """Return what the system's error means for a probe."""
    return PollFailed(_reason(error), _sentence(error))


def _reason(error: OSError) -> str:
    for kinds, reason in _KINDS:
        if isinstance(error, kinds):
            return reason
    return "unreachable"


def _sentence(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


# The first that fits; those of the ssl module are errors of the system as well.
_KINDS: tuple[tuple[tuple[type[OSError], ...], str], ...] = (
    ((ssl.SSLCertVerificationError,), "certificate"),
    ((TimeoutError,), "timeout"),
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError), "reset"),
    ((ssl.SSLError,), "tls"),
    ((socket.gaierror,), "resolve"),
    ((ConnectionRefusedError,), "refused"),
    ((ConnectionError,), "reset"),
    ((PermissionError,), "permission"),
)
