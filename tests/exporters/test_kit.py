"""The contract kit: what comes with us passes it, and whoever breaks the contract does not."""

import logging
import shutil
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sothat.exporters import kit
from sothat.exporters.business.collector import COLLECTOR as BUSINESS
from sothat.exporters.database.collector import COLLECTOR as DATABASE
from sothat.exporters.declare import counter, gauge
from sothat.exporters.host.collector import COLLECTOR as HOST
from sothat.exporters.source import Deadline, PollFailed, Sample, Source
from sothat.model.metric import Contract
from sothat.model.problem import Unusable

from .promtool import has_nothing_to_say

PATIENCE = 20.0
KPIS = """\
apiVersion: sothat/v1
kind: KPIs
kpis:
  - name: orders
    help: Orders that wait
    direction: lower
    value: number
    sql: SELECT count(*) AS number FROM orders
"""


def of_a_host(folder: Path) -> kit.Polling:
    return kit.Polling(lambda: kit.opened(HOST, {}, folder), patience=PATIENCE)


def of_a_file(opened: Callable[[str], Source], folder: Path) -> kit.Polling:
    """Return a database in a file, one whose file has gone since, and one that never was any."""

    def changed(change: Callable[[Path], object]) -> Source:
        file = folder / "other.db"
        shutil.copy(folder / "shop.db", file)
        source = opened("other.db")
        change(file)
        return source

    with closing(sqlite3.connect(folder / "shop.db")) as made:
        made.execute("CREATE TABLE orders (number INTEGER)")
    return kit.Polling(
        partial(opened, "shop.db"),
        partial(changed, Path.unlink),
        hostile=[partial(changed, lambda file: file.write_text("this is no database"))],
        patience=PATIENCE,
    )


def of_a_database(folder: Path) -> kit.Polling:
    return of_a_file(
        lambda file: kit.opened(DATABASE, {"url": f"sqlite:///{file}"}, folder), folder
    )


def of_a_business(folder: Path) -> kit.Polling:
    (folder / "kpis.yaml").write_text(KPIS)
    rest = {"kpis": "kpis.yaml"}
    return of_a_file(
        lambda file: kit.opened(BUSINESS, {"url": f"sqlite:///{file}", **rest}, folder), folder
    )


@pytest.mark.parametrize("check", kit.CHECKS)
@pytest.mark.parametrize("made", [of_a_host, of_a_database, of_a_business])
def test_what_comes_with_us(
    made: Callable[[Path], kit.Polling], check: Callable[[kit.Polling], None], tmp_path: Path
) -> None:
    check(made(tmp_path))


class Shelf:
    """A source that does all as it should; those below do one thing otherwise."""

    contract = Contract(
        "shelf", (gauge("shelf_up", "Whether it stands."), gauge("shelf_items", "Items."))
    )

    def __init__(self, address: tuple[str, int] | None = None) -> None:
        self.address = address

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        try:
            answer = self.asked(deadline) if self.address else b"1"
        except OSError:
            answer = b""
        yield Sample("shelf_up", float(answer == b"1"))
        if answer == b"1":
            yield Sample("shelf_items", 3)

    def asked(self, deadline: Deadline) -> bytes:
        with closing(socket.create_connection(self.address, deadline.remaining() or 0.1)) as line:
            line.sendall(b"how many\n")
            return line.recv(100)[1:]

    def close(self) -> None:
        pass


class Undeclared(Shelf):
    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        yield from super().collect(deadline)
        yield Sample("shelf_colour", 1)


class Twice(Shelf):
    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        yield from super().collect(deadline)
        yield from super().collect(deadline)


class Forgetful(Shelf):
    def collect(self, _deadline: Deadline) -> Iterator[Sample]:
        yield Sample("shelf_up", 1)


class Unlucky(Shelf):
    def collect(self, _deadline: Deadline) -> Iterator[Sample]:
        raise PollFailed("other", "it is not my day")


class Misnamed(Shelf):
    contract = Contract("shelf", (*Shelf.contract.families, counter("shelf_found", "Found.")))

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        yield from super().collect(deadline)
        yield Sample("shelf_found", 1)


