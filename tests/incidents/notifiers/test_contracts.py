"""Every channel that speaks HTTP against the contract kit."""

from collections.abc import Callable

import pytest
from sothat.incidents import kit

from .opening import (
    KEPT,
    NTFY,
    SLACK,
    TEAMS,
    TWILIO,
    WEBHOOK,
    by_apprise,
    by_mail,
    sending,
)

SLACK_REFUSALS = tuple(
    kit.answering({"ok": False, "error": error})
    for error in ("channel_not_found", "invalid_auth", "is_archived", "not a word & hush")
)
CONTRACTS = {
    "slack": kit.Contract(
        sending(SLACK),
        kit.answering({"ok": True, "channel": "C42", "ts": "1.2"}),
        KEPT,
        refusals=(kit.refusing(400), kit.refusing(403), *SLACK_REFUSALS),
        failures=(
            kit.failing(500),
            kit.failing(503),
            kit.answering({"ok": False, "error": "internal_error"}),
            kit.answering([]),
        ),
    ),
    "slack, throttled in a good answer": kit.Contract(
        sending(SLACK),
        kit.answering({"ok": True, "channel": "C42", "ts": "1.2"}),
        KEPT,
        throttled=kit.answering({"ok": False, "error": "ratelimited"}, Retry_After="30"),
    ),
    "teams": kit.Contract(
        sending(TEAMS),
        kit.answering(b"", 202),
        KEPT,
        refusals=(
            kit.refusing(400),
            kit.refusing(404),
            kit.answering(b"Webhook message delivery failed with error: HTTP error 413"),
        ),
        failures=(
            kit.failing(502),
            kit.answering(b"Webhook message delivery failed with error: HTTP error 429"),
        ),
    ),
    "twilio-sms": kit.Contract(
        sending(f"type: twilio-sms, {TWILIO}"), kit.answering({"sid": "SM1"}, 201), KEPT
    ),
    "twilio-voice": kit.Contract(
        sending(f"type: twilio-voice, {TWILIO}, language: en-GB"),
        kit.answering({"sid": "CA1"}, 201),
        KEPT,
    ),
    "ntfy": kit.Contract(sending(NTFY), kit.answering({"id": "sPs71M8A2T"}), KEPT),
    "email": kit.Contract(
        by_mail,
        kit.taking(),
        KEPT,
        refusals=tuple(map(kit.turning_away, (550, 552, 554))),
        failures=tuple(map(kit.turning_away, (450, 451, 452))),
        throttled=kit.turning_away(421),
        echoes=tuple(kit.Reply(code, echoes=True) for code in (250, 451, 554)),
        place=kit.mail_provider,
    ),
    "apprise": kit.Contract(by_apprise, kit.answering(), KEPT, throttled=kit.answering(None, 429)),
    "webhook": kit.Contract(sending(WEBHOOK), kit.answering(b"", 204), KEPT),
}


# What a protocol or a library cannot do; docs/channels.md says so.
BEYOND = {
    ("email", kit.check_redirect): "SMTP has no redirects",
    ("apprise", kit.check_unreachable): "apprise does not tell why there was no answer",
}


@pytest.mark.parametrize("check", kit.CHECKS)
@pytest.mark.parametrize("name", CONTRACTS)
def test_a_channel_keeps_the_contract(name: str, check: Callable[[kit.Contract], object]) -> None:
    if (name, check) in BEYOND:
        pytest.skip(BEYOND[name, check])
    check(CONTRACTS[name])
