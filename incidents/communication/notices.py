"""Texts on their way to a channel: a notice with nothing of the incident in it. Pure."""

from collections.abc import Mapping
from typing import Any

from sothat.incidents.communication.wording import Text
from sothat.incidents.incident import Reason
from sothat.incidents.notification import Notice

# Where an entry of the outbox keeps what is to be said.
_KEY = "announcement"


def kept(text: Text, url: str) -> dict[str, Any]:
    """Return what an entry of the outbox keeps of a text.

    Args:
        text: What is said.
        url: Where people can read on; empty: nowhere.
    """
    return {_KEY: {"subject": text.subject, "body": text.body, "url": url}}


def spoken(details: Mapping[str, Any], entry: int, *, repeated: bool) -> Notice:
    """Return the notice of an entry of the outbox."""
    said = details[_KEY]
    text = Text(said["subject"], said["body"])
    return notice_of(text, f"sothat-announcement-{entry}", said["url"], repeated=repeated)


def notice_of(text: Text, key: str, url: str = "", *, repeated: bool = False) -> Notice:
    """Return a text as a notice that holds nothing else."""
    return Notice(
        key=key,
        incident=0,
        reason=str(Reason.ANNOUNCED),
        priority="",
        title=text.subject,
        team="",
        condition="",
        action="",
        so_that="",
        url=url,
        opened_at="",
        labels={},
        repeated=repeated,
        text=text.body,
    )
