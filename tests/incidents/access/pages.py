"""The pages of the service by its own routes: a new one is in every test that walks over them."""

import re
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

from sothat.incidents.configuration import load_settings
from sothat.incidents.service import Service

from ..conftest import furnished  # noqa: TID252 – tests of one tree
from .conftest import configured

_PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")


def routes(folder: Path, method: str = "GET") -> list[str]:
    """Return the paths of all routes of a service that are not the API; it lives in a folder."""
    data = configured(furnished(folder / "data"))
    service = Service(load_settings(data / "incidents.yaml", {}))
    service.start()
    found = [route.path for route in service.app._rest.routes if method in route.methods]  # type: ignore[attr-defined]
    service.close()
    return [path for path in found if not path.startswith(("/api/", "/static/", "/-/", "/metrics"))]


def filled(path: str, places: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a path with everything that may stand in each of its places."""
    names = dict.fromkeys(_PLACE.findall(path))
    found = []
    for chosen in product(*(places.get(name, ("x",)) for name in names)):
        given = dict(zip(names, chosen, strict=True))
        found.append(_PLACE.sub(lambda match, given=given: given[match[1]], path))
    return found
