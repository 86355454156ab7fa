"""The building's boards: three, each made in another way; keep the one that you like."""
