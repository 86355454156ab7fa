"""What incidents go by, from the configuration."""

from sothat.incidents.configuration import Settings
from sothat.incidents.incident import Rules
from sothat.incidents.times import seconds


def rules_of(settings: Settings) -> Rules:
    """Return the rules that a configuration gives."""
    close = settings.close_after
    return Rules(
        policy=settings.policy,
        hold=seconds(settings.hold),
        identity=settings.identity,
        reopen=seconds(settings.reopen_window),
        flap=settings.flapping,
        lapse=settings.lapses_after,
        close=None if close is None else seconds(close),
        client_label=settings.client_label,
        roster=settings.directory.roster(settings.policy),
    )
