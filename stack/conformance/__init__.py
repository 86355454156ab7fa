"""Conformance: what any webhook receiver has to survive, tried with real Alertmanagers."""
