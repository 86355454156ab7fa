"""What a repair says on an incident's timeline."""

from sothat.incidents.labels import describe
from sothat.incidents.reconciler.compare import LostFiring, Silenced, SwallowedEnd
from sothat.incidents.reconciler.view import Silence
from sothat.incidents.times import SECOND, format_time


def lost_text(repair: LostFiring, now: int) -> str:
    """Return the sentence about a firing that was lost."""
    return (
        f"{describe(repair.known.labels)} was found in Alertmanager's API, where it fires; "
        f"no message of it had come for {_age(repair.since, now)}"
    )


def ended_text(repair: SwallowedEnd, now: int) -> str:
    """Return the sentence about an end that was swallowed."""
    return (
        f"{describe(repair.held.labels)} has been missing from Alertmanager's API for "
        f"{_age(repair.since, now)}: it has ended, and the message of it never came "
        "(a silence, an inhibition or a muted window keeps ends back)"
    )


def silenced_text(repair: Silenced) -> str:
    """Return the sentence about the silences over an incident's alerts."""
    if not repair.silences:
        return "no silence is over its alerts any more"
    told = "; ".join(map(_silence, repair.silences))
    return f"its alerts are silenced in Alertmanager, so news of them may not come: {told}"


def _silence(silence: Silence) -> str:
    words = [f"silence {silence.id}"]
    if silence.comment:
        words.append(f"“{silence.comment:.200}”")
    if silence.created_by:
        words.append(f"by {silence.created_by:.100}")
    if silence.ends_at is not None:
        words.append(f"until {format_time(silence.ends_at)}")
    return " ".join(words)


def _age(since: int, now: int) -> str:
    return f"{max(0, now - since) // SECOND} s"
