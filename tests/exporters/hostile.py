"""A team's package of collectors and probes that do all that a runtime must survive.

Installed by a test beside ours; each `kind` is one way to misbehave.
"""

import time

from sothat.exporters.declare import gauge
from sothat.exporters.source import PollFailed, Sample
from sothat.model.metric import Contract, Label


def hang():
    yield Sample("hostile_up", 1)
    time.sleep(3600)


def wait():
    time.sleep(0.5)
    yield Sample("hostile_up", 1)


def fail():
    yield Sample("hostile_up", 0)
    raise PollFailed("gone", "it is gone")


def crash():
    raise ZeroDivisionError


def garbage():
    yield from (None, 3, "text", Sample("hostile_up", "x"), Sample("hostile up", 1))
    yield Sample("hostile_value", 1, {"name": 'caf\udce9 \x00 " \\ \n'})
    yield Sample("hostile_value", 1, {"name": "ok"})
    yield Sample("hostile_value", 2, {"name": "ok"})


def flood():
    for number in range(1_000_000):
        yield Sample("hostile_value", number, {"name": str(number)})


def wide():
    for number in range(10_000):
        yield Sample("hostile_value", number, {"name": f"{number:0200}"})


def leave():
    yield Sample("hostile_up", 1)


KINDS = {f.__name__: f for f in (leave, hang, wait, fail, crash, garbage, flood, wide)}


class Source:
    def __init__(self, kind, name):
        families = (gauge("up", "Up."), gauge("value", "V.", [Label("name")]))
        renamed = [type(f)(f"hostile_{name}_{f.name}", *_rest(f)) for f in families]
        self.contract = Contract("hostile", tuple(renamed))
        self.kind = kind
        self.name = name

    def collect(self, _deadline):
        for sample in KINDS[self.kind]():
            if isinstance(sample, Sample):
                name = sample.name.replace("hostile_", f"hostile_{self.name}_")
                yield Sample(name, sample.value, sample.labels)
            else:
                yield sample

    def probe(self, _target, deadline, log):
        log("about to", do=self.kind)
        yield from self.collect(deadline)

    def close(self):
        pass


def _rest(family):
    return (family.type, family.help, family.unit, family.labels)


class Type:
    def schema(self):
        return {"required": ["kind"], "properties": {"kind": {"enum": sorted(KINDS)}}}

    def open(self, settings, context):
        if settings.values["kind"] == "leave":
            raise SystemExit(3)
        return Source(settings.values["kind"], context.name)


COLLECTOR = PROBER = Type()
