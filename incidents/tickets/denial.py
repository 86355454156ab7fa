"""A tracker that does not let us in is an incident of its owner's, like any other. Pure."""

from sothat.incidents.incident import Incident
from sothat.incidents.own_alerts import Told, own_message

NAME = "TrackerDenied"
# The source of these messages, and the receiver that shows on timelines.
SOURCE = "trackers"
_LABEL = "tracker"


def is_about(incident: Incident, tracker: str) -> bool:
    """Return whether an incident is that a tracker does not let us in: no ticket there tells so."""
    return incident.source == SOURCE and incident.labels.get(_LABEL) == tracker


def denial(tracker: str, team: str, reason: str, now: int) -> bytes:
    """Return the message that a tracker does not let us in."""
    return own_message(_told(tracker, team, reason), now, firing=True)


def end_of_denial(tracker: str, team: str, now: int) -> bytes:
    """Return the message that it does again."""
    return own_message(_told(tracker, team, "it does again"), now, firing=False)


def _told(tracker: str, team: str, reason: str) -> Told:
    labels = {"alertname": NAME, _LABEL: tracker, "priority": "P2"}
    return Told(
        receiver=SOURCE,
        group={"alertname": NAME, _LABEL: tracker},
        labels=labels | ({"team": team} if team else {}),
        annotations={
            "summary": f"The ticket system {tracker} does not let the incident service in",
            "description": f"No ticket is written or read in {tracker} until it does: {reason}.",
            "if": f"{tracker} refuses the credentials of the incident service",
            "do": "Whoever owns them renews them, and restarts the incident service",
            "so_that": "Those who work in tickets know what happens to their customers",
        },
        fingerprint=f"tracker-{tracker}",
    )
