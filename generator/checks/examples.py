"""An alert that nothing shows to fire, or to stay quiet."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the alerts that lack a firing or a quiet example."""
    for alert in draft.catalogue.alerts:
        fires = any(example.fires for example in alert.examples)
        quiet = any(not example.fires for example in alert.examples)
        for there, word in (
            (fires, "fires"),
            (quiet or _is_heartbeat(alert.condition.query), "stays quiet"),
        ):
            if not there:
                message = f"no example in which {alert.name} {word}"
                hint = "add one to 'examples': series, the time to look, and what fires then"
                yield draft.problem("missing-example", message, alert, hint=hint)


def _is_heartbeat(query: str) -> bool:
    """Tell whether an alert is meant to fire always, as a watchdog does."""
    return query.replace(" ", "") == "vector(1)"


CHECK = Check(codes=("missing-example",), find=find)
