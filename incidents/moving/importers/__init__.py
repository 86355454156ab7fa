"""One file a system: its export read into the neutral model; entry points ``sothat.importers``."""
