"""``shard``: which of several processes this one is, read and checked."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sothat.exporters.sharding import WHOLE, Before, Shard
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document

MOST = 1000
_COUNT = {"type": "integer", "minimum": 1, "maximum": MOST}
_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
SHARD_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["index", "of"],
    "properties": {
        "index": {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": MOST - 1},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["env"],
                    "properties": {"env": {"type": "string", "minLength": 1}},
                },
            ]
        },
        "of": _COUNT,
        "fleet": {"type": "string", "minLength": 1, "maxLength": 100},
        "before": {
            "type": "object",
            "additionalProperties": False,
            "required": ["of", "until"],
            "properties": {
                "of": _COUNT,
                "until": {
                    "type": "string",
                    "pattern": _TIME,
                    "description": "a time such as 2026-11-23T04:00:00Z",
                },
            },
        },
    },
}
# What a StatefulSet calls its pods ends in their number.
_NUMBER = re.compile(r"(?:^|-)(\d{1,4})$")


def read_shard(document: Document, environment: Mapping[str, str]) -> Shard:
    """Return the process's shard; that of a process on its own where nothing is set.

    Raises:
        Unusable: The number is not to be had, or is none of those that there are.
    """
    data = document.data.get("shard")
    if data is None:
        return WHOLE
    index, problems = _index(document, data["index"], environment)
    shard = Shard(index, data["of"], data.get("fleet", ""), _before(document, data, problems))
    problems += _beyond(document, shard) if not problems else ()
    if problems:
        raise Unusable(problems)
    return shard


def _index(
    document: Document, node: Any, environment: Mapping[str, str]
) -> tuple[int, list[Problem]]:
    if isinstance(node, int):
        return node, []
    text = environment.get(node["env"], "")
    found = _NUMBER.search(text)
    if found:
        return int(found[1]), []
    message = f"the environment variable {node['env']} holds no number: {text!r:.80}"
    hint = "a number, or the name of a StatefulSet's pod such as exporter-2"
    return 0, [document.problem("bad-value", message, ["shard", "index", "env"], hint=hint)]


def _before(document: Document, data: Mapping[str, Any], problems: list[Problem]) -> Before | None:
    if "before" not in data:
        return None
    until = data["before"]["until"]
    try:
        return Before(data["before"]["of"], datetime.fromisoformat(until).timestamp())
    except (ValueError, OverflowError) as error:
        path = ["shard", "before", "until"]
        problems.append(document.problem("bad-time", f"not a time: {error}", path))
        return None


def _beyond(document: Document, shard: Shard) -> Iterator[Problem]:
    most = max(shard.of, shard.before.of if shard.before else 0)
    if shard.index >= most:
        message = f"shard {shard.index} of {most}: the numbers are 0 to {most - 1}"
        yield document.problem("out-of-range", message, ["shard", "index"])
