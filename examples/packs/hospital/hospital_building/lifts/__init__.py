"""The lifts, as their controller tells of them."""
