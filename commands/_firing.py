"""Labels, other firing alerts and times, as a command line gives them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sothat.generator.alert_route import Firing
from sothat.generator.routing.matcher import Operator
from sothat.generator.routing.matcher_syntax import fallback
from sothat.model.problem import unusable

# Neither zones nor holidays are known for others.
_YEARS = range(1990, 2100)


def parse_labels(pairs: Iterable[str]) -> dict[str, str]:
    """Return labels given as ``name=value``.

    Raises:
        Unusable: One is not.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise unusable("bad-label", f"'{pair}' is not a label", hint="write it as name=value")
        if found.setdefault(name, value) != value:
            raise unusable("bad-label", f"the label '{name}' is given two values")
    return found


def parse_firing(text: str) -> Firing:
    """Return an alert given as in a query: ``IotGatewayDown{site="berlin"}``.

    Raises:
        Unusable: It is none.
    """
    name, brace, rest = text.strip().partition("{")
    hint = """write it as 'Alert{name="value"}'"""
    try:
        matchers = fallback(brace + rest)
    except ValueError as error:
        raise unusable("bad-label", f"'{text}' is no alert: {error}", hint=hint) from error
    if not name.strip() or any(each.operator is not Operator.EQUAL for each in matchers):
        raise unusable("bad-label", f"'{text}' is no alert with labels", hint=hint)
    return Firing(name.strip(), {each.name: each.value for each in matchers})


def parse_time(text: str) -> tuple[datetime, bool]:
    """Return the instant of an ISO time, and whether it was taken for UTC without saying so.

    The zone is an offset, ``Z``, or the name of one after a space.

    Raises:
        Unusable: It is no time.
    """
    try:
        at = _parsed(text.strip())
    except (ValueError, OSError, LookupError) as error:
        hint = (
            "such as 2026-03-29T01:30+01:00, 2026-03-29T00:30Z or '2026-03-29T01:30 Europe/Berlin'"
        )
        raise unusable("bad-time", f"'{text}' is not a time", hint=hint) from error
    if at.year not in _YEARS:
        raise unusable("bad-time", f"'{text}' lies beyond the calendars that are known")
    naive = at.tzinfo is None
    return (at.replace(tzinfo=UTC) if naive else at.astimezone(UTC)), naive


def _parsed(text: str) -> datetime:
    written, _, zone = text.rpartition(" ")
    if written and zone[:1].isalpha():
        return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone))
    return datetime.fromisoformat(text)
