"""The whole loop on one machine: tools, supervisor, demo."""
