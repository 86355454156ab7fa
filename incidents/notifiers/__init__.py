"""The built-in types of channels; each module offers ``NOTIFIER``."""
