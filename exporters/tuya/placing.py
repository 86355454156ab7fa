"""Where devices are, as labels: for every source that knows devices by their id."""

from collections.abc import Mapping

from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.inventory import Place


def where(place: Place) -> dict[str, str]:
    """Return the labels of a place."""
    return {
        "site": place.site,
        "building": place.building,
        "floor": place.floor,
        "room": place.room,
    }


def labels_of(
    devices: tuple[Device, ...], places: Mapping[str, Place]
) -> Mapping[str, Mapping[str, str]]:
    """Return the labels of each device on record, by its id."""
    names = {device.id: device.name for device in devices}
    return {
        device.id: {
            **where(places.get(device.name, Place())),
            "device": device.name,
            "product": (places[device.name].product if device.name in places else "")
            or device.product,
            "gateway": names.get(device.parent, ""),
        }
        for device in devices
    }
