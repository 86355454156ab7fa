"""One thread waits for what many put in; it is woken when there is enough."""

from collections.abc import Callable
from threading import Barrier, Thread
from time import monotonic

from sothat.incidents.inbox import Inbox

LONG = 60.0


def in_a_thread(work: Callable[[], object]) -> Thread:
    thread = Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_it_gives_in_order_and_no_more_than_is_asked_for() -> None:
    inbox: Inbox[int] = Inbox()
    for number in range(5):
        assert inbox.put(number, 1)
    assert inbox.take(3) == [0, 1, 2]
    assert len(inbox) == 2
    assert inbox.take(9) == [3, 4]
    assert inbox.take(9) == []


def test_whoever_waits_for_anything_is_woken_by_the_first_however_light() -> None:
    inbox: Inbox[str] = Inbox()
    waiting = in_a_thread(lambda: inbox.await_any(LONG))
    assert inbox.put("light", 0)
    waiting.join(LONG / 2)
    assert not waiting.is_alive()


def test_whoever_waits_for_a_weight_is_woken_when_it_is_there() -> None:
    inbox: Inbox[int] = Inbox()
    waiting = in_a_thread(lambda: inbox.await_weight(3, LONG))
    for number in range(10):
        inbox.put(number, 0)
    inbox.put(10, 2)
    waiting.join(0.05)
    assert waiting.is_alive()
    inbox.put(11, 1)
    waiting.join(LONG / 2)
    assert not waiting.is_alive()
    # What has been taken weighs nothing any more.
    assert len(inbox.take(11)) == 11
    inbox.await_weight(1, LONG)
    began = monotonic()
    inbox.await_weight(2, 0.05)
    assert monotonic() - began >= 0.05
    assert inbox.take(9) == [11]


def test_nobody_waits_for_more_than_the_time_given() -> None:
    inbox: Inbox[int] = Inbox()
    assert inbox.await_any(0.0)
    inbox.await_weight(1, 0.01)


def test_once_closed_it_takes_nothing_in_and_gives_what_there_is() -> None:
    inbox: Inbox[int] = Inbox()
    waiting = [in_a_thread(lambda: inbox.await_any(LONG))]
    inbox.put(1, 1)
    waiting.append(in_a_thread(lambda: inbox.await_weight(9, LONG)))
    inbox.close()
    for thread in waiting:
        thread.join(LONG / 2)
        assert not thread.is_alive()
    assert not inbox.put(2, 1)
    assert inbox.await_any(LONG)
    assert inbox.take(9) == [1]
    assert not inbox.await_any(LONG)


def test_nothing_that_is_put_in_is_lost_or_doubled() -> None:
    inbox: Inbox[int] = Inbox()
    senders, each = 8, 500
    together = Barrier(senders)

    def send(first: int) -> None:
        together.wait()
        for number in range(first, first + each):
            assert inbox.put(number, number % 2)

    threads = [in_a_thread(lambda n=n: send(n * each)) for n in range(senders)]  # type: ignore[misc]
    got: list[int] = []
    while len(got) < senders * each:
        assert inbox.await_any(LONG)
        inbox.await_weight(3, 0.001)
        got += inbox.take(7)
    for thread in threads:
        thread.join(LONG)
    assert sorted(got) == list(range(senders * each))
    assert len(inbox) == 0
