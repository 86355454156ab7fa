"""Prometheus' own judge of an exposition."""

from sothat.exporters.kit import promtool_is_silent as has_nothing_to_say

__all__ = ["has_nothing_to_say"]
