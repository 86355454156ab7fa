"""What a building consists of, as described: frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sothat.simulator.behaviour.surroundings import Weather
from sothat.simulator.products import Product

_HOSTS_OF_A_SUBNET = 254


@dataclass(frozen=True, slots=True)
class Site:
    """A site, the sample client that it belongs to, and the contract in force."""

    name: str
    client: str
    contract: str
    building: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Sleep:
    """The habit of a battery device on Wi-Fi: simulated seconds from one waking to the next."""

    every: float
    awake: float


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """One device as described.

    Attributes:
        version: The protocol's version; a sub-device has its gateway's.
        gateway: The gateway's name for sub-devices, else empty.
        host: Number of the address, from 1; a sub-device has its gateway's.
        sleep: None for those that are always awake.
        fleet: Name of the template that it was made from, else empty.
    """

    name: str
    product: Product
    version: str
    site: Site
    floor: str
    room: str
    gateway: str
    host: int
    sleep: Sleep | None = None
    fleet: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A fault that comes by the script; times in simulated seconds from the start.

    Attributes:
        lasts: 0: until somebody heals it.
        every: 0: once.
    """

    at: float
    fault: str
    devices: tuple[str, ...]
    lasts: float = 0.0
    every: float = 0.0
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broadcasts:
    """How devices make themselves known: the port for plain text, and the one for the others."""

    seconds: float
    address: str
    ports: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Timing:
    """How simulated time passes: so many seconds in a second, from a time (epoch), None: now."""

    factor: float = 1.0
    start: float | None = None


@dataclass(frozen=True, slots=True)
class BuildingPlan:
    """A whole building.

    Attributes:
        max_clients: How many TCP clients a device serves at once; real ones serve one.
        idle_seconds: After how long without a word a device hangs up.
        report_seconds: How often devices look whether there is something to report; 0: never.
        broadcasts: None: there are none.
    """

    seed: int
    max_clients: int
    idle_seconds: float
    sites: tuple[Site, ...]
    devices: tuple[DevicePlan, ...]
    report_seconds: float = 0.0
    broadcasts: Broadcasts | None = None
    timing: Timing = field(default_factory=Timing)
    weather: Weather = field(default_factory=Weather)
    script: tuple[Step, ...] = ()


def address_of(subnet: str, host: int) -> str:
    """Return an address: the first 254 are in the subnet, the others in those after it."""
    first, second, third = map(int, subnet.split("."))
    further, number = divmod(host - 1, _HOSTS_OF_A_SUBNET)
    return f"{first}.{second}.{third + further}.{number + 1}"
