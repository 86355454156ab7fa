"""Maintenance as metrics: what is planned, how it went, what it cost and broke."""
