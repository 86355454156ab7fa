"""Grafana's contact point of the type webhook: Alertmanager's shape, under a version of its own."""

from functools import partial

from sothat.incidents.payload import parse_message

PARSE = partial(parse_message, version="1")
