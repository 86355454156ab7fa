"""Contracts, rules and panels held against the series that a server really has."""
