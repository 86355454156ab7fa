"""A mail server on loopback that keeps what it gets; enough of SMTP for one sender."""

import email
import email.policy
import socketserver
from email.message import EmailMessage
from threading import Thread
from typing import Any

from ..conftest import eventually  # noqa: TID252 – tests of one tree


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 postbox")
        while line := self.rfile.readline():
            word = line.split(b" ")[0].strip().upper()
            if word == b"DATA":
                self._say("354 go on")
                self._take()
            elif word == b"QUIT":
                self._say("221 bye")
                return
            self._say("250 fine")

    def _take(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        found: Any = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.letters.append(found)  # type: ignore[attr-defined]

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Postbox:
    """The server; ``letters`` are what it got."""

    def __init__(self) -> None:
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation)
        self._server.daemon_threads = True
        self.letters: list[EmailMessage] = []
        self._server.letters = self.letters  # type: ignore[attr-defined]
        self.port = self._server.server_address[1]

    def __enter__(self) -> "Postbox":
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def letter(self, words: str) -> EmailMessage:
        """Return the first letter with some words in it, once it is there."""

        def find() -> EmailMessage | None:
            return next((one for one in self.letters if words in str(one)), None)

        found: EmailMessage = eventually(find)
        return found
