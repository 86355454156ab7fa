"""A probe of one page."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx
from sothat.exporters.network import contract as own
from sothat.exporters.network import families
from sothat.exporters.network.base import NetworkProbe
from sothat.exporters.network.browser import Ask, Browser, Limits, Visit
from sothat.exporters.network.credentials import insist_on_targets, private_headers
from sothat.exporters.network.expectations import Expectations, open_expectations
from sothat.exporters.network.findings import Findings
from sothat.exporters.network.forms import DEFAULT_BODY, DEFAULT_REDIRECTS
from sothat.exporters.network.tls import Policy, open_policy
from sothat.exporters.network.transport import Network
from sothat.exporters.source import Context, Deadline, Log, PollFailed, Settings
from sothat.model.metric import Contract, MetricFamily
from sothat.runtime.secrets import Secret

FAMILIES: tuple[MetricFamily, ...] = (
    *families.CONNECTION,
    *families.HTTP,
    *families.CONTENT,
    *families.TLS,
    *own.FAILURE,
    *own.TLS,
)


def open_page_probe(settings: Settings, context: Context) -> "HttpProbe":
    """Return the probe of a module.

    Raises:
        Unusable: Its settings cannot work.
    """
    values = settings.values
    for presents in ("auth", "secret_headers"):
        insist_on_targets(settings, presents if presents in values else "")
    body = values["body"].encode() if "body" in values else None
    template = Template(
        values.get("method", "GET"),
        values.get("headers", {}),
        private_headers(settings, context),
        body,
    )
    return HttpProbe(template, open_way(settings, context), open_expectations(settings))


@dataclass(frozen=True, slots=True)
class Template:
    """The request that all targets of a module are sent."""

    method: str
    headers: Mapping[str, str]
    private: Mapping[str, Secret]
    body: bytes | None

    def ask(self, url: str) -> Ask:
        """Return the request for a target."""
        private = {name: secret.reveal() for name, secret in self.private.items()}
        return Ask(self.method, url, self.headers, private, self.body)


@dataclass(frozen=True, slots=True)
class Way:
    """How a module's requests travel."""

    ip: str
    policy: Policy
    limits: Limits

    def browser(self, url: httpx.URL, deadline: Deadline, log: Log, findings: Findings) -> Browser:
        """Return a browser for one probe."""
        network = Network(self.policy, url.host, self.ip, deadline, findings, log)
        return Browser(network, self.limits, log)


def open_way(settings: Settings, context: Context) -> Way:
    """Return the settings that all probes over HTTP have.

    Raises:
        Unusable: A certificate cannot be used.
    """
    values = settings.values
    limits = Limits(
        values.get("redirects", DEFAULT_REDIRECTS), values.get("max_body", DEFAULT_BODY)
    )
    return Way(values.get("ip", "any"), open_policy(settings, context), limits)


class HttpProbe(NetworkProbe):
    """One module."""

    contract: Contract = Contract("network", FAMILIES)

    def __init__(self, template: Template, way: Way, wanted: Expectations) -> None:
        self._template = template
        self._way = way
        self._wanted = wanted

    def _probe(self, target: str, deadline: Deadline, log: Log, findings: Findings) -> None:
        findings.add("probe_http_status_code", 0)
        url = parse_url(target)
        with self._way.browser(url, deadline, log, findings) as browser:
            visit = browser.visit(self._template.ask(str(url)))
        _describe(visit, findings)
        self._wanted.judge(visit, findings)


def parse_url(target: str) -> httpx.URL:
    """Return the address of a page; http where the target does not say.

    Raises:
        PollFailed: It is none, or has a password in it.
    """
    try:
        url = httpx.URL(target if "://" in target else f"http://{target}")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise PollFailed("target", f"not an address of a page: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise PollFailed("target", "not an address of a page: http://HOST or https://HOST")
    if url.userinfo:
        raise PollFailed("target", "credentials belong into the module's settings")
    return url


def _describe(visit: Visit, findings: Findings) -> None:
    version = 1.1
    findings.add("probe_http_version", version)
    length = visit.headers.get("Content-Length", "")
    known = length.isascii() and length.isdigit() and len(length) < 20  # noqa: PLR2004
    findings.add("probe_http_content_length", int(length) if known else -1)
    findings.add("probe_http_uncompressed_body_length", len(visit.body))
    changed = _moment(visit.headers.get("Last-Modified", ""))
    if changed is not None:
        findings.add("probe_http_last_modified_timestamp_seconds", changed)


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
