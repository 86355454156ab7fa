"""The team's boards."""
