"""Letters to people outside: those who subscribed, and those who reported something."""
