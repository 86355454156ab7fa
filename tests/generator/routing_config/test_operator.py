"""The operator's manifest: the fields that its definition knows, and the same routing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator
from sothat.generator.compile import Inputs
from sothat.generator.loading.policy import resolve_policy
from sothat.generator.notifying.configuration import configuration_of
from sothat.generator.notifying.operator import SECRET, secret_key, spec_of
from sothat.generator.notifying.plan import Plan, plan_of
from sothat.generator.values import Values, load_values
from sothat.model.alert import Catalogue

from .policies import policies, unhurried
from .test_channels import with_channel

UNITS = ("y", "w", "d", "h", "m", "s", "ms")
DURATION = {"type": "string", "pattern": f"^{''.join(f'([0-9]+{u})?' for u in UNITS)}$"}
TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT}
FLAG = {"type": "boolean"}
URL = {"type": "string", "pattern": "^https?://.+$"}


def closed(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": dict(properties),
    }


def lists(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "array", "items": closed(properties, *required)}


SELECTOR = closed({"name": {"const": SECRET}, "key": TEXT}, "name", "key")
MATCHERS = lists(
    {"name": TEXT, "value": {"type": "string"}, "matchType": {"enum": ["=", "!=", "=~", "!~"]}},
    "name",
)
PAIRS = lists({"key": TEXT, "value": {"type": "string"}}, "key", "value")
HTTP = closed(
    {
        "followRedirects": FLAG,
        "authorization": closed({"type": {"const": "Bearer"}, "credentials": SELECTOR}),
    }
)
# What monitoring.coreos.com/v1beta1 documents of the fields that are used here.
RECEIVERS = {
    "name": TEXT,
    "emailConfigs": lists(
        {
            **dict.fromkeys(("to", "from", "hello", "smarthost", "authUsername", "text"), TEXT),
            "html": {"type": "string"},
            "authPassword": SELECTOR,
            "headers": PAIRS,
            "requireTLS": FLAG,
            "sendResolved": FLAG,
        }
    ),
    "slackConfigs": lists(
        {
            **dict.fromkeys(("channel", "color", "title", "text", "fallback"), TEXT),
            "titleLink": {"type": "string"},
            "apiURL": SELECTOR,
            "sendResolved": FLAG,
        }
    ),
    "msteamsv2Configs": lists(
        {"webhookURL": SELECTOR, "title": TEXT, "text": TEXT, "sendResolved": FLAG}
    ),
    "pagerdutyConfigs": lists(
        {
            **dict.fromkeys(("description", "severity", "class", "component", "group"), TEXT),
            "routingKey": SELECTOR,
            "details": PAIRS,
            "sendResolved": FLAG,
        }
    ),
    "webhookConfigs": lists(
        {"url": URL, "urlSecret": SELECTOR, "httpConfig": HTTP, "sendResolved": FLAG}
    ),
    "telegramConfigs": lists(
        {
            "botToken": SELECTOR,
            "chatID": {"type": "integer"},
            "message": {"type": "string"},
            "parseMode": {"enum": ["MarkdownV2", "Markdown", "HTML"]},
            "sendResolved": FLAG,
        },
        "chatID",
    ),
    "pushoverConfigs": lists(
        {
            "userKey": SELECTOR,
            "token": SELECTOR,
            "title": TEXT,
            "message": TEXT,
            "url": {"type": "string"},
            "sendResolved": FLAG,
        }
    ),
}
TIME = {"type": "string", "pattern": "^((([01][0-9])|(2[0-3])):[0-5][0-9])$|(^24:00$)"}
DAY = {"type": "integer", "minimum": -31, "maximum": 31}
PERIODS = lists(
    {
        "times": lists({"startTime": TIME, "endTime": TIME}),
        "daysOfMonth": lists({"start": DAY, "end": DAY}),
        "months": {"type": "array", "items": {"type": "string", "pattern": "^(1[0-2]|[1-9])$"}},
        "years": {"type": "array", "items": {"type": "string", "pattern": r"^2\d{3}$"}},
    }
)
ROUTE = closed(
    {
        "receiver": TEXT,
        "groupBy": {**TEXTS, "uniqueItems": True},
        "groupWait": DURATION,
        "groupInterval": DURATION,
        "repeatInterval": DURATION,
        "matchers": MATCHERS,
        "continue": FLAG,
        "routes": {"type": "array", "items": {"$ref": "#/$defs/route"}},
        "muteTimeIntervals": TEXTS,
        "activeTimeIntervals": TEXTS,
    },
    "receiver",
)
SPEC = {
    **closed(
        {
            "route": {"$ref": "#/$defs/route"},
            "receivers": lists(RECEIVERS, "name"),
            "inhibitRules": lists(
                {"sourceMatch": MATCHERS, "targetMatch": MATCHERS, "equal": TEXTS}
            ),
            "timeIntervals": lists({"name": TEXT, "timeIntervals": PERIODS}, "name"),
        },
        "route",
        "receivers",
    ),
    "$defs": {"route": ROUTE},
}


def plan(data: Mapping[str, Any]) -> Plan:
    return plan_of(Catalogue((), (), resolve_policy(data), {}), Values())


def assert_valid(spec: Mapping[str, Any]) -> None:
    errors = [f"{e.json_path}: {e.message}" for e in Draft202012Validator(SPEC).iter_errors(spec)]
    assert errors == []


@unhurried
@given(policies())
def test_random_policies_are_of_its_shape(data: dict[str, Any]) -> None:
    assert_valid(spec_of(plan(data)))


@unhurried
@given(policies())
def test_it_says_the_same_as_the_configuration(data: dict[str, Any]) -> None:
    made = plan(data)
    spec, config = spec_of(made), configuration_of(made)
    assert outline(spec["route"], camel=True) == outline(config["route"], camel=False)
    assert [r["name"] for r in spec["receivers"]] == [r["name"] for r in config["receivers"]]
    names = [each["name"] for each in config.get("time_intervals", ())]
    assert [each["name"] for each in spec.get("timeIntervals", ())] == names


def outline(route: Mapping[str, Any], *, camel: bool) -> tuple[Any, ...]:
    """Return what a route says, in one notation."""

    def value(key: str) -> Any:
        name = re.sub("_(.)", lambda m: m[1].upper(), key) if camel else key
        return route.get(name)

    matchers = [
        f'{m["name"]}{m["matchType"]}"{m["value"]}"' if camel else m
        for m in route.get("matchers", ())
    ]
    keys = ("group_by", "group_wait", "group_interval", "repeat_interval", "continue")
    times = ("active_time_intervals", "mute_time_intervals")
    return (
        route["receiver"],
        matchers,
        [value(key) for key in (*keys, *times)],
        [outline(child, camel=camel) for child in route.get("routes", ())],
    )


@pytest.mark.parametrize(
    ("kind", "field", "key"),
    [
        ("slack", "apiURL", "slack"),
        ("pagerduty", "routingKey", "pagerduty"),
        ("teams", "webhookURL", "teams"),
        ("telegram", "botToken", "bot"),
        ("pushover", "userKey", "user"),
    ],
)
def test_secrets_are_keys_of_one_secret(kind: str, field: str, key: str) -> None:
    spec = spec_of(plan(with_channel(kind)))
    (receiver,) = [r for r in spec["receivers"] if r["name"] == "channel/it"]
    ((config,),) = [v for name, v in receiver.items() if name != "name"]
    assert config[field] == {"name": SECRET, "key": key}


def test_a_secret_address_has_a_field_of_its_own() -> None:
    data = with_channel("webhook", url_file="/s/hook-url")
    del data["channels"]["it"]["to"]
    (receiver,) = [r for r in spec_of(plan(data))["receivers"] if r["name"] == "channel/it"]
    assert receiver["webhookConfigs"][0]["urlSecret"] == {"name": SECRET, "key": "hook-url"}
    assert_valid(spec_of(plan(data)))


def test_keys_have_no_letters_that_kubernetes_refuses() -> None:
    assert secret_key("/etc/my secrets/Zürich token") == "Z-rich-token"


def test_the_shape_is_a_shape() -> None:
    Draft202012Validator.check_schema(SPEC)
    with pytest.raises(AssertionError):
        assert_valid({"route": {"receiver": "x", "mute_time_intervals": []}, "receivers": []})


def test_the_manifest_names_its_namespace_where_there_is_one(
    small: Inputs, built: Callable[[Inputs], dict[str, str]]
) -> None:
    path = "kubernetes/alertmanagerconfig.yaml"
    manifest = yaml.safe_load(built(small)[path])
    assert manifest["metadata"]["name"] == "sothat"
    assert "namespace" not in manifest["metadata"]
    assert_valid(manifest["spec"])
    there = replace(small, values=load_values(None, ["kubernetes.namespace=monitoring"]))
    assert yaml.safe_load(built(there)[path])["metadata"]["namespace"] == "monitoring"
