"""Alertmanager: its webhook's payload, version 4."""

from sothat.incidents.intake import SOURCE
from sothat.incidents.payload import parse_message
from sothat.incidents.sources.source import Source

PARSE = parse_message
# The source that the section `webhook` describes.
ALERTMANAGER = Source(SOURCE, PARSE)
