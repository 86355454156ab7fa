"""``sothat incidents mail-in``: a mail on standard input becomes a report, or an answer to one."""

import email
import email.policy
import sys
from pathlib import Path
from typing import Any

import click
from sothat.commands._output import answer, examples, tell_problems
from sothat.commands._talking import client_of, refused, show_answer, with_client

# What mail servers understand as “later”: any other number would send the mail back.
_LATER = 75
_LARGEST = 25 * 1024 * 1024


@click.command(
    name="mail-in",
    short_help="Take a mail in as a report, from standard input.",
    epilog=examples("sothat incidents mail-in < mail.eml"),
)
@with_client
def mail_in(url: str, token_file: Path | None, as_json: bool) -> int:
    """Read one mail from standard input, and hand it to the incident service as a report.

    For a mail server's pipe: exit 0 when it is taken in or was sent by a program, which nobody
    answers; 75 when it is to be tried again later; 1 when it is refused.
    """
    from sothat.incidents.reports_in.mail import NoReport, mailed
    from sothat.model.problem import Unusable

    raw = sys.stdin.buffer.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        return refused("the mail is larger than 25 MiB", as_json=as_json)
    try:
        mail = mailed(email.message_from_bytes(raw, policy=email.policy.default))
    except NoReport as error:
        answer(f"left: {error}", {"report": None, "left": str(error)}, as_json=as_json)
        return 0
    try:
        client = client_of(url, token_file)
        return show_answer(lambda: client.mail_in(_body(mail)), as_json, _words)
    except Unusable as error:
        tell_problems(error.problems, as_json=as_json)
        return _LATER


def _body(mail: Any) -> dict[str, Any]:
    names = ("sender", "name", "title", "text", "message_id", "seal")
    body = {name: getattr(mail, name) for name in names}
    return body | ({} if mail.report is None else {"report": mail.report})


def _words(data: Any) -> str:
    return f"report {data['id']}: {data['title']}"
