"""The texts of messages to people, as Alertmanager's templates: headline, IF, DO, SO THAT, links.

Annotations are read with ``index``, for an alert of another source may lack any of them. The text
speaks of ten alerts at most: services cut or refuse longer messages.
"""

from collections.abc import Callable

_MOST = 10
_FIRST = '{{ with index .Alerts 0 }}{{ with index .Annotations "summary" }}{{ . }}{{ else }}{{ .Labels.alertname }}{{ end }}{{ end }}'  # noqa: E501 – one expression
_STATE = '{{ if eq .Status "firing" }}FIRING {{ len .Alerts.Firing }}{{ else }}RESOLVED{{ end }}'
_PRIORITY = "{{ with .CommonLabels.priority }} {{ . }}{{ end }}"
_SITE = "{{ with .CommonLabels.site }} ({{ . }}){{ end }}"

# One line: state and count, priority, the summary that all share or that of the first, and where.
TITLE = (
    f"[{_STATE}{_PRIORITY}] "
    f"{{{{ if .CommonAnnotations.summary }}}}{{{{ .CommonAnnotations.summary }}}}"
    f"{{{{ else }}}}{_FIRST} and more{{{{ end }}}}{_SITE}"
)
# Where the first alert's runbook is.
RUNBOOK = '{{ with index .Alerts 0 }}{{ index .Annotations "runbook_url" }}{{ end }}'

# What has ended is told among what still fires.
_ENDED = '{{ if eq .Status "resolved" }}resolved: {{ end }}'

Escape = Callable[[str], str]


def as_is(expression: str) -> str:
    """Return a pipeline unchanged: plain text needs no escaping, HTML templates do their own."""
    return expression


def alerts_text(
    *,
    bold: str = "",
    link: str = "{title}: {url}",
    line: str = "\n",
    escape: Escape = as_is,
    most: int = _MOST,
) -> str:
    """Return the template of the alerts' text.

    Args:
        bold: What stands before and behind an emphasised word.
        link: A link in the service's notation; ``{title}`` and ``{url}`` stand for its parts.
        line: The end of a line.
        escape: Makes a pipeline's output harmless in the service's notation.
        most: Of how many alerts it speaks at most.
    """
    parts = [
        _ENDED,
        f"{bold}{_shown('.Labels.alertname', escape)}{bold}: ",
        _if_there("description", "{}", escape),
        line,
        *(
            _if_there(key, f"{bold}{title}{bold} {{}}{line}", escape)
            for key, title in (("if", "IF"), ("do", "DO"), ("so_that", "SO THAT"))
        ),
        *(
            _link(key, link.format(title=title, url="{url}") + line)
            for key, title in (("runbook_url", "Runbook"), ("dashboard_url", "Panel"))
        ),
        line,
    ]
    return (
        f"{{{{ range $i, $a := .Alerts }}}}{{{{ if lt $i {most} }}}}{{{{ with $a }}}}"
        + "".join(parts)
        + "{{ end }}{{ end }}{{ end }}"
        + f"{{{{ if gt (len .Alerts) {most} }}}}{{{{ len .Alerts }}}} alerts in all{{{{ end }}}}"
    )


def _shown(pipeline: str, escape: Escape) -> str:
    return f"{{{{ {escape(pipeline)} }}}}"


def _if_there(key: str, text: str, escape: Escape) -> str:
    """Return a text around an annotation, nothing where the alert has none."""
    return _with(key, text.format(_shown(".", escape)))


def _link(key: str, text: str) -> str:
    return _with(key, text.replace("{url}", "{{ . }}"))


def _with(key: str, text: str) -> str:
    return f'{{{{ with index .Annotations "{key}" }}}}{text}{{{{ end }}}}'
