"""``policy``: the compiled policy."""

from sothat.incidents.policy import load_policy
from sothat.incidents.settings.section import PATH_SCHEMA, Section, Source
from sothat.model.policy import Policy


def _read(source: Source) -> Policy:
    return load_policy(source.folder / source.node("policy"))


SECTION = Section("policy", "policy", PATH_SCHEMA, _read, required=True)
