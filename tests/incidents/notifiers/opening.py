"""Channels opened as a configuration opens them, against a provider of our own."""

from collections.abc import Callable
from pathlib import Path

from sothat.incidents import kit
from sothat.incidents.channels import notifiers, open_at
from sothat.incidents.notification import Channel, Result
from sothat.runtime.documents import parse_document

SECRET = "hush-4711-hush"
SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
KEPT = (SECRET, SIGNING)
SLACK = (
    "type: slack, token: {env: KEY}, channel: C42, signing_secret: {env: SIGNING}, "
    "api: 'URL', timeout: 0.5"
)
TWILIO = (
    "account_sid: AC00ff, auth_token: {env: KEY}, from: '+15550001111', to: '+15550002222', "
    "api: 'URL', timeout: 0.5"
)
NTFY = "type: ntfy, topic: {env: SIGNING}, token: {env: KEY}, server: 'URL', timeout: 0.5"
TEAMS = "type: teams, url: {env: HOOK}, timeout: 0.5"
WEBHOOK = "type: webhook, url: 'URL', token: {env: KEY}, timeout: 0.5"


EMAIL = (
    "type: email, server: 'HOST', port: PORT, from: a@example.org, to: [b@example.org], "
    "tls: none, username: sothat, password: {env: KEY}, timeout: 0.5"
)
# One of each shipped type, so that it can be asked whether it hears.
KINDS = {
    "slack": SLACK,
    "teams": TEAMS,
    "email": EMAIL.replace("HOST", "localhost").replace("PORT", "9"),
    "twilio-sms": f"type: twilio-sms, {TWILIO}",
    "twilio-voice": f"type: twilio-voice, {TWILIO}",
    "ntfy": NTFY,
    "webhook": WEBHOOK,
    "apprise": "type: apprise, url: {env: HOOK}",
    "log": "type: log",
}


def opened(settings: str, url: str = "http://127.0.0.1:9", hook: str = "") -> Channel:
    """Return a channel; ``URL`` in its settings is the provider's, ``HOOK`` a secret URL."""
    document = parse_document(f"channels: {{c: {{{settings.replace('URL', url)}}}}}", "i.yaml")
    environment = {"KEY": SECRET, "SIGNING": SIGNING, "HOOK": f"{url}/workflows/{SECRET}"}
    environment["HOOK"] = hook or environment["HOOK"]
    paths = {"c": ("channels", "c")}
    return open_at(document, paths, notifiers(), environment, Path("none"))["c"]


def by_mail(url: str) -> Result:
    """Send the kit's notice by a mail server."""
    host, _, port = url.partition("//")[2].partition(":")
    settings = EMAIL.replace("HOST", host).replace("PORT", port)
    return opened(settings).send(kit.NOTICE)


def by_apprise(url: str) -> Result:
    """Send the kit's notice through apprise."""
    place = url.partition("//")[2]
    hook = f"json://sothat:{SECRET}@{place}/{SECRET}?rto=0.5&cto=1"
    return opened("type: apprise, url: {env: HOOK}, timeout: 5", hook=hook).send(kit.NOTICE)


def sending(settings: str) -> Callable[[str], Result]:
    """Return what sends the kit's notice by a channel of these settings."""
    return lambda url: opened(settings, url).send(kit.NOTICE)
