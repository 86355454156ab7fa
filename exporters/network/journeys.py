"""A probe of one journey."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import orjson
from sothat.exporters.network import contract as own
from sothat.exporters.network.base import NetworkProbe
from sothat.exporters.network.browser import Ask, Browser
from sothat.exporters.network.credentials import insist_on_targets, named_secrets
from sothat.exporters.network.expectations import open_expectations
from sothat.exporters.network.extraction import extract, open_extractions
from sothat.exporters.network.findings import Findings
from sothat.exporters.network.forms import BODIES
from sothat.exporters.network.pages import FAMILIES, Way, open_way, parse_url
from sothat.exporters.network.placeholders import filled, filled_in, names_in
from sothat.exporters.network.reasons import translated
from sothat.exporters.source import Context, Deadline, Log, PollFailed, Settings
from sothat.model.metric import Contract
from sothat.runtime.secrets import Secret


def open_journey(settings: Settings, context: Context) -> "JourneyProbe":
    """Return the probe of a module.

    Raises:
        Unusable: Its settings cannot work.
    """
    insist_on_targets(settings, "secrets" if "secrets" in settings.values else "")
    known = named_secrets(settings, "secrets", context)
    return JourneyProbe(open_way(settings, context), known, _open_steps(settings, known))


class Step:
    """One step, as configured."""

    def __init__(self, settings: Settings) -> None:
        self._values = settings.values
        self.name: str = self._values["name"]
        self.always: bool = self._values.get("always", False)
        self._wanted = open_expectations(settings)
        self._extractions = open_extractions(settings)

    @property
    def brings(self) -> Iterator[str]:
        """Yield the names of the values that it takes out of its answer."""
        yield from self._extractions

    def go(
        self, base: httpx.URL, known: Mapping[str, str], browser: Browser, findings: Findings
    ) -> Mapping[str, str]:
        """Go this step; return the values that it brings.

        Raises:
            PollFailed: It did not go as it should.
            OSError: There is no connection, or not in time.
        """
        visit = browser.visit(self._ask(base, known))
        labels = {"step": self.name}
        findings.add("probe_journey_step_status_code", visit.status, labels)
        self._wanted.judge(visit, findings)
        return extract(self._extractions, visit, browser)

    def _ask(self, base: httpx.URL, known: Mapping[str, str]) -> Ask:
        values = self._values
        body, kind = self._body(known)
        method = values.get("method", "GET" if body is None else "POST")
        headers = {"Content-Type": kind} if kind else {}
        path = filled(values["path"], known, lambda value: quote(value, safe=""))
        private = filled_in(values.get("headers", {}), known)
        return Ask(method, str(base.join(path)), headers, private, body)

    def _body(self, known: Mapping[str, str]) -> tuple[bytes | None, str]:
        """Return the body, and what it is."""
        values = self._values
        if "form" in values:
            form = urlencode(filled_in(values["form"], known))
            return form.encode(), "application/x-www-form-urlencoded"
        if "json" in values:
            return orjson.dumps(filled_in(values["json"], known)), "application/json"
        if "body" in values:
            return filled(values["body"], known).encode(), ""
        return None, ""


def _open_steps(settings: Settings, secrets: Mapping[str, Secret]) -> Sequence[Step]:
    known, names, steps = set(secrets), set[str](), []
    for number, values in enumerate(settings.values["steps"]):
        own_settings = Settings(settings.document, [*settings.path, "steps", number])
        step = Step(own_settings)
        if step.name in names:
            message = f"another step is called '{step.name}'"
            raise own_settings.unusable("duplicate-step", message, "name")
        _refer_to_known(own_settings, values, known)
        names.add(step.name)
        known |= set(step.brings)
        steps.append(step)
    return steps


def _refer_to_known(settings: Settings, values: Mapping[str, Any], known: set[str]) -> None:
    """Do nothing where all placeholders can be filled in.

    Raises:
        Unusable: One cannot.
    """
    for setting in ("path", "headers", *BODIES):
        missing = [name for name in names_in(values.get(setting)) if name not in known]
        if missing:
            message = f"neither a secret nor an earlier step brings '{missing[0]}'"
            raise settings.unusable("unknown-placeholder", message, setting)


class JourneyProbe(NetworkProbe):
    """One module."""

    contract: Contract = Contract("network", (*FAMILIES, *own.JOURNEY))

    def __init__(self, way: Way, secrets: Mapping[str, Secret], steps: Sequence[Step]) -> None:
        self._way = way
        self._secrets = secrets
        self._steps = steps

    def _probe(self, target: str, deadline: Deadline, log: Log, findings: Findings) -> None:
        findings.add("probe_http_status_code", 0)
        findings.add("probe_journey_steps", len(self._steps))
        findings.add("probe_journey_steps_succeeded", 0)
        base = parse_url(target)
        known = {name: secret.reveal() for name, secret in self._secrets.items()}
        failure: PollFailed | None = None
        with self._way.browser(base, deadline, log, findings) as browser:
            for step in self._steps:
                if failure and not step.always:
                    continue
                log("step", name=step.name)
                failed = _gone(step, base, known, browser, findings, deadline)
                failure = failure or failed
        if failure:
            raise failure


def _gone(
    step: Step,
    base: httpx.URL,
    known: dict[str, str],
    browser: Browser,
    findings: Findings,
    deadline: Deadline,
) -> PollFailed | None:
    """Go a step; return why it has failed."""
    labels = {"step": step.name}
    start = deadline.clock.monotonic()
    try:
        known.update(step.go(base, known, browser, findings))
    except PollFailed as error:
        failure = error
    except OSError as error:
        failure = translated(error)
    else:
        duration = deadline.clock.monotonic() - start
        findings.add("probe_journey_step_success", 1, labels)
        findings.add("probe_journey_step_duration_seconds", duration, labels)
        findings.add_to("probe_journey_steps_succeeded", 1)
        return None
    findings.add("probe_journey_step_success", 0, labels)
    return PollFailed(failure.reason, f"step {step.name}: {failure}")
