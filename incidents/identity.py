"""What makes alerts one incident. Pure.

By default the source, the receiver and the labels by which Alertmanager has grouped the message;
or labels that the configuration names. Never the raw group key: the route's path is in it, and
somebody may edit the route while the incident is open.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sothat.incidents.incident import Rules
from sothat.incidents.keys import canonical
from sothat.incidents.payload import Message

KeyOf = Callable[[Mapping[str, str]], str]


def keys_of(source: str, message: Message, rules: Rules) -> KeyOf:
    """Return what gives the key of an incident for the labels of an alert in a message."""
    if rules.identity is not None:
        names = rules.identity
        return lambda labels: named_key(labels, names)
    key = canonical([source, message.receiver, sorted(message.group.items())])
    return lambda _labels: key


def named_key(labels: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the key that named labels give."""
    return canonical([[name, labels.get(name, "")] for name in names])


def split_key(key: str, number: int) -> str:
    """Return the key of an incident that was split from another one."""
    return canonical(["split", number, key])


def keys_in(source: str, messages: Iterable[Message], rules: Rules) -> set[str]:
    """Return the keys of all incidents that messages may concern."""
    found: set[str] = set()
    for message in messages:
        key_of = keys_of(source, message, rules)
        if rules.identity is None:
            found.add(key_of({}))
        else:
            found |= {key_of(sighting.labels) for sighting in message.sightings}
    return found
