"""Redis and what speaks like it: memory, clients, commands, persistence, replication."""
