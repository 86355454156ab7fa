"""The types of probes, one file each."""
