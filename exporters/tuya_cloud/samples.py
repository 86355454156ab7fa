"""The cloud's view as samples."""

from collections.abc import Callable, Iterator, Mapping

from sothat.exporters.source import Sample
from sothat.exporters.tuya_cloud.client import Client
from sothat.exporters.tuya_cloud.contract import ENDPOINTS
from sothat.exporters.tuya_cloud.watch import EVERY, CloudWatch, Known, by_online
from sothat.runtime.secrets import Secret

Labels = Callable[[Known], Mapping[str, str]]
Keys = Mapping[str, Secret]
# What was asked for twice in vain is not known any more.
_SIGNAL_LASTS = 2.5 * EVERY["signal"]


def of_client(client: Client, now: float, *, up: bool) -> Iterator[Sample]:
    """Yield what is true of the calls themselves.

    Args:
        client: Which makes them.
        now: Seconds since the epoch.
        up: Whether the last one was answered as it should be.
    """
    yield Sample("tuya_cloud_up", up)
    counts = client.counts
    for endpoint in ENDPOINTS:
        yield Sample("tuya_cloud_requests_total", counts.requests[endpoint], {"endpoint": endpoint})
    for (kind, code), number in sorted(counts.errors.items()):
        yield Sample("tuya_cloud_errors_total", number, {"kind": kind, "code": code})
    for endpoint, number in sorted(counts.refused.items()):
        yield Sample("tuya_cloud_budget_refused_total", number, {"endpoint": endpoint})
    yield from counts.durations.samples()
    yield from _state(client)
    yield from _budget(client, now)


def _state(client: Client) -> Iterator[Sample]:
    if client.succeeded_at is not None:
        yield Sample("tuya_cloud_last_success_timestamp_seconds", client.succeeded_at)
        yield Sample("tuya_cloud_clock_skew_seconds", client.skew)
    if client.token:
        yield Sample("tuya_cloud_token_expiry_timestamp_seconds", client.token.expires_at)
    if client.held:
        yield Sample("tuya_cloud_held", 1, {"reason": client.held_for})


def _budget(client: Client, now: float) -> Iterator[Sample]:
    standing = client.budget.standing(now)
    yield Sample("tuya_cloud_budget_calls", client.budget.terms.calls)
    yield Sample("tuya_cloud_budget_used_calls", standing.used)
    yield Sample("tuya_cloud_budget_remaining_calls", standing.left)
    yield Sample("tuya_cloud_budget_forecast_calls", standing.forecast)
    yield Sample("tuya_cloud_budget_reset_timestamp_seconds", standing.resets_at)
    yield Sample("tuya_cloud_budget_sound", standing.sound)


def of_devices(watch: CloudWatch, labels: Labels, keys: Keys, now: float) -> Iterator[Sample]:
    """Yield what the cloud knows of the devices.

    Args:
        watch: What it has told.
        labels: Returns the labels of a device.
        keys: The local keys on record, by id.
        now: Seconds since the epoch.
    """
    known = watch.known()
    if watch.listed_at is not None:
        yield Sample("tuya_cloud_devices_timestamp_seconds", watch.listed_at)
        for online, number in by_online(known.values()):
            yield Sample("tuya_cloud_devices", number, {"online": online})
    for one in known.values():
        yield from _of_device(one, labels(one), keys.get(one.device.id), now)


def _of_device(
    one: Known, labels: Mapping[str, str], on_record: Secret | None, now: float
) -> Iterator[Sample]:
    yield Sample("tuya_cloud_device_online", one.device.online, labels)
    if one.signal is not None and now - one.signal_at < _SIGNAL_LASTS:
        yield Sample("tuya_cloud_device_signal_dbm", one.signal, labels)
    if one.disconnects is not None:
        yield Sample("tuya_cloud_device_disconnects", one.disconnects, labels)
    if one.key and on_record:
        same = one.key.reveal() == on_record.reveal()
        yield Sample("tuya_cloud_device_key_current", same, labels)
    if one.firmware:
        version = {**labels, "version": one.firmware.version}
        yield Sample("tuya_cloud_device_firmware_info", 1, version)
        status = {**labels, "status": one.firmware.update}
        yield Sample("tuya_cloud_device_update", 1, status)
