"""Messages that one process of several writes for all of them."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from sothat.incidents.delivery import Receipt
from sothat.incidents.web.desk import LARGE
from sothat.incidents.web.relay import Relay
from sothat.incidents.writer import StoreUnavailable

Outcome = Receipt | Exception
ODD = "its summary is \ud800"


@dataclass
class Taker:
    """A desk that remembers what it was given."""

    answer: Callable[[bytes], Outcome] = lambda _body: Receipt(1, "accepted", [ODD])
    wait: asyncio.Event | None = None
    taken: list[tuple[str, bytes]] = field(default_factory=list)

    async def take(self, source: str, body: bytes) -> tuple[Receipt, str]:
        self.taken.append((source, body))
        if self.wait:
            await self.wait.wait()
        found = self.answer(body)
        if isinstance(found, Exception):
            raise found
        return found, f"refused {len(body)}"


Make = Callable[..., Relay]


def run(check: Callable[[Make], Awaitable[None]]) -> None:
    """Run a check with relays of one name, and leave no connection behind."""
    name = f"sothat-test-{secrets.token_hex(8)}"
    made: list[Relay] = []

    def relay(desk: Taker, patience: float = 30) -> Relay:
        made.append(Relay(desk, name, patience))
        return made[-1]

    async def checked() -> None:
        await check(relay)
        await asyncio.sleep(0.05)  # what has been called is accepted
        for one in made:
            end(one)
        await asyncio.sleep(0.05)  # the loop closes what has lost its other end

    asyncio.run(checked())


def end(relay: Relay) -> None:
    """Do what the end of a process does."""
    if relay._leads:
        relay._server.close()
    if relay._link:
        relay._link._transport.abort()


def test_the_first_writes_for_all() -> None:
    async def check(relay: Make) -> None:
        first, second = Taker(), Taker()
        relays = [relay(first), relay(second)]
        bodies = [b"a\nb", b"", b"x" * (LARGE - 1)]
        answers = [await relays[0].take("s", b"first")]
        answers += await asyncio.gather(*(relays[1].take("s", body) for body in bodies))
        assert [body for _, body in first.taken] == [b"first", *bodies]
        assert second.taken == []
        assert [receipt.problems for receipt, _ in answers] == [[ODD]] * 4
        assert [refusal for _, refusal in answers] == [
            f"refused {len(body)}" for body in (b"first", *bodies)
        ]

    run(check)


def test_a_large_message_is_written_where_it_came_in() -> None:
    async def check(relay: Make) -> None:
        first, second = Taker(), Taker()
        await relay(first).take("s", b"")
        await relay(second).take("s", b"x" * LARGE)
        assert len(second.taken) == 1

    run(check)


def test_what_the_store_says_is_handed_back() -> None:
    async def check(relay: Make) -> None:
        first, second = Taker(lambda _body: StoreUnavailable("disk full")), Taker()
        with pytest.raises(StoreUnavailable):
            await relay(first).take("s", b"")
        with pytest.raises(StoreUnavailable, match="disk full"):
            await relay(second).take("s", b"")
        assert second.taken == []

    run(check)


def test_what_another_cannot_write_is_tried_here() -> None:
    async def check(relay: Make) -> None:
        def answer(body: bytes) -> Outcome:
            return ValueError("poison") if body else Receipt(1, "accepted")

        first, second = Taker(answer), Taker()
        await relay(first).take("s", b"")
        await relay(second).take("s", b"poison")
        assert second.taken == [("s", b"poison")]

    run(check)


def test_a_silent_one_is_not_waited_for_in_vain() -> None:
    async def check(relay: Make) -> None:
        first, second = Taker(wait=asyncio.Event()), Taker()
        waiting = asyncio.create_task(relay(first).take("s", b""))
        while not first.taken:  # noqa: ASYNC110 – a turn or two
            await asyncio.sleep(0)
        await relay(second, 0.05).take("s", b"late")
        assert second.taken == [("s", b"late")]
        waiting.cancel()

    run(check)


def test_nothing_is_handed_to_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(relay: Make) -> None:
        first, second = Taker(), Taker()
        await relay(first).take("s", b"")
        monkeypatch.setattr("sothat.incidents.web.relay._user", lambda _peer: -1)
        await relay(second).take("s", b"secret")
        assert second.taken == [("s", b"secret")]
        assert first.taken == [("s", b"")]

    run(check)
