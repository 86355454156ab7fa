"""Reviews: what an incident taught, why it came about, and what is done so that it stays away."""
