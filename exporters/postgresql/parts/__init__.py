"""The parts of a server's figures, one file each."""
