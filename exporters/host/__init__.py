"""This machine: processor, memory, file systems, disks, network."""
