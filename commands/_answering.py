"""``sothat incidents list``, ``ack``, … : incidents looked at and answered in a terminal."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from sothat.commands._output import examples
from sothat.commands._output import paint as painted
from sothat.commands._talking import client_of, show_answer, with_client

_STATES = ("open", "acknowledged", "mitigated", "resolved", "verified", "closed")
_PRIORITIES = ("P1", "P2", "P3", "P4")
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "P1": {"fg": "red", "bold": True},
    "P2": {"fg": "yellow", "bold": True},
    "P3": {"fg": "yellow"},
    "P4": {"fg": "green"},
    "open": {"fg": "red"},
    "late": {"fg": "red", "bold": True},
    "resolved": {"fg": "green"},
    "verified": {"fg": "green"},
    "closed": {"fg": "green"},
    "met": {"fg": "green"},
}
_number = click.argument("number", type=click.IntRange(min=1))


def paint(text: str, what: str) -> str:
    """Return a text in its colour."""
    return painted(text, _STYLES.get(what, {}))


_LIST = examples(
    "sothat incidents list",
    "sothat incidents list --state open --priority P1 --priority P2",
    "sothat incidents list --all --json",
)


@click.command(name="list", epilog=_LIST)
@with_client
@click.option("--state", multiple=True, type=click.Choice(_STATES), help="Repeatable.")
@click.option("--priority", multiple=True, type=click.Choice(_PRIORITIES), help="Repeatable.")
@click.option("--team", multiple=True, metavar="NAME", help="Repeatable.")
@click.option("--site", metavar="NAME", help="Only of this site.")
@click.option("--label", multiple=True, metavar="NAME=VALUE", help="Only with an alert like this.")
@click.option("--text", metavar="WORDS", help="Only those that say all of these words.")
@click.option("--since", metavar="TIME", help="Opened at or after: RFC 3339.")
@click.option("--until", metavar="TIME", help="Opened before: RFC 3339.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--cursor", metavar="TEXT", help="Where the list before ended.")
@click.option("--all", "everything", is_flag=True, help="All pages, not the first one.")
def list_command(
    url: str, token_file: Path | None, as_json: bool, everything: bool, **query: Any
) -> int:
    """List incidents: unresolved first, by priority and age."""
    from sothat.incidents.terminal import table

    client = client_of(url, token_file)
    ask = client.list_all if everything else client.list
    return show_answer(lambda: ask(query), as_json, lambda data: table(data, paint))


@click.command(epilog=examples("sothat incidents show 7", "sothat incidents show 7 --why"))
@with_client
@_number
@click.option("--why", is_flag=True, help="Explain each deadline.")
def show(url: str, token_file: Path | None, as_json: bool, number: int, why: bool) -> int:
    """Show one incident with its clocks and the latest part of its timeline."""
    from sothat.incidents.terminal import page

    client = client_of(url, token_file)
    return show_answer(
        lambda: client.show(number), as_json, lambda data: page(data, paint, why=why)
    )


def _act(
    name: str, action: str, text: str, example: str, *parameters: Callable[..., Any]
) -> click.Command:
    """Return a command that tells an incident something; parameters are fields of the request."""

    def order(url: str, token_file: Path | None, as_json: bool, number: int, **fields: Any) -> int:
        from sothat.incidents.terminal import line

        client = client_of(url, token_file)
        body = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()
            if value
        }
        return show_answer(
            lambda: client.command(number, action, body), as_json, lambda data: line(data, paint)
        )

    by = click.option(
        "--by",
        envvar="SOTHAT_USER",
        show_envvar=True,
        metavar="NAME",
        help="Who you are, where the token does not say so.",
    )
    made = order
    for parameter in (*reversed(parameters), by, _number, with_client):
        made = parameter(made)
    return click.command(name=name, help=text, epilog=examples(f"sothat incidents {example}"))(made)


_note = click.option("--note", metavar="TEXT", help="What to add to the timeline.")
_text = click.argument("note", metavar="TEXT")


def commands() -> Iterator[click.Command]:
    """Yield all commands of this module."""
    yield from (list_command, show, audit_command, token)
    for name, action, text, example in (
        ("ack", "acknowledge", "Acknowledge an incident: you take it.", "ack 7 --by you"),
        ("release", "release", "Give an incident back: it is open again, and pages.", "release 7"),
        ("escalate", "escalate", "Let the next level be asked at once.", "escalate 7"),
        (
            "mitigate",
            "mitigate",
            "Say that the effect is gone, though the reason is not.",
            'mitigate 7 --note "traffic goes to the standby"',
        ),
        (
            "resolve",
            "resolve",
            "Resolve an incident by hand.",
            'resolve 7 --by you --note "restarted the queue"',
        ),
        ("verify", "verify", "Say that those who suffered are served again.", "verify 7"),
        ("close", "close", "Leave nothing to do.", "close 7"),
        ("reopen", "reopen", "Find that an incident is not over.", "reopen 7"),
        (
            "pause",
            "pause",
            "Wait on the customer: the clocks of resolution stand still.",
            'pause 7 --note "asked for a date"',
        ),
        ("resume", "resume", "Let the clocks go on.", "resume 7"),
    ):
        yield _act(name, action, text, example, _note)
    said = "Write something down; no clock cares."
    yield _act("note", "note", said, 'note 7 "the carrier has been told"', _text)
    told = "Tell those who wait how it stands."
    yield _act("update", "update", told, 'update 7 "back by noon"', _text)
    given, to = "Give an incident to somebody.", click.argument("to")
    yield _act("assign", "assign", given, "assign 7 database-engineer", to, _note)
    yield _act(
        "priority",
        "priority",
        "Set the priority, outright or by impact and urgency.",
        "priority 7 P1",
        click.argument("priority", type=click.Choice(_PRIORITIES), required=False),
        click.option("--impact", metavar="NAME", help="A row of the policy's matrix."),
        click.option("--urgency", metavar="NAME", help="A column of it."),
        _note,
    )
    into = click.argument("into", type=click.IntRange(min=1))
    over = "Let incident INTO take the alerts of NUMBER over."
    yield _act("merge", "merge", over, "merge 8 7", into, _note)
    prints = click.argument("fingerprints", nargs=-1, required=True, metavar="FINGERPRINT…")
    own = "Make some alerts an incident of their own."
    yield _act("split", "split", own, "split 7 1f2e3d4c5b6a7988", prints, _note)


@click.command(
    name="audit", epilog=examples("sothat incidents audit", "sothat incidents audit --verify")
)
@with_client
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--verify", is_flag=True, help="Say instead whether the log is as it was written.")
@click.option(
    "--mark",
    "marks",
    multiple=True,
    metavar="NUMBER:DIGEST",
    help="With --verify: a head that was noted before, which has to fit still; repeatable.",
)
def audit_command(
    url: str,
    token_file: Path | None,
    as_json: bool,
    limit: int,
    verify: bool,
    marks: tuple[str, ...],
) -> int:
    """Say who called which command with which token, the newest first.

    With --verify exit 1 when an entry was edited, removed or reordered; the head it prints can be
    noted elsewhere: with --mark it shows later that nothing before it was written anew.
    """
    from sothat.incidents.terminal import audit, verification

    client, found = client_of(url, token_file), []

    def check() -> Mapping[str, Any]:
        data: Mapping[str, Any] = client.verify_audit(marks)
        found.extend(data["faults"])
        return data

    if not verify:
        return show_answer(lambda: client.audit(limit), as_json, audit)
    return show_answer(check, as_json, verification) or int(bool(found))


@click.group(short_help="Who may call: tokens with roles.")
def token() -> None:
    """Make, list and revoke tokens; this wants an administrator's token itself."""


