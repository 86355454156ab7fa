"""Values in words, so that no state is told by colour alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sothat.dashboards.palette import ATTENTION, BAD, GOOD, NEUTRAL
from sothat.model.alert import Alert

NO_DATA: Final = "no data"


@dataclass(frozen=True, slots=True)
class Word:
    """The text for a value, and its colour where it is a state."""

    text: str
    colour: str = ""


UP_DOWN: Final[Mapping[str, Word]] = {"1": Word("up", GOOD), "0": Word("DOWN", BAD)}
WORKS_FAILS: Final[Mapping[str, Word]] = {"1": Word("works", GOOD), "0": Word("FAILS", BAD)}
FREE_BLOCKED: Final[Mapping[str, Word]] = {"0": Word("free", GOOD), "1": Word("BLOCKED", BAD)}
SAMPLE: Final[Mapping[str, Word]] = {
    "1": Word("Sample data: support and energy figures are made up", ATTENTION),
    "0": Word("Support and energy figures are measured", NEUTRAL),
}
UNREACHABLE: Final[Mapping[str, Word]] = {
    "refused": Word("refuses the connection"),
    "timeout": Word("does not answer in time"),
    "wrong-key": Word("rejects the local key"),
    "protocol": Word("answers what cannot be read"),
    "gateway": Word("its gateway is down"),
    "other": Word("another reason: see the exporter's log"),
}
PRIORITIES: Final[Mapping[str, Word]] = {
    "P1": Word("1 critical", BAD),
    "P2": Word("2 high", BAD),
    "P3": Word("3 medium", ATTENTION),
    "P4": Word("4 low"),
}


def promises(alerts: tuple[Alert, ...]) -> Mapping[str, Word]:
    """Return what each alert puts at risk, by the alert's name."""
    return {alert.name: Word(f"{alert.outcome.who} {alert.outcome.text}") for alert in alerts}


def conditions(alerts: tuple[Alert, ...]) -> Mapping[str, Word]:
    """Return what is the case when each alert fires, by its name."""
    return {alert.name: Word(alert.condition.words) for alert in alerts}


def actions(alerts: tuple[Alert, ...]) -> Mapping[str, Word]:
    """Return what is to be done about each alert, by its name."""
    return {alert.name: Word(alert.action.text) for alert in alerts}


def exact(words: Mapping[str, Word]) -> list[dict[str, Any]]:
    """Return Grafana's value mappings for text: to Grafana, any other text is not a number."""
    values = {value: _result(word, index) for index, (value, word) in enumerate(words.items())}
    return [{"type": "value", "options": values}] if values else []


def mappings(words: Mapping[str, Word], missing: str = NO_DATA) -> list[dict[str, Any]]:
    """Return Grafana's value mappings for numbers, a missing one in neutral words."""
    neutral = _result(Word(missing, NEUTRAL), len(words))
    special = {"type": "special", "options": {"match": "null+nan", "result": neutral}}
    return [*exact(words), special]


def _result(word: Word, index: int) -> dict[str, Any]:
    colour = {"color": word.colour} if word.colour else {}
    return {"text": word.text, **colour, "index": index}
