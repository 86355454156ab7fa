"""On-call set-ups of other systems, read from their exports and written as ours."""
