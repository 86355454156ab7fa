"""A person's command as text: checked before it becomes an event."""

from collections.abc import Mapping

from sothat.incidents.events import Acknowledge, Resolve

_LONGEST_NAME = 200
_LONGEST_NOTE = 10_000
ACTIONS: Mapping[str, type[Acknowledge] | type[Resolve]] = {
    "acknowledge": Acknowledge,
    "resolve": Resolve,
}


class BadOrder(ValueError):  # noqa: N818 – it is named for what it says
    """The command is incomplete or too long; the text says what."""


def order(action: str, by: object, note: object) -> Acknowledge | Resolve:
    """Return the event that a command asks for.

    Args:
        action: ``acknowledge`` or ``resolve``.
        by: Who commands it; must not be empty.
        note: What they add; may be empty or None.

    Raises:
        BadOrder: ``by`` or ``note`` cannot be used.
    """
    name = by.strip() if isinstance(by, str) else ""
    if not name:
        raise BadOrder("'by' is missing: say who you are")
    if len(name) > _LONGEST_NAME:
        raise BadOrder(f"'by' is longer than {_LONGEST_NAME} characters")
    text = "" if note is None else note
    if not isinstance(text, str):
        raise BadOrder("'note' must be text")
    if len(text) > _LONGEST_NOTE:
        raise BadOrder(f"'note' is longer than {_LONGEST_NOTE} characters")
    return ACTIONS[action](name, text.strip())
