"""``sothat incidents drill``: a test alert in, an incident out."""

from pathlib import Path
from uuid import uuid4

import click
from sothat.commands._output import examples
from sothat.commands._talking import client_of, show_answer, with_client


@click.command(
    short_help="A test alert in, an incident out, and ended again.",
    epilog=examples("sothat incidents drill --webhook-token-file secrets/webhook-token"),
)
@with_client
@click.option(
    "--webhook-token-file",
    type=click.Path(path_type=Path),
    required=True,
    help="File with the token that Alertmanager sends.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(1, 600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long the incident may take.",
)
def drill(
    url: str, token_file: Path | None, as_json: bool, webhook_token_file: Path, timeout: float
) -> int:
    """Send a test alert of priority 4 by the webhook, wait for its incident, and end it.

    Whoever is told of alerts of priority 4 that name no team is told of this one, too.
    """
    from sothat.incidents.drill import drill as run
    from sothat.incidents.drill import new_line
    from sothat.runtime.documents import read_text

    client = client_of(url, token_file)
    line = new_line(url, read_text(webhook_token_file).strip(), f"drill-{uuid4().hex[:12]}")

    def go() -> dict[str, object]:
        number, seconds = run(line, client, timeout)
        return {"incident": number, "seconds": round(seconds, 3), "drill": line.name}

    return show_answer(
        go,
        as_json,
        lambda data: f"incident {data['incident']} came after {data['seconds']} s and is ended",
    )
