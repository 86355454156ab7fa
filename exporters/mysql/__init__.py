"""MySQL and MariaDB: connections, statements, locks, replication, space."""
