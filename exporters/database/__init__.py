"""Databases: is it up, can it be written to, how full is it."""
