"""Contracts kept: attainment, availability, budgets and credits of each client."""
