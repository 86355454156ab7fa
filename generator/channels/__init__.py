"""The types of channels that Alertmanager itself delivers to: one file each."""
