"""The ticket systems: one file each."""
