"""The demo's scenarios: one file each, found by its ``SCENARIO``."""
