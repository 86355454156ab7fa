"""The filters of the boards: data source, place, device, host …; each narrows the next."""

from typing import Any, Final

from grafanalib import core

Json = dict[str, Any]

# At least one character: "All" must not match series that lack the label altogether …
ANY: Final = ".+"
# … save for what many series lack: a gateway where devices are connected directly, a floor.
ANY_OR_NONE: Final = ".*"

# The matchers of the filters, for the boards' queries.
AT_SITE: Final = 'site=~"$site"'
AT_PLACE: Final = f'{AT_SITE},building=~"$building",floor=~"$floor"'
AT_GATEWAY: Final = f'{AT_PLACE},gateway=~"$gateway"'
OF_DEVICE: Final = f'{AT_GATEWAY},device=~"$device"'
ON_HOST: Final = 'instance=~"$instance"'
ON_SERVER: Final = 'server=~"$server"'
IN_NAMESPACE: Final = 'namespace=~"$namespace"'
OF_JOB: Final = 'job=~"$job"'

_ON_TIME_RANGE_CHANGE = 2
_LOOSE: Final = frozenset({"building", "floor", "gateway"})


def datasource() -> Json:
    """Return the choice of the Prometheus that all panels ask."""
    template = core.Template(
        name="datasource", label="Data source", query="prometheus", type="datasource"
    )
    chosen = {"selected": False, "text": "default", "value": "default"}
    return _plain(template) | {"current": chosen}


def choice(name: str, label: str, series: str) -> Json:
    """Return the choice of a label's values.

    Args:
        name: The label's, and the variable's.
        label: What people call it.
        series: A selector of the series that has the label for sure, narrowed by the variables
            before this one.
    """
    everything = {"selected": True, "text": ["All"], "value": ["$__all"]}
    query = f"label_values({series}, {name})"
    template = core.Template(
        name=name,
        label=label,
        query=query,
        includeAll=True,
        multi=True,
        allValue=ANY_OR_NONE if name in _LOOSE else ANY,
        refresh=_ON_TIME_RANGE_CHANGE,
        sort=5,  # alphabetical, whatever the case
    )
    return _plain(template) | {"current": everything, "definition": query}


def site() -> Json:
    """Return the choice of sites."""
    return choice("site", "Site", "site:tuya_devices:count")


def place() -> list[Json]:
    """Return the choices of site, building and floor."""
    return [
        site(),
        choice("building", "Building", f"tuya_device_up{{{AT_SITE}}}"),
        choice("floor", "Floor", 'tuya_device_up{site=~"$site",building=~"$building"}'),
    ]


def gateway() -> Json:
    """Return the choice of gateways at the chosen place."""
    return choice("gateway", "Gateway", f"tuya_gateway_up{{{AT_PLACE}}}")


def device() -> Json:
    """Return the choice of devices behind the chosen gateways."""
    return choice("device", "Device", f"tuya_device_up{{{AT_GATEWAY}}}")


def fleet() -> list[Json]:
    """Return the choices from the site down to the device."""
    return [*place(), gateway(), device()]


def instance() -> Json:
    """Return the choice of hosts."""
    return choice("instance", "Host", "instance:host_cpu_utilisation:ratio")


def server(series: str) -> Json:
    """Return the choice of database servers that have a series."""
    return choice("server", "Server", series)


def _plain(template: core.Template) -> Json:
    shape: Json = template.to_json_data()
    return shape
