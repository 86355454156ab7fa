"""Parts of what is read from Redis."""
