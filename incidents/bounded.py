"""A deadline for each attempt, whatever the channel does: hangs, trickles, or raises."""

import logging
from concurrent.futures import Future, InvalidStateError
from threading import Thread

from sothat.incidents.notification import Channel, Notice, Result, Retry

_LOG = logging.getLogger(__name__)
# Attempts of one channel that hang; no further one is begun beside them.
_MOST_HANGING = 2


class Bounded:
    """A channel that always answers in time.

    An attempt that does not is left to itself: its thread ends with it, or with the process.
    """

    def __init__(self, name: str, channel: Channel) -> None:
        self._name = name
        self._channel = channel
        self._hanging: list[Thread] = []

    def send(self, notice: Notice) -> Result:
        """Send one notice within the channel's deadline; never raise."""
        self._hanging = [thread for thread in self._hanging if thread.is_alive()]
        if len(self._hanging) >= _MOST_HANGING:
            return Retry(f"{len(self._hanging)} attempts still hang")
        answer: Future[Result] = Future()
        thread = Thread(target=self._attempt, args=(notice, answer), daemon=True)
        thread.name = f"send-{self._name}"
        thread.start()
        try:
            return answer.result(self._channel.deadline)
        except TimeoutError:
            if not answer.cancel():
                return answer.result()
            self._hanging.append(thread)
            return Retry(f"no answer within {self._channel.deadline:g} s", unsure=True)

    def _attempt(self, notice: Notice, answer: Future[Result]) -> None:
        try:
            result = _result(self._channel.send(notice))
        except Exception as error:  # noqa: BLE001 – a plug-in's fault must not end the outbox
            # Its text and its trace may hold what a channel keeps secret.
            kind = type(error).__name__
            _LOG.error("a notifier raised", extra={"channel": self._name, "error": kind})
            result = Retry(f"the notifier failed: {kind}", unsure=True)
        try:
            answer.set_result(result)
        except InvalidStateError:
            _LOG.warning("an answer came too late", extra={"channel": self._name})


def _result(answered: Result) -> Result:
    """Return what a channel has answered, which a plug-in's may have forgotten.

    Raises:
        TypeError: It is no result: neither sent nor given up, it would be sent for ever.
    """
    if not isinstance(answered, Result):
        raise TypeError("it gave no result")
    return answered
