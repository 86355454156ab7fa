"""A simulated building whose devices speak the real wire protocol on loopback."""
