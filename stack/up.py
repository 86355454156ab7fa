"""``sothat up``: check everything, start the parts, show them, stop them."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event

from sothat.stack.folder import locked
from sothat.stack.grafana import HOW_TO_GET
from sothat.stack.plan import Plan
from sothat.stack.prepare import Options, make_plan, prepare
from sothat.stack.running import running, signals, tail, urls
from sothat.stack.screen import Screen
from sothat.stack.site import making_site, site_command
from sothat.stack.status import all_up
from sothat.stack.supervisor import Supervisor

REFRESH_SECONDS = 0.25
FORCED = 130


def up(options: Options, environment: Mapping[str, str], screen: Screen) -> int:
    """Run the stack until told to stop, and return the exit code.

    Raises:
        Unusable: It cannot be started; nothing has been.
        Declined: A part refuses its input; nothing has been started.
        Interrupted: It was told to stop before anything was started.
    """
    stop, force = Event(), Event()
    plan = make_plan(options, environment)
    with signals(stop, force), locked(plan.data), closing(screen):
        screen.say(f"data in {plan.data.root}")
        prepare(plan, stop)
        if options.grafana and plan.programs.grafana is None:
            screen.say(HOW_TO_GET)
        site = making_site(site_command(plan), screen.say)
        with running(plan, stop, force) as supervisor, site:
            watch(plan, supervisor, screen)
        screen.show(supervisor.status())
        return outcome(plan, supervisor, screen)


def watch(plan: Plan, supervisor: Supervisor, screen: Screen) -> None:
    """Show the parts until the stack is told to stop."""
    welcomed = False
    while not supervisor.stop.wait(REFRESH_SECONDS):
        status = supervisor.status()
        screen.show(status)
        if not welcomed and status and all_up(status):
            screen.say(welcome(plan))
            welcomed = True
    screen.say("stopping; Ctrl-C once more kills")


def outcome(plan: Plan, supervisor: Supervisor, screen: Screen) -> int:
    """Return the exit code of a run that has ended, and say why if it ended by itself."""
    if supervisor.refused:
        log = supervisor.log_of(supervisor.refused)
        screen.say(f"{supervisor.refused} refused to start; the end of {log}:")
        screen.say("\n".join(tail(log)))
        return 2
    if supervisor.force.is_set():
        return FORCED
    screen.say(f"all stopped; data kept in {plan.data.root}")
    return 0


def welcome(plan: Plan) -> str:
    """Return what to look at, and what to try: a fault, its incident, and the way back."""
    where = urls(plan)
    program = called_as(sys.argv)
    address = f"--address {where['building'].removeprefix('http://')}"
    url = f"--url {where['incidents']}"
    pages = {
        "incidents": where["incidents"],
        "services": f"{where['incidents']}/services",
        "status page": f"{where['incidents']}/status/",
        "letters": f"{where['building']}/letters" if plan.mail else "",
        "boards": where.get("grafana", ""),
        "runbooks": f"{where['incidents']}/runbooks/",
        "Prometheus": f"{where['prometheus']}/alerts",
        "Alertmanager": where["alertmanager"],
    }
    lines = ["", "all parts are up"]
    lines += [f"  {name:13}{url}" for name, url in pages.items() if url]
    lines += [
        "to try, in a second terminal:",
        f"  {program} building list {address}",
        f"  {program} building fault DEVICE offline {address}",
        f"  {program} incidents list {url}",
        f"  {program} incidents ack NUMBER --by NAME {url}",
        f"  {program} building heal {address}",
    ]
    return "\n".join(lines)


def called_as(words: Sequence[str]) -> str:
    """Return how this program was called, so that what it says can be copied into a shell."""
    return words[0] if Path(words[0]).name == "sothat" else "sothat"