@token.command(
    name="add", epilog=examples("sothat incidents token add pipeline --role viewer --site harbour")
)
@with_client
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["viewer", "responder", "admin"]),
    default="responder",
    show_default=True,
)
@click.option("--team", "teams", multiple=True, metavar="NAME", help="Sees only this; repeatable.")
@click.option("--site", "sites", multiple=True, metavar="NAME", help="Sees only this; repeatable.")
@click.option(
    "--client", "clients", multiple=True, metavar="NAME", help="Sees only this; repeatable."
)
def add_token(
    url: str, token_file: Path | None, as_json: bool, name: str, role: str, **scope: tuple[str, ...]
) -> int:
    """Make a token named NAME and print it: it is not shown again.

    It sees everything that its maker sees, or only some teams, sites and clients.
    """
    from sothat.incidents.terminal import fresh_token

    client = client_of(url, token_file)
    return show_answer(lambda: client.add_token(name, role, scope), as_json, fresh_token)


@token.command(name="list", epilog=examples("sothat incidents token list"))
@with_client
def list_tokens(url: str, token_file: Path | None, as_json: bool) -> int:
    """List tokens, by name."""
    from sothat.incidents.terminal import tokens

    client = client_of(url, token_file)
    return show_answer(client.tokens, as_json, tokens)


@token.command(name="revoke", epilog=examples("sothat incidents token revoke pipeline"))
@with_client
@click.argument("name")
def revoke_token(url: str, token_file: Path | None, as_json: bool, name: str) -> int:
    """End the token NAME, and the sessions that were begun with it."""
    client = client_of(url, token_file)
    return show_answer(lambda: client.revoke_token(name), as_json, lambda _: "revoked")
