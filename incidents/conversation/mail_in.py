"""Where a mail server delivers replies: LMTP or SMTP, in a thread of its own.

Whoever's reply changes nothing learns it from their own mail server, which gets the reason with the
refusal; so this service sends no answers, and no answer can go round for ever.
"""

import asyncio
import logging
from collections.abc import Callable
from socket import socket
from threading import Thread
from typing import Any

from sothat.incidents.configuration import Settings
from sothat.incidents.conversation.gestures import Outcome
from sothat.incidents.conversation.performing import perform
from sothat.incidents.conversation.replies import NoReply, Reply, reply_in, token_in
from sothat.incidents.directory import Directory
from sothat.incidents.posting import plain
from sothat.incidents.writer import StoreUnavailable, Writer
from sothat.runtime.serving import bind

_LOG = logging.getLogger(__name__)
_LARGEST = 2 * 1024 * 1024
_TIMEOUT_SECONDS = 60.0


class Mailbox:
    """Answers a mail server's commands; the names are aiosmtpd's.

    Args:
        address: Of the replies, without a token.
        directory: Whose replies are taken in.
        writer: Of the store.
        clock: Nanoseconds since 1970.
    """

    def __init__(
        self, address: str, directory: Directory, writer: Writer, clock: Callable[[], int]
    ) -> None:
        self._address = address
        self._directory = directory
        self._writer = writer
        self._clock = clock

    async def handle_RCPT(  # noqa: N802 – aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take the addresses of replies, one at a time: each has an answer of its own."""
        if not token_in(address, self._address):
            return "550 5.1.1 only replies to messages are taken in here"
        if envelope.rcpt_tos:
            return "452 4.5.3 one recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(  # noqa: N802 – likewise
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """Carry a reply out."""
        token = token_in(envelope.rcpt_tos[0], self._address)
        try:
            reply = reply_in(envelope.content, token, self._directory, self._clock())
            outcome = await self._performed(reply)
        except NoReply as error:
            _LOG.info("a reply was not taken in", extra={"reason": str(error)})
            return f"250 2.0.0 left alone: {error}" if error.silent else f"550 5.7.1 {error}"
        except StoreUnavailable as error:
            return f"451 4.3.0 the store cannot commit: {plain(str(error), 200)}"
        return f"{'250 2.0.0' if outcome.done else '550 5.7.0'} {_ascii(outcome.text)}"

    async def _performed(self, reply: Reply) -> Outcome:
        job = self._writer.run(lambda t: perform(t, reply.gesture, reply.way, self._directory))
        return await asyncio.wrap_future(job)


class MailIn:
    """The thread that listens.

    Args:
        listener: Where the mail server connects; it is closed in the end.
        mailbox: What takes the mails in.
        lmtp: Whether the mail server speaks LMTP; else SMTP.
    """

    def __init__(self, listener: socket, mailbox: Mailbox, *, lmtp: bool) -> None:
        self._listener = listener
        self._mailbox = mailbox
        self._lmtp = lmtp
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._thread = Thread(target=self._run, name="mail-in", daemon=True)

    def start(self) -> None:
        """Start listening."""
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Stop listening; wait for the thread for some seconds."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(patience)
        self._listener.close()

    def _run(self) -> None:
        # In the end it cancels what is under way: a mail server tries again what had no answer.
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        # Only who takes mails in pays for it.
        from aiosmtpd.lmtp import LMTP  # noqa: PLC0415
        from aiosmtpd.smtp import SMTP  # noqa: PLC0415

        def door() -> SMTP:
            return (LMTP if self._lmtp else SMTP)(
                self._mailbox,
                data_size_limit=_LARGEST,
                enable_SMTPUTF8=True,
                hostname="sothat",
                ident="sothat",
                timeout=_TIMEOUT_SECONDS,
                loop=self._loop,
            )

        server = await self._loop.create_server(door, sock=self._listener)
        await self._ending.wait()
        server.close()


def listener_of(settings: Settings) -> socket | None:
    """Return where replies are delivered, if they are taken in.

    Raises:
        Unusable: The address is taken or not this machine's.
    """
    mail = settings.conversation.mail if settings.conversation else None
    if mail is None:
        return None
    position = settings.document.position(["conversation", "mail", "listen"])
    return bind(mail.listen, position, shared=settings.workers > 1)


def mail_in(
    listener: socket | None, settings: Settings, writer: Writer, clock: Callable[[], int]
) -> tuple[MailIn, ...]:
    """Return what takes replies in at a listener, if there is one."""
    mail = settings.conversation.mail if settings.conversation else None
    if listener is None or mail is None:
        return ()
    mailbox = Mailbox(mail.address, settings.directory, writer, clock)
    return (MailIn(listener, mailbox, lmtp=mail.lmtp),)


def _ascii(text: str) -> str:
    """Return a text as a mail server may read it: one line, ASCII."""
    return plain(text, 300).encode("ascii", "replace").decode()
