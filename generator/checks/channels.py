"""Channels that the release of Alertmanager in use does not know, and secrets of one name."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.generator.notifying.channel import installed_channel_types
from sothat.generator.notifying.operator import secret_files, secret_key
from sothat.generator.notifying.plan import used_channels
from sothat.model.policy import Policy
from sothat.model.problem import Problem
from sothat.runtime.documents import Document


def find(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with each channel that Alertmanager delivers to."""
    document = draft.sources.of_kind("Policy")
    if document is None:
        return
    policy = draft.catalogue.policy
    yield from _too_new(document, policy, draft.values.settings["alertmanager.release"])
    yield from _clashes(document, policy, draft.values.settings["webhook.token_file"])


def _too_new(document: Document, policy: Policy, release: str) -> Iterator[Problem]:
    types = installed_channel_types()
    for channel in policy.channels.values():
        since = types[channel.type].since(channel) if channel.type else ""
        if since and _number(release) < _number(since):
            message = (
                f"a channel of type {channel.type} like this needs Alertmanager {since}, "
                f"the values say {release}"
            )
            hint = f'with {since} everywhere: alertmanager.release: "{since}" in the values'
            path = ("channels", channel.name, "type")
            yield document.problem("channel-needs-release", message, path, hint=hint)


def _number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def _clashes(document: Document, policy: Policy, token_file: str) -> Iterator[Problem]:
    """Yield secrets of different files that would be one key of a Secret."""
    types = installed_channel_types()
    first = {secret_key(token_file): token_file}
    for channel in used_channels(policy):
        for path in secret_files(types[channel.type].receiver(channel)):
            known = first.setdefault(secret_key(path), path)
            if known != path:
                message = f"{path} and {known} would be one key of a Secret"
                hint = "give the files different names"
                where = ("channels", channel.name)
                yield document.problem("secret-clash", message, where, hint=hint)


CHECK = Check(codes=("channel-needs-release", "secret-clash"), find=find, binding=True)
