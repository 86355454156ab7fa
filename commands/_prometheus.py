"""Commands that ask a running Prometheus: their options, and the client."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_PATH = click.Path(path_type=Path)


def with_prometheus(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which Prometheus is asked and who asks.

    The command takes them as ``**server``, and gives them to `prometheus_of`.
    """
    options = (
        click.option(
            "--prometheus",
            "url",
            required=True,
            metavar="URL",
            envvar="SOTHAT_PROMETHEUS_URL",
            help="Where Prometheus is, with the prefix if it has one (Mimir: …/prometheus).",
        ),
        click.option("--token-file", type=_PATH, help="File with the bearer token to show."),
        click.option("--user", default="", help="User of basic authentication."),
        click.option("--password-file", type=_PATH, help="File with the user's password."),
        click.option("--tenant", default="", help="Tenant of Mimir or Cortex."),
        click.option("--ca-file", type=_PATH, help="Authority of the server's certificate."),
        click.option(
            "--timeout",
            type=click.FloatRange(0.1, 3600),
            default=60.0,
            show_default=True,
            help="Seconds that one question may take.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def prometheus_of(
    *,
    url: str,
    token_file: Path | None,
    user: str,
    password_file: Path | None,
    tenant: str,
    ca_file: Path | None,
    timeout: float,
) -> Any:
    """Return a client of the server that the options name; its module is loaded only now.

    Raises:
        Unusable: The address or a file cannot be used.
    """
    from sothat.runtime.prometheus import Prometheus
    from sothat.runtime.prometheus_access import access_from

    access = access_from(
        token_file=token_file,
        user=user,
        password_file=password_file,
        tenant=tenant,
        authority=ca_file,
    )
    return Prometheus(url, timeout=timeout, access=access, told=_tell)


def groups_of(client: Any) -> Any:
    """Return the groups of rules that a server has loaded; none where it evaluates no rules.

    Raises:
        Unusable: It cannot be reached.
    """
    from sothat.runtime.prometheus import PrometheusFailed

    try:
        return client.rules()
    except PrometheusFailed as error:
        # A Thanos or Mimir that only answers queries has no such page.
        if error.code not in ("not-prometheus", "prometheus-failed", "query-refused"):
            raise
        _tell("the server tells of no rules: intervals are those of the files, or --interval")
        return ()


def _tell(sentence: str) -> None:
    click.echo(f"note: {sentence}", err=True)
