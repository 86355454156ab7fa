"""Work that takes the processor, shared out among children of this process."""

import os
import pickle
import sys
from collections.abc import Callable, Iterable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def processors() -> int:
    """Return the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def shared_out(work: Callable[[T], R], items: Sequence[T], jobs: int) -> list[R]:
    """Return the results of some work, in the order of the items.

    Children inherit the work as it stands; nothing but results has to be sent. The share of one
    that dies or fails is done here, so that what the work raises is raised here.

    Args:
        work: A pure function.
        items: What to do it for.
        jobs: How many processes, this one included.
    """
    # Elsewhere a fork of a process that has used the system's libraries may hang.
    count = min(jobs, len(items)) if sys.platform == "linux" else 1
    # Every so-manieth item, for neighbours are alike in cost.
    children = [_child(work, items[first::count]) for first in range(1, count)]
    shares: list[Iterable[R]] = [[work(item) for item in items[::count]]] if items else []
    for first, (process, receiver) in enumerate(children, 1):
        found = _received(process, receiver)
        shares.append([work(item) for item in items[first::count]] if found is None else found)
    each = [iter(share) for share in shares]
    return [next(each[index % count]) for index in range(len(items))]


def _child(work: Callable[[T], R], share: Sequence[T]) -> tuple[ForkProcess, Connection]:
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work_off, args=(work, share, sender), daemon=True)
    process.start()
    sender.close()
    return process, receiver


def _work_off(work: Callable[[T], R], share: Sequence[T], sender: Connection) -> None:
    with sender:
        try:
            sender.send_bytes(pickle.dumps([work(item) for item in share]))
        except Exception:  # noqa: BLE001 – the parent does it again, and is told then
            return


def _received(process: ForkProcess, receiver: Connection) -> list[Any] | None:
    """Return what a child found, None when it could not finish."""
    with receiver:
        try:
            found: list[Any] = pickle.loads(receiver.recv_bytes())  # noqa: S301 – our own child's
        except (EOFError, OSError):
            return None
        finally:
            process.join()
    return found
