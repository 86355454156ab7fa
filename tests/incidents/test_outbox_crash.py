"""A process that is killed while it sends: nothing is lost, and what may be double says so."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from .conftest import Running, alert, both, eventually, message
from .peers import Peer, answer, peer

SITES = 30
either = pytest.mark.parametrize(
    "database",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)],
    indirect=True,
)


@pytest.fixture
def pager(data: Path) -> Iterator[Peer]:
    """Return the provider of the channel on call."""
    with peer(answer(200)) as server:
        config = (data / "incidents.yaml").read_text()
        bound = f"{{type: webhook, url: 'http://127.0.0.1:{server.port}/'}}"
        config = config.replace("on-call: {type: log}", f"on-call: {bound}")
        (data / "incidents.yaml").write_text(config)
        yield server


@either
def test_every_page_goes_out_and_at_most_one_is_doubled_by_a_crash(pager: Peer, data: Path) -> None:
    _storm(pager, data, 2)


@pytest.mark.slow
@both
@pytest.mark.timeout(3000)
def test_fifty_crashes(pager: Peer, data: Path) -> None:
    _storm(pager, data, 50)


def _storm(pager: Peer, data: Path, crashes: int) -> None:
    running = Running(data)
    running.start()
    sites = count()
    for _ in range(crashes):
        before = len(pager.bodies)
        fresh = [alert(site=f"s{next(sites)}") for _ in range(SITES)]
        assert running.post(message(*fresh)).status_code == 200
        eventually(lambda before=before: len(pager.bodies) > before + 3, 60)  # type: ignore[misc]
        running.kill()
        _end_leases(data)
        running.start()
    wanted = crashes * SITES
    eventually(lambda: running.metrics()["incidents_outbox_pending"] == 0, 200 + 20 * crashes)
    assert running.stop() == 0
    sent = Counter(one["key"] for one in _notices(pager))
    assert len(sent) == wanted
    doubles = [key for key, times in sent.items() if times > 1]
    assert len(doubles) <= crashes
    for key in doubles:
        first, *others = [one for one in _notices(pager) if one["key"] == key]
        assert not first["repeated"]
        assert all(other["repeated"] for other in others)


def _end_leases(data: Path) -> None:
    """Let time go by on PostgreSQL, where the next process does not know that the last one died."""
    store = yaml.safe_load((data / "incidents.yaml").read_text())["store"]
    if store.startswith("postgresql"):
        with psycopg.connect(store) as connection:
            connection.execute("UPDATE outbox SET due_at = 0 WHERE finished_at IS NULL")


def _notices(pager: Peer) -> list[dict[str, Any]]:
    return [json.loads(body) for body in pager.bodies]
