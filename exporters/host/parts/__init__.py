"""The parts of a host, a file each."""
