"""Drives a scenario through the running loop and watches every station of it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Event as Flag
from typing import Any

from sothat.stack.checks import Interrupted
from sothat.stack.lifecycle import State
from sothat.stack.observe import Json, Observer, epoch, has_entry, is_about
from sothat.stack.prometheus import JOBS
from sothat.stack.scenario import Scenario, Site, Victim
from sothat.stack.status import PartStatus
from sothat.stack.supervisor import Supervisor
from sothat.stack.timeline import Timeline
from sothat.stack.web import Refused, send_json

POLL_SECONDS = 0.1
START_SECONDS = 90
STEP_SECONDS = 60
# Parts that no step of the loop goes through.
UNWATCHED = frozenset({"grafana"})


class NotClosed(Exception):  # noqa: N818 – it is named for what happened
    """The loop did not close.

    Attributes:
        step: The step that failed.
        part: The part whose log tells more.
        reason: Why, for people.
    """

    def __init__(self, step: str, part: str, reason: str) -> None:
        self.step, self.part, self.reason = step, part, reason
        super().__init__(f"{step}: {reason}")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that must happen next.

    Attributes:
        event: Its name in the timeline.
        part: The part whose log tells more if it does not.
        when: Returns when it happened in epoch seconds, None while it has not.
    """

    event: str
    part: str
    when: Callable[[], float | None]