class Early(Shelf):
    """Begins a thread when it is opened, and ends it when it is closed."""

    def __init__(self, address: tuple[str, int] | None = None) -> None:
        super().__init__(address)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.over.wait)
        self.thread.start()

    def close(self) -> None:
        self.over.set()
        self.thread.join()


class Leaking(Shelf):
    """Opens what nobody closes."""

    kept: list[socket.socket] = []  # noqa: RUF012 – what the test closes

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        yield from super().collect(deadline)
        self.kept.append(socket.socket())


class Slow(Shelf):
    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        threading.Event().wait(1.5)
        yield from super().collect(deadline)


class Optimist(Shelf):
    def collect(self, _deadline: Deadline) -> Iterator[Sample]:
        yield Sample("shelf_up", 1)
        yield Sample("shelf_items", 0)


class Mute(Shelf):
    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        if not self.address:
            yield from super().collect(deadline)


class Trusting(Shelf):
    """Takes what it hears for a number."""

    def asked(self, deadline: Deadline) -> bytes:
        answer = super().asked(deadline)
        return b"1" if int(answer or b"0") else b"0"


class Waiting(Shelf):
    """Waits for an answer as long as it takes."""

    def asked(self, _deadline: Deadline) -> bytes:
        with closing(socket.create_connection(self.address, 1.0)) as line:
            line.settimeout(None)
            return line.recv(100)[1:]


class Talkative(Shelf):
    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        logging.getLogger("shelf").debug("opened with hush-hush")
        yield from super().collect(deadline)


class Blabbing(Shelf):
    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        yield from super().collect(deadline)
        if self.address:
            raise PollFailed("other", "nobody takes hush-hush")


def polling(source: type[Shelf]) -> kit.Polling:
    return kit.Polling(
        source, at=lambda host, port: source((host, port)), secrets=("hush-hush",),
        deadline=0.3, patience=0.7,
    )  # fmt: skip


def test_one_that_does_as_it_should_passes() -> None:
    kit.check_all(replace(polling(Shelf), patience=PATIENCE))


@pytest.mark.parametrize(
    ("source", "check", "words"),
    [
        (Undeclared, kit.check_families, "does not declare shelf_colour"),
        (Twice, kit.check_families, "2 series come twice"),
        (Forgetful, kit.check_families, "shelf_items is declared as always there"),
        (Unlucky, kit.check_families, "it is not my day"),
        (Misnamed, kit.check_exposition, "promtool check metrics"),
        (Early, kit.check_opening, "starts a thread before it is polled"),
        (Slow, kit.check_no_time, "has not come back"),
        (Optimist, kit.check_dead, "shelf_up is 1"),
        (Mute, kit.check_dead, "nothing is said at all"),
        (Optimist, kit.check_hostile, "counts as up"),
        (Trusting, kit.check_hostile, "a poll raised ValueError"),
        (Waiting, kit.check_hostile, "a silent server: a poll has not come back"),
        (Talkative, kit.check_secrets, "secret 1 of 1 is in a log line"),
        (Blabbing, kit.check_secrets, "secret 1 of 1 is in the words of a failure"),
    ],
)
def test_one_that_does_not_fails(
    source: type[Shelf], check: Callable[[kit.Polling], None], words: str
) -> None:
    with pytest.raises(kit.ContractBroken, match=words):
        check(polling(source))


@pytest.mark.parametrize("source", [Leaking])
def test_what_is_left_behind_is_told(
    source: type[Leaking], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sothat.exporters.kit.polling._SETTLING_SECONDS", 0.2)
    with pytest.raises(kit.ContractBroken, match="connections are left open"):
        kit.check_leaks(polling(source))
    for one in source.kept:
        one.close()


def test_settings_that_the_schema_refuses(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="'url' is missing"):
        kit.opened(DATABASE, {}, tmp_path)


def test_promtool_complains() -> None:
    with pytest.raises(kit.ContractBroken, match="promtool check metrics"):
        has_nothing_to_say("# TYPE a counter\na 1\n")
