"""A simulated Tuya cloud that enforces signature, tokens, rate and quota as the real one does."""
