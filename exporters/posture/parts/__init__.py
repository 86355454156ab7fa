"""The parts of posture, one file each."""
