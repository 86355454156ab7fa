"""Notices in Slack, by an app of one's own: messages that change in place, with buttons."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import requests
from sothat.incidents.conversation.gestures import (
    COMMANDS,
    ESCALATE,
    Answer,
    Gesture,
    Heard,
    Outcome,
    Refusal,
)
from sothat.incidents.labels import where
from sothat.incidents.notification import (
    Channel,
    Notice,
    Notifier,
    Rejected,
    Result,
    Retry,
    Sent,
    subject,
)
from sothat.incidents.posting import asked, content_of, judged, plain, retry_after, word
from sothat.incidents.times import SECOND
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_API = "https://slack.com/api"
_HOOKS = "https://hooks.slack.com/"
_DEFAULT_TIMEOUT = 10.0
# A request that is older was overheard; the clocks of both sides may differ by as much.
_WINDOW_SECONDS = 300
_WORTH_ANOTHER_TRY = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"}
    | {"request_timeout", "team_added_to_org"}
)
# A block's text may have 3000 characters, a field 2000.
_MOST, _MOST_OF_FIELD = 2900, 1900
_BUTTON = "sothat:"
_STYLES = {"acknowledge": "primary", "resolve": "danger"}


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """Posts to one channel or person; a later notice of an incident goes into its thread.

    Attributes:
        place: Where to: a channel's id or name, or a person's id.
        signing: The app's signing secret; None: it does not hear.
    """

    token: Secret
    place: str
    signing: Secret | None
    api: str
    timeout: float

    provider = "slack"
    converses = True
    updates = True

    @property
    def deadline(self) -> float:
        """Return for how long an answer may trickle in."""
        return 2 * self.timeout

    @property
    def identities(self) -> tuple[str, ...]:
        """Return whose direct messages it writes, if anybody's."""
        return (f"slack:{self.place}",) if self.place[:1] in ("U", "W") else ()

    def send(self, notice: Notice) -> Result:
        """Post a message, or change the one there is."""
        place, _, stamp = notice.reference.partition("/")
        text = {"text": _escaped(plain(_headline(notice), _MOST)), "blocks": self._blocks(notice)}
        if notice.update:
            return self._call("chat.update", {"channel": place, "ts": stamp, **text})
        if not stamp:
            return self._call("chat.postMessage", {"channel": self.place, **text})
        # Everybody in the channel sees a reply that is broadcast, and whoever opens it the whole.
        thread = {"channel": place, "thread_ts": stamp, "reply_broadcast": True}
        result = self._call("chat.postMessage", {**thread, **text})
        return Sent(notice.reference) if isinstance(result, Sent) else result

    def hear(self, heard: Heard) -> tuple[Gesture, ...] | Refusal:
        """Return what was pressed."""
        if self.signing is None:
            return Refusal(404, "this channel does not hear: it has no signing_secret")
        if not _is_signed(heard, self.signing):
            return Refusal(401, "the request is not signed by Slack, or too old")
        try:
            fields = parse_qs(heard.body.decode(), max_num_fields=20)
            return tuple(_gestures(json.loads(fields["payload"][0])))
        except (
            ValueError,
            LookupError,
            TypeError,
            ArithmeticError,
            AttributeError,
            RecursionError,
        ):
            return Refusal(400, "the request has no payload that can be read")

    def answer(self, _heard: Heard, _outcomes: tuple[Outcome, ...]) -> Answer:
        """Return nothing: Slack shows no answer to a press, `say` does."""
        return Answer()

    def say(self, outcome: Outcome) -> None:
        """Tell whoever pressed why nothing changed; what did change shows in the message."""
        url = outcome.gesture.answer_to
        if outcome.done and outcome.gesture.command != ESCALATE:
            return
        if url.startswith((_HOOKS, f"{self.api}/")):
            said = {"response_type": "ephemeral", "replace_original": False}
            text = _escaped(plain(outcome.text, _MOST))
            asked("POST", url, self.timeout, json={**said, "text": text})

    def _call(self, method: str, arguments: Mapping[str, Any]) -> Result:
        headers = {"Authorization": f"Bearer {self.token.reveal()}".encode()}
        response = asked(
            "POST", f"{self.api}/{method}", self.timeout, json=arguments, headers=headers
        )
        return response if isinstance(response, Retry) else _judge(response)

    def _blocks(self, notice: Notice) -> list[dict[str, Any]]:
        lines = [f"*{_escaped(plain(_headline(notice), 500))}*", *_promise(notice)]
        blocks: list[dict[str, Any]] = [_section("\n".join(lines)[:_MOST])]
        if context := " · ".join(_context(notice)):
            text = {"type": "mrkdwn", "text": context[:_MOST_OF_FIELD]}
            blocks.append({"type": "context", "elements": [text]})
        buttons = [*(self._buttons(notice) if self.signing else ()), *_open(notice)]
        if buttons:
            blocks.append({"type": "actions", "elements": buttons})
        return blocks

    @staticmethod
    def _buttons(notice: Notice) -> Iterator[dict[str, Any]]:
        for offer in notice.offers:
            style = {"style": _STYLES[offer.command]} if offer.command in _STYLES else {}
            yield {
                "type": "button",
                "action_id": f"{_BUTTON}{offer.command}",
                "text": {"type": "plain_text", "text": offer.text},
                "value": str(notice.incident),
                **style,
            }


