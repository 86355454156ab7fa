"""Who gets in, and what of the whole they see."""
