"""The cases: what Alertmanager does to a receiver, one function each.

Sources of what is tried: Alertmanager's own code and what users report of receivers that lost or
doubled something by it.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sothat.stack.conformance.alertmanagers import GROUP_INTERVAL
from sothat.stack.conformance.bench import Bench, Failed
from sothat.stack.conformance.relay import REDIRECT, Behaviour, Call, pass_on

_SERVER_ERROR = 500
_BAD_REQUEST = 400
_SUCCESS = range(200, 300)
# Alertmanager gives a request up after max(group_interval, 10 s).
_TOO_SLOW_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that a receiver has to survive.

    Attributes:
        alone: It stops, kills or reloads Alertmanagers, so nothing else may run beside it.
        peers: How many Alertmanagers it needs at least.
    """

    name: str
    meaning: str
    run: Callable[[Bench], None]
    alone: bool = False
    peers: int = 1


def fire_and_resolve(bench: Bench) -> None:
    """Something fires and ends."""
    bench.fire("a")
    bench.wait_firing("a")
    bench.end("a")
    bench.wait_over()


def repeats(bench: Bench) -> None:
    """Repetitions change nothing."""
    bench.fire("a")
    bench.wait_firing("a")
    bench.wait_seen(3)
    bench.stays("a", entries=len(bench.entries()))
    bench.end("a")
    bench.wait_over()


def partial_group(bench: Bench) -> None:
    """A group grows and shrinks; what a message leaves out has not ended."""
    bench.fire("a")
    bench.wait_firing("a")
    bench.fire("a", "b")
    bench.wait_firing("a", "b")
    bench.end("a")
    bench.wait_firing("b")
    bench.stays("b")
    bench.end("b")
    bench.wait_over()


def server_errors(bench: Bench) -> None:
    """500 three times, then well again."""
    bench.behave(lambda call: _SERVER_ERROR if call.number <= 3 else pass_on(call))  # noqa: PLR2004
    bench.fire("a", "b")
    bench.wait_firing("a", "b")
    bench.end("a", "b")
    bench.wait_over()


def lost_answer(bench: Bench) -> None:
    """The receiver has it, its answer gets lost: the same message comes again."""
    bench.behave(_once(_without_answer))
    bench.fire("a")
    bench.wait_firing("a")
    bench.wait_seen(2)
    bench.stays("a", entries=len(bench.entries()))
    bench.end("a")
    bench.wait_over()


def slow_answer(bench: Bench) -> None:
    """The answer comes after Alertmanager has given up: the same message comes again."""
    bench.behave(_once(_late))
    bench.fire("a")
    bench.wait_firing("a")
    bench.wait_seen(2)
    bench.stays("a", entries=len(bench.entries()))
    bench.end("a")
    bench.wait_over()


def redirect(bench: Bench) -> None:
    """A redirect on the way makes a GET of the POST: a 2xx to that would lose the message."""

    def behave(call: Call) -> int | None:
        if call.method == "POST" and call.number == 1:
            return REDIRECT
        return pass_on(call)

    bench.behave(behave)
    bench.fire("a")
    bench.wait_firing("a")
    bench.end("a")
    bench.wait_over()
    if any(seen.method == "GET" and seen.status in _SUCCESS for seen in bench.seen()):
        raise Failed("a GET was answered with success: to Alertmanager that is a delivery")


def unreachable(bench: Bench) -> None:
    """The receiver is away for longer than Alertmanager tries."""
    bench.behave(lambda _call: None)
    bench.fire("a")
    bench.wait_seen(3)
    bench.behave(pass_on)
    bench.wait_firing("a")
    bench.end("a")
    bench.wait_over()


def duplicates_at_once(bench: Bench) -> None:
    """Each message comes three times at the same moment."""
    bench.behave(_thrice)
    bench.fire("a", "b")
    bench.wait_firing("a", "b")
    bench.end("a")
    bench.wait_firing("b")
    bench.end("b")
    bench.wait_over()
    if any(seen.answered == _SERVER_ERROR for seen in bench.seen()):
        raise Failed("identical messages at once were answered with a server error")


def fire_again(bench: Bench) -> None:
    """It ends and fires again before the group is due: no message of the end is ever sent."""
    bench.fire("a")
    bench.wait_firing("a")
    bench.end("a")
    bench.fire("a", again=True)
    bench.stays("a")
    bench.end("a")
    bench.wait_over()


def flapping(bench: Bench) -> None:
    """It comes and goes; the last word counts."""
    for _ in range(4):
        bench.fire("a", again=True)
        time.sleep(GROUP_INTERVAL * 0.7)
        bench.end("a")
        time.sleep(GROUP_INTERVAL * 0.7)
    before = len(bench.seen())
    bench.fire("a", again=True)
    # Each of two peers may still be about to tell of the end before; then come repetitions.
    bench.wait_seen(before + 3)
    bench.wait_firing("a")
    bench.stays("a")
    bench.end("a")
    bench.wait_over()


def resolve_only(bench: Bench) -> None:
    """The firing was refused and so dropped; the end comes alone, and is no reason for a page."""
    bench.behave(lambda call: _BAD_REQUEST if call.number == 1 else pass_on(call))
    bench.fire("a")
    bench.wait_seen(1)
    bench.end("a")
    time.sleep(3 * GROUP_INTERVAL)
    bench.wait_nothing_open()
    bench.stays()


def silence(bench: Bench) -> None:
    """It ends during a silence: no message of the end is ever sent."""
    bench.fire("a")
    bench.wait_firing("a")
    bench.alertmanagers.silence(bench.case)
    time.sleep(2 * GROUP_INTERVAL)
    bench.end("a")
    bench.wait_over()