def _judge(response: requests.Response) -> Result:
    """Return what an answer means: Slack tells most errors with a 200."""
    result = judged(response, "Slack")
    if not isinstance(result, Sent):
        return result
    data = content_of(response)
    if data is None:
        return Retry("Slack's answer cannot be read", unsure=True)
    if data.get("ok") is True:
        return Sent(f"{data.get('channel', '')}/{data.get('ts', '')}")
    reason = f"Slack answered {word(data.get('error'))}"
    if data.get("error") in _WORTH_ANOTHER_TRY:
        return Retry(reason, retry_after(response.headers))
    return Rejected(reason)


def _is_signed(heard: Heard, secret: Secret) -> bool:
    stamp = heard.headers.get("x-slack-request-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= len("253402300799")):
        return False
    if abs(int(stamp) - heard.now / SECOND) > _WINDOW_SECONDS:
        return False
    signed = b"v0:" + stamp.encode() + b":" + heard.body
    wanted = "v0=" + hmac.new(secret.reveal().encode(), signed, hashlib.sha256).hexdigest()
    given = heard.headers.get("x-slack-signature", "")
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _gestures(payload: Mapping[str, Any]) -> Iterator[Gesture]:
    """Yield what a payload's buttons of ours mean; the one that opens the page means nothing."""
    who, answer_to = f"slack:{payload['user']['id']}", payload.get("response_url", "")
    for number, action in enumerate(payload.get("actions", ())):
        command = action.get("action_id", "").removeprefix(_BUTTON)
        if command in COMMANDS:
            key = f"slack:{payload.get('trigger_id', '')[:150]}:{number}"
            yield Gesture(int(action["value"]), command, who, key, "", answer_to)


def _headline(notice: Notice) -> str:
    return subject(notice) if notice.reason else f"{subject(notice)} – {notice.state}"


def _promise(notice: Notice) -> Iterator[str]:
    if notice.text:
        yield from (_escaped(plain(line, 600)) for line in notice.text.splitlines())
        return
    parts = (("IF", notice.condition), ("DO", notice.action), ("SO THAT", notice.so_that))
    for name, text in parts:
        if text:
            yield f"*{name}* {_escaped(plain(text, 600))}"


def _context(notice: Notice) -> Iterator[str]:
    if notice.text:
        return
    who = f" by {notice.taken_by}" if notice.taken_by else ""
    parts = (where(notice.labels), notice.team, f"{notice.state}{who}", notice.opened_at)
    yield from (_escaped(plain(text, 400)) for text in parts if text)
    yield from (
        _escaped(plain(f"and {o.priority} #{o.incident} {o.title}", 200)) for o in notice.others
    )
    if notice.repeated:
        yield "this may reach you twice: an earlier attempt ended without an answer"


def _open(notice: Notice) -> Iterator[dict[str, Any]]:
    if notice.url:
        text = {"type": "plain_text", "text": "Open"}
        yield {"type": "button", "action_id": f"{_BUTTON}open", "text": text, "url": notice.url}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _escaped(text: str) -> str:
    """Return a text in which nothing is a mention or a link of Slack's."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class SlackNotifier:
    """Type ``slack``.

    ``token`` (a bot's, with ``chat:write``) and ``channel`` (an id of a channel or a person);
    ``signing_secret`` for its buttons; optionally ``api`` and ``timeout``.
    """

    schema: Mapping[str, Any] = {
        "token": SECRET_SCHEMA,
        "channel": {"type": "string", "minLength": 1},
        "signing_secret": SECRET_SCHEMA,
        "api": {"type": "string", "pattern": "^https?://", "description": "an http or https URL"},
        "timeout": {"type": "number", "exclusiveMinimum": 0, "maximum": 60},
    }
    required: tuple[str, ...] = ("token", "channel")

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return the channel."""
        return SlackChannel(
            token=secret("token"),
            place=settings["channel"],
            signing=secret("signing_secret") if "signing_secret" in settings else None,
            api=settings.get("api", _API).rstrip("/"),
            timeout=settings.get("timeout", _DEFAULT_TIMEOUT),
        )


NOTIFIER: Notifier = SlackNotifier()
