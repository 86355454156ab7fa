"""Tickets: one for an incident in each ticket system, the same on both sides."""
