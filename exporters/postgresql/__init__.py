"""PostgreSQL servers: all that their own statistics tell, on one connection a server."""
