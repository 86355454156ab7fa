"""Tuya's message stream: what devices tell the cloud, as it happens."""
