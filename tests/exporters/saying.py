"""A server that says the same to everybody, whatever it is asked."""

import socketserver
import threading


class Saying(socketserver.ThreadingTCPServer):
    """Greets each connection with some bytes, then sends others for as long as they are taken.

    Args:
        every: Seconds from one sending of the endless bytes to the next.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, greeting, endless=b"", every=0.0):
        self.over = over = threading.Event()
        self.heard = heard = bytearray()
        self.hung_up = hung_up = threading.Event()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    self.request.sendall(greeting)
                    while endless and not over.wait(every):
                        self.request.sendall(endless)
                    while said := self.request.recv(4096):
                        heard.extend(said)
                except OSError:
                    return
                finally:
                    hung_up.set()

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.server_address[1]}"

    def until_hung_up(self):
        assert self.hung_up.wait(20)

    def __exit__(self, *_):
        self.over.set()
        self.shutdown()
        self.server_close()
