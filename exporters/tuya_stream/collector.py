"""The collector of Tuya's message stream."""

import ssl
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sothat.exporters.client_tls import TLS_SCHEMA, client_tls
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.exporters.tuya.devices import Device, load_devices
from sothat.exporters.tuya.inventory import Place, load_inventory
from sothat.exporters.tuya.placing import labels_of
from sothat.exporters.tuya_cloud.opening import is_loopback
from sothat.exporters.tuya_cloud.regions import STREAMS
from sothat.exporters.tuya_stream.contract import contract
from sothat.exporters.tuya_stream.envelope import address, login
from sothat.exporters.tuya_stream.ledger import Ledger
from sothat.model.metric import Contract
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

if TYPE_CHECKING:
    from sothat.exporters.tuya_stream.line import Line

_FILE = {"type": "string", "minLength": 1}
_ENVIRONMENTS = {"production": "event", "test": "event-test"}


class TuyaStreamCollector:
    """Opens one source a cloud project."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of the project and of the devices on record."""
        return {
            "required": ["access_id", "access_secret", "devices"],
            "properties": {
                "region": {"enum": list(STREAMS)},
                "url": {"type": "string", "pattern": "^wss?://[^/]+/$"},
                "environment": {"enum": list(_ENVIRONMENTS), "default": "production"},
                "access_id": SECRET_SCHEMA,
                "access_secret": SECRET_SCHEMA,
                "tls": TLS_SCHEMA,
                "devices": _FILE,
                "inventory": _FILE,
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of a stream; it connects with the first poll."""
        values = settings.values
        access, secret = (settings.secret(name, context) for name in ("access_id", "access_secret"))
        devices = load_devices(settings.file("devices", context))
        places: Mapping[str, Place] = {}
        if "inventory" in values:
            places = load_inventory(settings.file("inventory", context), devices)
        environment = _ENVIRONMENTS[values.get("environment", "production")]
        url = address(_base(settings), access.reveal(), environment)
        ledger = Ledger(secret, context.clock.time)
        line = _line(settings, url, access, secret, client_tls(settings, context), ledger)
        return TuyaStreamSource(line, ledger, devices, places)


class TuyaStreamSource:
    """One stream."""

    contract: Contract = contract()

    def __init__(
        self,
        line: "Line",
        ledger: Ledger,
        devices: tuple[Device, ...],
        places: Mapping[str, Place],
    ) -> None:
        self._line = line
        self._ledger = ledger
        self._labels = labels_of(devices, places)

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield what has come so far.

        Raises:
            PollFailed: The stream is not connected; what is known has been yielded.
        """
        self._line.start(deadline.remaining() / 2)
        up = self._line.up
        yield Sample("tuya_stream_up", up)
        yield Sample("tuya_stream_connects_total", self._line.connects)
        for reason, number in sorted(self._line.ended.items()):
            yield Sample("tuya_stream_disconnects_total", number, {"reason": reason})
        yield from self._ledger.samples()
        yield from self._ledger.of_devices(self._labels.get)
        if not up:
            raise PollFailed("stream", "the message stream is not connected")

    def close(self) -> None:
        """Hang up."""
        self._line.close()


def _base(settings: Settings) -> str:
    values = settings.values
    if ("url" in values) == ("region" in values):
        message = "exactly one of 'region' and 'url' says which stream it is"
        raise settings.unusable("missing-key", message, "url" if "url" in values else "type")
    if "region" in values:
        return STREAMS[values["region"]]
    url: str = values["url"]
    if not url.startswith("wss://") and not is_loopback(url):
        raise settings.unusable("bad-url", "the password goes over wss, but on loopback", "url")
    return url


def _line(
    settings: Settings,
    url: str,
    access: Secret,
    secret: Secret,
    tls: ssl.SSLContext | None,
    ledger: Ledger,
) -> "Line":
    try:
        from sothat.exporters.tuya_stream.line import Line  # noqa: PLC0415 – an extra
    except ImportError as error:
        message = f"the client for WebSockets is not installed: {error}"
        hint = "pip install 'sothat[tuya-stream]'"
        raise settings.unusable("missing-driver", message, "type", hint=hint) from error
    return Line(url, login(access, secret), tls, ledger.take)


COLLECTOR = TuyaStreamCollector()
