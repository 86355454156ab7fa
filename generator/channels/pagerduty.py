"""A service of PagerDuty, by its Events API."""

from collections.abc import Mapping
from typing import Any

from sothat.generator.notifying.channel import ChannelType
from sothat.generator.notifying.messages import TITLE, alerts_text
from sothat.model.policy import Channel

# PagerDuty knows four severities and refuses others; a policy may have any.
_SEVERITY = (
    '{{ $s := .CommonLabels.severity }}{{ if match "^(critical|error|warning|info)$" $s }}{{ $s }}'
    "{{ else }}error{{ end }}"
)


def _receiver(channel: Channel) -> Mapping[str, Any]:
    config = {
        "routing_key_file": channel.settings["secret_file"],
        "description": TITLE,
        "severity": _SEVERITY,
        "class": "{{ .CommonLabels.kind }}",
        "component": "{{ .CommonLabels.domain }}",
        "group": "{{ .CommonLabels.outcome }}",
        "details": {"alerts": alerts_text(), "priority": "{{ .CommonLabels.priority }}"},
        "send_resolved": True,
    }
    return {"pagerduty_configs": [config]}


CHANNEL = ChannelType(
    help="An event arrives at a service of PagerDuty; the secret is its integration key.",
    receiver=_receiver,
    properties={"secret_file": {"$ref": "#/$defs/file"}},
    required=("secret_file",),
)