@dataclass(slots=True)
class Drive:
    """One run of one scenario over a stack that has been started."""

    scenario: Scenario
    site: Site
    supervisor: Supervisor
    timeline: Timeline
    stop: Flag
    clock: Callable[[], float] = time.time
    incidents: list[Json] = field(default_factory=list)
    number: Any = None
    _earlier: frozenset[Any] = frozenset()
    _measured_before: float = 0

    @property
    def observer(self) -> Observer:
        """Return who asks the parts."""
        return Observer(self.site.addresses)

    def run(self) -> None:
        """Drive the scenario to its end.

        Raises:
            NotClosed: A step did not happen in time.
            Interrupted: The stop flag was set.
        """
        self.await_start()
        try:
            self._loop()
        finally:
            self._gather()
        self._judge()

    def await_start(self) -> None:
        """Wait until all parts of the loop are up and Prometheus has scraped each."""
        deadline = self.clock() + START_SECONDS
        self._await(Step("incident service up", "incidents", self._look_back), deadline)
        self._await(Step("all parts up", "prometheus", self._all_up), deadline)
        self._measured_before = self._measurements()

    def _look_back(self) -> float | None:
        """Note what an earlier run left in a folder that was kept."""
        self._raise_if_hopeless()
        self._earlier = frozenset(incident["id"] for incident in self.observer.incidents())
        return self.clock()

    def _all_up(self) -> float | None:
        self._raise_if_hopeless()
        if any(part.state is not State.UP for part in self._parts()):
            return None
        return self._now_if(self.observer.value("count(up == 1)") == len(JOBS))

    def _parts(self) -> list[PartStatus]:
        return [part for part in self.supervisor.status() if part.name not in UNWATCHED]

    def _raise_if_hopeless(self) -> None:
        """Give up on a part that has come down more than once before the demo began."""
        for part in self._parts():
            if part.state is State.DOWN and part.restarts > 1:
                reason = f"{part.name} does not come up: {part.detail}"
                raise NotClosed("all parts up", part.name, reason)

    def _loop(self) -> None:
        with ExitStack() as fault:
            self.timeline.begin("fault", self.scenario.summary)
            victim = fault.enter_context(self.scenario.strike(self.site))
            self._await_all(self._rise(victim))
            self._acknowledge()
            self._await_all(self._acknowledged())
            fault.close()
        self.timeline.note("healed")
        self._await_all(self._fall())

    def _rise(self, victim: Victim) -> Iterator[Step]:
        """Yield the steps from the fault to the person."""
        see, name = self.observer, self.scenario.alert
        sign = self.scenario.sign
        yield Step(
            "seen by the exporter",
            "exporter",
            lambda: self._now_if(see.exporter_shows(sign, victim)),
        )
        yield Step("alert pending", "prometheus", lambda: self._active_since(name, victim))
        yield Step("alert firing", "prometheus", lambda: self._now_if(self._fires(name, victim)))
        yield Step("webhook received", "alertmanager", lambda: self._entry("received", "opened"))
        yield Step("incident open", "incidents", lambda: self._entry("opened"))
        yield Step("notified", "incidents", lambda: self._entry("notified"))
        if self.scenario.muted:
            muted = self.scenario.muted
            yield Step("others inhibited", "alertmanager", lambda: self._all_muted(muted))

    def _acknowledged(self) -> Iterator[Step]:
        yield Step("acknowledged", "incidents", lambda: self._entry("acknowledged"))

    def _fall(self) -> Iterator[Step]:
        """Yield the steps from the healing to the number on the board."""
        yield Step("resolved", "incidents", lambda: self._entry("resolved"))
        yield Step("measured", "prometheus", self._measured)
        if self.scenario.muted:
            yield Step("all quiet", "alertmanager", self._quiet)

    def _await_all(self, steps: Iterator[Step]) -> None:
        for step in steps:
            self.timeline.note(step.event, self._await(step, self.clock() + STEP_SECONDS))

    def _await(self, step: Step, deadline: float) -> float:
        """Wait for a step and return when it happened."""
        trouble = "it did not happen"
        while self.clock() < deadline:
            try:
                at = step.when()
            except Refused as error:
                at, trouble = None, str(error)
            if at is not None:
                return at
            if self.stop.wait(POLL_SECONDS):
                self._say_why_stopped(step)
        raise NotClosed(step.event, step.part, f"{trouble} within its deadline")

    def _say_why_stopped(self, step: Step) -> None:
        if name := self.supervisor.refused:
            raise NotClosed(step.event, name, f"{name} refused its input")
        raise Interrupted

    def _now_if(self, happened: bool) -> float | None:  # noqa: FBT001 – reads as a sentence
        return self.clock() if happened else None

    def _active_since(self, name: str, victim: Victim) -> float | None:
        alerts = self.observer.alerts(name, victim)
        return min((epoch(alert["activeAt"]) for alert in alerts), default=None)

    def _fires(self, name: str, victim: Victim) -> bool:
        return any(alert["state"] == "firing" for alert in self.observer.alerts(name, victim))

    def _entry(self, *kinds: str) -> float | None:
        """Return now if our incident's timeline has an entry of these kinds."""
        if self.number is None:
            self.number = self._find_incident()
        if self.number is None:
            return None
        return self._now_if(has_entry(self.observer.incident(self.number), *kinds))

    def _find_incident(self) -> Any:
        about = (i["id"] for i in self._opened() if is_about(i, self.scenario.alert))
        return next(about, None)

    def _opened(self) -> list[Json]:
        """Return the incidents opened since this stack came up."""
        return [i for i in self.observer.incidents() if i["id"] not in self._earlier]

    def _acknowledge(self) -> None:
        path = f"/api/v1/incidents/{self.number}/acknowledge"
        body = {"by": "demo", "note": "acknowledged by the demo"}
        send_json(self.site.addresses["incidents"], "POST", path, body)

    def _measured(self) -> float | None:
        """Return now once Prometheus has scraped both durations back."""
        return self._now_if(self._measurements() > self._measured_before)

    def _measurements(self) -> float:
        """Return of how many incidents Prometheus knows both durations, at most."""
        return min(
            self.observer.value(f"sum(incidents_time_to_{what}_seconds_count)")
            for what in ("acknowledge", "resolve")
        )

    def _all_muted(self, names: Sequence[str]) -> float | None:
        """Return now once others fire and each that fires is inhibited."""
        alerts = [alert for name in names for alert in self.observer.alerts(name, {})]
        firing = [alert for alert in alerts if alert["state"] == "firing"]
        return self._now_if(bool(firing) and len(self.observer.inhibited(names)) == len(firing))

    def _quiet(self) -> float | None:
        """Return now once the muted alerts have ended, so that none can slip out any more."""
        names = self.scenario.muted
        ended = not any(self.observer.alerts(name, {}) for name in names)
        return self._now_if(ended and not self.observer.notifying(names))

    def _gather(self) -> None:
        try:
            self.incidents = self._opened()
        except Refused:
            self.incidents = []

    def _judge(self) -> None:
        others = [i["title"] for i in self.incidents if i["id"] != self.number]
        if self.scenario.alone and others:
            reason = f"wanted one incident, and there are also: {'; '.join(others)}"
            raise NotClosed("one incident", "alertmanager", reason)


def incidents_json(incidents: Sequence[Json]) -> list[Mapping[str, Any]]:
    """Return what the demo's JSON says of incidents."""
    return [{key: incident[key] for key in ("id", "priority", "title")} for incident in incidents]
