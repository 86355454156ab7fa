"""Major incidents: proposed by criteria, declared by people, led in roles, rehearsed in drills."""
