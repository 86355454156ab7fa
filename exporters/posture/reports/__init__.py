"""Formats of vulnerability reports, one file each."""
