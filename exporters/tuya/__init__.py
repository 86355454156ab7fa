"""Tuya devices and gateways over the local network."""
