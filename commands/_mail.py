"""``sothat incidents mail-in``: a mail on standard input becomes a report, or an answer to one."""

import email
import email.policy
import sys
from pathlib import Path
from typing import Any

import click
from sothat.commands._talking import client_of, show_answer, with_client

# What mail servers understand as “later”: any other number would send the mail back.
_LATER = 75
_LARGEST = 25 * 1024 * 1024


@click.command(name="mail-in", short_help="Take a mail in as a report, from standard input.")
@with_client
def mail_in(url: str, token_file: Path | None, as_json: bool) -> int:
    """Read one mail from standard input, and hand it to the incident service as a report.

    For a mail server's pipe: exit 0 when it is taken in or was sent by a program, which nobody
    answers; 75 when it is to be tried again later; 1 when it is refused.
    """
    from sothat.incidents.reports_in.mail import NoReport, mailed
    from sothat.model.problem import Unusable, render

    raw = sys.stdin.buffer.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        click.echo("refused: the mail is larger than 25 MiB", err=True)
        return 1
    try:
        mail = mailed(email.message_from_bytes(raw, policy=email.policy.default))
    except NoReport as error:
        click.echo(f"left: {error}")
        return 0
    try:
        client = client_of(url, token_file)
        return show_answer(lambda: client.mail_in(_body(mail)), as_json, _words)
    except Unusable as error:
        for problem in error.problems:
            click.echo(render(problem), err=True)
        return _LATER


def _body(mail: Any) -> dict[str, Any]:
    names = ("sender", "name", "title", "text", "message_id", "seal")
    body = {name: getattr(mail, name) for name in names}
    return body | ({} if mail.report is None else {"report": mail.report})


def _words(data: Any) -> str:
    return f"report {data['id']}: {data['title']}"
