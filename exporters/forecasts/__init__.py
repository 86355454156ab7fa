"""Forecasts: when something is full, how sure that is, and how wrong it would have been."""
