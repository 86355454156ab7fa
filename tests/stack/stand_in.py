"""A part of nobody: answers health questions; words on its command line make it misbehave.

usage: stand_in.py PORT [deaf] [grandchild FILE] [refuse] [unready FILE]
"""

import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

words = sys.argv[2:]
if "refuse" in words:
    print("stand_in.yaml:1:1: error: not to be used", flush=True)
    sys.exit(2)
if "deaf" in words:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "grandchild" in words:
    child = subprocess.Popen(["sleep", "1000"])
    Path(words[words.index("grandchild") + 1]).write_text(str(child.pid))
unready = Path(words[words.index("unready") + 1]) if "unready" in words else None


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        late = self.path == "/-/ready" and unready is not None and not unready.exists()
        self.send_response(503 if late else 200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


ThreadingHTTPServer.allow_reuse_address = True
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Pages).serve_forever()
