"""The filters of the boards: data source, site, gateway, device, host; each narrows the next."""

from typing import Any, Final

from grafanalib import core

# At least one character: "All" must not match series that lack the label altogether …
ANY: Final = ".+"
# … save for the gateway, which is empty for devices that are connected directly.
ANY_OR_NONE: Final = ".*"

_ON_TIME_RANGE_CHANGE = 2


def datasource() -> dict[str, Any]:
    """Return the choice of the Prometheus that all panels ask."""
    template = core.Template(
        name="datasource", label="Data source", query="prometheus", type="datasource"
    )
    chosen = {"selected": False, "text": "default", "value": "default"}
    return _plain(template) | {"current": chosen}


def site() -> dict[str, Any]:
    """Return the choice of sites, from the devices and the business figures alike."""
    return _labels("site", "Site", "label_values(tuya_device_up, site)")


def gateway() -> dict[str, Any]:
    """Return the choice of gateways at the chosen sites."""
    query = 'label_values(tuya_gateway_up{site=~"$site"}, gateway)'
    return _labels("gateway", "Gateway", query, all_value=ANY_OR_NONE)


def device() -> dict[str, Any]:
    """Return the choice of devices behind the chosen gateways."""
    selector = 'tuya_device_up{site=~"$site",gateway=~"$gateway"}'
    return _labels("device", "Device", f"label_values({selector}, device)")


def instance() -> dict[str, Any]:
    """Return the choice of hosts."""
    return _labels("instance", "Host", "label_values(host_cpus, instance)")


def _labels(name: str, label: str, query: str, *, all_value: str = ANY) -> dict[str, Any]:
    template = core.Template(
        name=name,
        label=label,
        query=query,
        includeAll=True,
        multi=True,
        allValue=all_value,
        refresh=_ON_TIME_RANGE_CHANGE,
        sort=5,  # alphabetical, whatever the case
    )
    everything = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return _plain(template) | {"current": everything, "definition": query}


def _plain(template: core.Template) -> dict[str, Any]:
    shape: dict[str, Any] = template.to_json_data()
    return shape
