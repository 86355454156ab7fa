"""What many incidents have in common: how often, how long, when, where, why; and what helped."""
