"""Devices for the engine to talk to: the simulator's side of the wire, answers from a script."""

import os
import random
import secrets
import socket
import threading
from contextlib import suppress

from sothat.exporters.clock import SystemClock
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.lan.engine import Engine, Plan, Roll
from sothat.exporters.tuya.lan.pace import Pace
from sothat.exporters.tuya.points import Point, Readings
from sothat.runtime.secrets import Secret
from sothat.simulator.wire.session import HangUp, Request, Send, Session

KEY = "0123456789abcdef"
VERSIONS = ("3.1", "3.2", "3.3", "3.4", "3.5")
POINTS = {"1": Point("switch_1"), "19": Point("other", 1, "W")}


def device(name="plug", address="127.0.0.1", version="3.4", **more):
    cid = f"cid-{name}" if more.get("parent") else ""
    given = {"product": "p", "parent": "", "points": POINTS, "key": KEY, **more}
    key = Secret(given.pop("key"))
    return Device(
        name=name, id=f"id-{name}", address=address, key=key, version=version, cid=cid, **given
    )


def answers(points):
    """Return what answers each query with the same points, and acknowledges all else."""

    def answer(session, request):
        queried = request.command in (10, 13, 16)
        return session.answer(request, {"dps": points} if queried else b"").data

    return answer


class Peer:
    """Accepts connections and gives each to a function, in a thread of its own."""

    def __init__(self, serve, host="127.0.0.1", port=0):
        self._serve = serve
        self._listener = socket.create_server((host, port))
        self.host, self.port = self._listener.getsockname()
        self.accepted = 0
        self.lines = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self.lines.append(line)
            threading.Thread(target=self._one, args=(line,), daemon=True).start()

    def _one(self, line):
        with line, suppress(OSError):  # the client may have gone
            self._serve(line)

    def close(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self.lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def speaks(answer, version="3.4", key=KEY):
    """Return what serves a connection as a device does, its answers given by a function.

    The function takes the session and the request, and returns bytes, several times bytes to be
    sent one after another, or None to hang up.
    """

    def serve(line):
        session = Session(version, key.encode(), os.urandom)
        while data := line.recv(4096):
            for event in session.receive(data):
                match event:
                    case Send(sent):
                        line.sendall(sent)
                    case HangUp():
                        return
                    case Request():
                        out = answer(session, event)
                        if out is None:
                            return
                        line.sendall(out)

    return serve


def loopback():
    """Return the beginning of addresses that hardly anybody else uses."""
    return f"127.{1 + secrets.randbelow(254)}.{1 + secrets.randbelow(254)}"


class Fleet:
    """An engine and a look at what it knows."""

    def __init__(self, devices, port, places=None, *, read=None, witness=None, clock=None, **plan):
        pace = Pace(
            plan.pop("every", 0.2), plan.pop("renewal", 60), random.random, plan.pop("beat", 12.0)
        )
        given = {"timeout": 0.4, "connections": 8, "longest_pause": 0.5, **plan}
        self.roll = Roll(devices, places or {})
        self.read_points = {}
        self.engine = Engine(
            self.roll,
            Plan(port=port, pace=pace, chance=random.random, **given),
            read or self._read,
            clock or SystemClock(),
            witness,
        )
        self.engine.start()

    def _read(self, one, points):
        self.read_points[one.name] = dict(points)
        return Readings()

    def look(self, settling=0.0):
        return {one.device.name: one for one in self.engine.reports(20, settling)}

    def one(self, name="plug", settling=10.0):
        return self.look(settling)[name]

    def close(self):
        assert self.engine.stop(20)
