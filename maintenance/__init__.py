"""Maintenance as a plan: windows, notices, conflicts, checks, what was done; and routine work."""