def inhibition(bench: Bench) -> None:
    """It ends while something else inhibits it: no message of the end is ever sent."""
    bench.fire("a", role="target")
    bench.wait_firing("a")
    bench.fire("b", role="source")
    bench.wait_firing("a", "b")
    time.sleep(2 * GROUP_INTERVAL)
    bench.end("a", role="target")
    bench.wait_firing("b")
    bench.end("b", role="source")
    bench.wait_over()


def truncation(bench: Bench) -> None:
    """``max_alerts: 1`` cuts two of three alerts from each message, their ends too."""
    bench.fire("a", "b", "c")
    bench.wait_firing("a", "b", "c")
    bench.end("a", "b", "c")
    bench.wait_over()


def odd_labels(bench: Bench) -> None:
    """Labels of any text; one that is hard to store must not take its siblings along."""
    bench.fire("a", note="Zürich 火 \U0001f525 ' \" \\ <b> %s {{ }}")
    bench.fire("b", note="x" * 20_000)
    bench.fire("c", note="a\x00b")
    bench.wait_firing("a", "b", "c")
    bench.end("a", note="Zürich 火 \U0001f525 ' \" \\ <b> %s {{ }}")
    bench.end("b", note="x" * 20_000)
    bench.end("c", note="a\x00b")
    bench.wait_over()


def reload(bench: Bench) -> None:
    """The routes change while it fires: the group's key is another one, the alert is the same."""
    bench.fire("a")
    bench.wait_firing("a")
    entries = len(bench.entries())
    route = f"    - matchers: ['case=\"{bench.case}\"']\n      receiver: incident-service\n"
    bench.alertmanagers.configure(route)
    bench.alertmanagers.reload()
    bench.fire("a")
    bench.stays("a", entries=entries)
    bench.alertmanagers.configure()
    bench.alertmanagers.reload()
    bench.end("a")
    bench.wait_over()


def killed_in_mid_flush(bench: Bench) -> None:
    """Alertmanager dies while its message is being answered, and starts without its memory."""

    def behave(call: Call) -> int | None:
        status = call.forward()
        if call.number == 1:
            for index in range(bench.alertmanagers.peers):
                bench.alertmanagers.kill(index)
        return status or None

    bench.behave(behave)
    bench.fire("a")
    bench.wait_seen(1)
    for index in range(bench.alertmanagers.peers):
        bench.alertmanagers.start(index)
    bench.fire("a")
    bench.wait_firing("a")
    bench.stays("a", entries=len(bench.entries()))
    bench.end("a")
    bench.wait_over()


def lost_memory(bench: Bench) -> None:
    """Alertmanager starts with an empty folder, and what ended meanwhile never comes back."""
    bench.fire("a", "b")
    bench.wait_firing("a", "b")
    for index in range(bench.alertmanagers.peers):
        bench.alertmanagers.kill(index)
        bench.alertmanagers.forget(index)
    for index in range(bench.alertmanagers.peers):
        bench.alertmanagers.start(index)
    bench.fire("b")
    bench.wait_firing("b")
    bench.stays("b")
    bench.end("b")
    bench.wait_over()


def peer_outage(bench: Bench) -> None:
    """One of two dies and comes back; both tell, and in between one of them alone."""
    bench.fire("a")
    bench.wait_firing("a")
    entries = len(bench.entries())
    bench.alertmanagers.kill(0)
    bench.fire("a")
    bench.stays("a", entries=entries)
    bench.alertmanagers.start(0)
    bench.fire("a")
    bench.stays("a", entries=entries)
    bench.end("a")
    bench.wait_over()


def _once(behaviour: Behaviour) -> Behaviour:
    return lambda call: behaviour(call) if call.number == 1 else pass_on(call)


def _without_answer(call: Call) -> None:
    call.forward()


def _late(call: Call) -> int | None:
    status = call.forward()
    time.sleep(_TOO_SLOW_SECONDS)
    return status or None


def _thrice(call: Call) -> int | None:
    with ThreadPoolExecutor(3) as pool:
        statuses = [f.result() for f in [pool.submit(call.forward) for _ in range(3)]]
    return max(statuses) or None


CASES: tuple[Case, ...] = (
    Case("fire-and-resolve", "fires, ends", fire_and_resolve),
    Case("repeats", "repetitions each repeat_interval", repeats),
    Case("partial-group", "a group grows and shrinks", partial_group),
    Case("server-errors", "500 three times", server_errors),
    Case("lost-answer", "the 2xx gets lost", lost_answer),
    Case("slow-answer", "the 2xx comes after the deadline", slow_answer),
    Case("redirect", "a 301 turns the POST into a GET", redirect),
    Case("unreachable", "the receiver is away", unreachable),
    Case("duplicates-at-once", "each message three times at once", duplicates_at_once),
    Case("fire-again", "ends and fires within group_interval", fire_again),
    Case("flapping", "comes and goes", flapping),
    Case("resolve-only", "an end without a firing", resolve_only),
    Case("silence", "ends during a silence", silence),
    Case("inhibition", "ends while inhibited", inhibition),
    Case("truncation", "max_alerts cuts firings and ends", truncation),
    Case("odd-labels", "any text in labels, a NUL included", odd_labels),
    Case("reload", "the route and so the group key change", reload, alone=True),
    Case("killed-in-mid-flush", "kill -9 while it sends", killed_in_mid_flush, alone=True),
    Case("lost-memory", "an empty folder after a crash", lost_memory, alone=True),
    Case("peer-outage", "one of two peers dies and returns", peer_outage, alone=True, peers=2),
)
