"""The site of the runbooks, made while the parts start.

Nothing waits for it: until it is there, and where it cannot be made, the incident service shows
the pages' Markdown.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

from sothat.stack.checks import Declined, Interrupted, check
from sothat.stack.plan import SOTHAT, Plan

# The parts come first: they are what people wait for.
_POLITELY = ("nice", "-n", "19")


def site_command(plan: Plan) -> list[str]:
    """Return the command that makes the site of the pages that the compiler has written."""
    where = ("--compiled", str(plan.data.compiled), "-o", str(plan.data.root / "site"))
    return [*_POLITELY, *SOTHAT, "site", *where]


@contextmanager
def making_site(command: Sequence[str], say: Callable[[str], None]) -> Iterator[None]:
    """Make the site beside the block, and give up at its end if it is not done.

    Args:
        command: What makes it.
        say: Told why there will be none.
    """
    stop = Event()
    maker = Thread(target=_make, args=(command, stop, say), name="site")
    maker.start()
    try:
        yield
    finally:
        stop.set()
        maker.join()


def _make(command: Sequence[str], stop: Event, say: Callable[[str], None]) -> None:
    try:
        check("the site", command, stop)
    except Declined as error:
        say(f"runbooks are shown without the site and its search: {error.text.strip()}")
    except Interrupted:
        return
