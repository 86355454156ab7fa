"""What somebody may have meant by what is not PromQL."""

from sothat.generator.typecheck.calls import RULES
from sothat.model.guessing import did_you_mean

_AGGREGATIONS = ("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "quantile")
_RENAMED = {"holt_winters": "double_exponential_smoothing"}
_UNKNOWN_FUNCTION = "unknown function with name '"
_SIGNS = {
    "&&": "write 'and'",
    "||": "write 'or'",
    "%": "write a share, such as 0.8 for 80 per cent",
    "=": "write '==' to compare",
}


def syntax_hint(error: str, rest: str) -> str:
    """Return how to mend a text that is not PromQL; empty when nothing is plainly meant.

    Args:
        error: What the parser says of it.
        rest: The text from the place at which it stops being PromQL.
    """
    if error.startswith(_UNKNOWN_FUNCTION):
        return _function(error.removeprefix(_UNKNOWN_FUNCTION).rstrip("'"))
    return next((hint for sign, hint in _SIGNS.items() if rest.startswith(sign)), "")


def _function(name: str) -> str:
    if name in _RENAMED:
        return f"Prometheus 3 calls it {_RENAMED[name]}"
    return did_you_mean(name, (*RULES, *_AGGREGATIONS))
