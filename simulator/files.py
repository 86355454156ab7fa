"""The files that a building writes for those who watch it: devices, keys, inventory."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from sothat.model.duration import format_duration
from sothat.model.problem import Position, unusable
from sothat.runtime.secrets import Secret
from sothat.simulator.identity import KEY_LENGTH, Identity, identify, random_key
from sothat.simulator.plan import BuildingPlan, DevicePlan, address_of

DEVICES = "devices.json"
INVENTORY = "inventory.yaml"
_OWNER_ONLY = 0o600
_EVERYONE = 0o644


def keys_for(plan: BuildingPlan, folder: Path) -> dict[str, Secret]:
    """Return the local key of every device with an address, by name: kept ones, or new ones.

    Raises:
        Unusable: The file of the last run is there but cannot be read.
    """
    kept = _kept_keys(folder / DEVICES)
    direct = [device for device in plan.devices if not device.gateway]
    return {
        device.name: Secret(kept.get(identify(plan, device).id) or random_key())
        for device in direct
    }


def write_devices(
    plan: BuildingPlan, keys: Mapping[str, Secret], subnet: str, folder: Path
) -> None:
    """Write ``devices.json`` as tinytuya's wizard does, readable to its owner only."""
    parents = {d.name: identify(plan, d).id for d in plan.devices if d.product.gateway}
    entries = [
        _wizard_entry(device, identify(plan, device), keys) | _reach(plan, device, parents, subnet)
        for device in plan.devices
    ]
    text = json.dumps(entries, indent=4, ensure_ascii=False)
    _replace(folder / DEVICES, text + "\n", _OWNER_ONLY)


def write_inventory(plan: BuildingPlan, folder: Path) -> None:
    """Write ``inventory.yaml``: where each device is, and the firmware it should have."""
    document = {
        "apiVersion": "sothat/v1",
        "kind": "Inventory",
        "devices": {device.name: _inventory_entry(device) for device in plan.devices},
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    _replace(folder / INVENTORY, text, _EVERYONE)


def _wizard_entry(
    device: DevicePlan, identity: Identity, keys: Mapping[str, Secret]
) -> dict[str, Any]:
    return {
        "name": device.name,
        "id": identity.id,
        # Tuya gives a sub-device the key of its gateway.
        "key": keys[device.gateway or device.name].reveal(),
        "mac": identity.mac,
        "uuid": identity.uuid,
        "sn": identity.serial,
        "category": device.product.category,
        "product_name": device.product.product_name,
        "product_id": device.product.product_id,
        "biz_type": 18,
        "model": device.product.model,
        "sub": bool(device.gateway),
        "icon": "",
        "mapping": device.product.mapping,
    }


def _reach(
    plan: BuildingPlan, device: DevicePlan, parents: Mapping[str, str], subnet: str
) -> dict[str, str]:
    if not device.gateway:
        return {"ip": address_of(subnet, device.host), "version": device.version}
    cid, parent = identify(plan, device).cid, parents[device.gateway]
    return {"node_id": cid, "parent": parent, "ip": "", "version": ""}


def _inventory_entry(device: DevicePlan) -> dict[str, str]:
    # Twice the time, so that one missed waking is no alarm.
    habit = device.sleep
    interval = {"report_interval": format_duration(2 * habit.every)} if habit else {}
    role = "child" if device.gateway else "gateway" if device.product.gateway else "direct"
    return {
        "site": device.site.name,
        "building": device.site.building,
        "floor": device.floor,
        "room": device.room,
        "product": device.product.name,
        "gateway": device.name if device.product.gateway else device.gateway,
        "role": role,
        "target_firmware": device.product.firmware,
        **interval,
    }


def _kept_keys(file: Path) -> dict[str, str]:
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        found = {entry["id"]: entry["key"] for entry in entries}
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = error.strerror or str(error)
        raise unusable("unreadable-file", reason, position=Position(str(file))) from error
    except (ValueError, TypeError, KeyError):
        # The text holds keys: nothing of it may go into the message, nor into its cause.
        message = "this is not a list of devices with id and key"
        hint = "remove the file, and new keys are made"
        position = Position(str(file))
        raise unusable("not-a-device-file", message, position=position, hint=hint) from None
    return {
        name: key for name, key in found.items() if isinstance(key, str) and len(key) == KEY_LENGTH
    }


def _replace(file: Path, text: str, mode: int) -> None:
    """Write a file in one step: a reader sees the old text or the new one."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with open(temporary, "w", encoding="utf-8", opener=_owners_only) as stream:
            stream.write(text)
        temporary.chmod(mode)
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        message = f"cannot write: {error.strerror}"
        raise unusable("unusable-folder", message, position=Position(str(file))) from error


def _owners_only(path: str, flags: int) -> int:
    return os.open(path, flags, _OWNER_ONLY)
