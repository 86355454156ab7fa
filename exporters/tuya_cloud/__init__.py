"""The Tuya cloud: what only it knows, within a budget of calls that is never exceeded."""
