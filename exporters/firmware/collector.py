"""The firmware collector: holds campaigns against what devices report."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from sothat.exporters.clock import Clock
from sothat.exporters.firmware.campaigns import Campaign, load_campaigns
from sothat.exporters.firmware.contract import contract
from sothat.exporters.firmware.facts import PrometheusFacts, Untold
from sothat.exporters.firmware.judging import Seen, judge
from sothat.exporters.firmware.memory import load_memory, save_memory
from sothat.exporters.firmware.samples import of_verdict
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.model.metric import Contract
from sothat.model.problem import Unusable
from sothat.runtime.secrets import SECRET_SCHEMA

_FILE = {"type": "string", "minLength": 1}


class Facts(Protocol):
    """Where versions, liveness and errors of devices are known."""

    def seen(self, product: str, deadline: Deadline) -> list[Seen]:
        """Return all devices of a product.

        Raises:
            Untold: They cannot be told.
        """

    def close(self) -> None:
        """Hang up."""


class FirmwareCollector:
    """Opens one source a campaign file."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of the campaigns and of where devices' reports are."""
        return {
            "required": ["campaigns", "prometheus", "state"],
            "properties": {
                "campaigns": _FILE,
                "prometheus": {"type": "string", "pattern": "^https?://[^ ]+$"},
                "user": {"type": "string", "minLength": 1},
                "password": SECRET_SCHEMA,
                "state": _FILE,
                "interval": {**DURATION_SCHEMA, "default": "1m"},
                "deadline": {**DURATION_SCHEMA, "default": "45s"},
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of a file of campaigns."""
        values = settings.values
        if "@" in values["prometheus"].split("/")[2]:
            raise _shown(settings)
        campaigns = load_campaigns(settings.file("campaigns", context))
        state = context.folder / Path(values["state"])
        if not state.parent.is_dir():
            message = f"the folder of the state's file {values['state']} is not there"
            raise settings.unusable("unusable-folder", message, "state")
        facts = PrometheusFacts(values["prometheus"], _headers(settings, context))
        return FirmwareSource(campaigns, facts, state, context.clock)


class FirmwareSource:
    """The campaigns of one file."""

    contract: Contract = contract()

    def __init__(
        self, campaigns: Sequence[Campaign], facts: Facts, state: Path, clock: Clock
    ) -> None:
        self._campaigns = campaigns
        self._facts = facts
        self._state = state
        self._clock = clock
        self._memory = load_memory(state)

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield how each campaign stands.

        Raises:
            PollFailed: What devices report cannot be told; a campaign is judged whole or not.
        """
        try:
            for campaign in self._campaigns:
                seen = self._facts.seen(campaign.product, deadline)
                verdict = judge(campaign, seen, self._memory, self._clock.time())
                yield from of_verdict(verdict)
        except Untold as error:
            yield Sample("firmware_source_up", 0)
            raise PollFailed("prometheus", str(error)) from None
        yield Sample("firmware_source_up", 1)
        save_memory(self._state, self._memory, (one.name for one in self._campaigns))

    def close(self) -> None:
        """Hang up."""
        self._facts.close()


def _headers(settings: Settings, context: Context) -> Mapping[str, str]:
    values = settings.values
    if "password" not in values:
        return {}
    secret = settings.secret("password", context).reveal()
    word = base64.b64encode(f"{values.get('user', '')}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {word}"}


def _shown(settings: Settings) -> Unusable:
    """Return that a password stands in the address, without the line that shows it."""
    hint = "write 'user' and 'password: {file: PATH}' or '{env: NAME}'"
    message = "'prometheus' shows a password"
    problem = settings.problem("secret-in-text", message, "prometheus", hint=hint)
    return Unusable([replace(problem, source="")])


COLLECTOR = FirmwareCollector()
