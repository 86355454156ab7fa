"""Secrets that Alertmanager would look for wherever it was started."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.generator.notifying.channel import installed_channel_types
from sothat.generator.notifying.operator import secret_files
from sothat.generator.notifying.plan import used_channels
from sothat.model.problem import Problem, Severity

# Alertmanager joins paths to its configuration's folder below this key, and below no other.
_BESIDE = "http_config"


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the channels whose secret is found from one folder only."""
    document = draft.sources.of_kind("Policy")
    if document is None:
        return
    types = installed_channel_types()
    for channel in used_channels(draft.catalogue.policy):
        for path in secret_files(_without_http(types[channel.type].receiver(channel))):
            if PurePosixPath(path).is_absolute():
                continue
            message = (
                f"Alertmanager looks for {path} in the folder that it was started in, not beside "
                "its configuration"
            )
            hint = f"write the whole path, such as /etc/alertmanager/secrets/{path}"
            where = ("channels", channel.name)
            found = document.problem("relative-secret", message, where, hint=hint)
            yield replace(found, severity=Severity.WARNING)


def _without_http(receiver: Any) -> Any:
    if isinstance(receiver, Mapping):
        kept = {key: value for key, value in receiver.items() if key != _BESIDE}
        return {key: _without_http(value) for key, value in kept.items()}
    if isinstance(receiver, list):
        return [_without_http(inner) for inner in receiver]
    return receiver


CHECK = Check(codes=("relative-secret",), find=find)
